"""A bare ``df gate`` on a terminal: the first change is drawn at once, then the screen takes over.

The library that draws the screen takes longer to load than people wait. So the first page is
written by ourselves, in the same rows, and keys that are pressed meanwhile wait in the terminal.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import cut, hint, padded
from darkfactory.domain.counting import counted

if TYPE_CHECKING:
    from darkfactory.cli.review_desk import Desk
    from darkfactory.factory.land_behind import LandBehind
    from darkfactory.factory.review import Review

_ALTERNATE, _USUAL = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[?1049l"
_CODES = {"dim": "2", "warn": "1;31", "asked": "33", "file": "1"}
_WAIT_SECONDS = 0.2
_END_SECONDS = 10.0


def has_screen() -> bool:
    """Tell whether there is a terminal to draw on and to read keys from."""
    terminal = os.environ.get("TERM", "")
    return sys.stdin.isatty() and sys.stdout.isatty() and terminal not in ("", "dumb")


def review() -> bool:
    """Let the person at the terminal go through what waits; False if nothing does."""
    from darkfactory.factory.line import open_line

    root = repository_root()
    line = open_line(root)
    if line.is_new:
        return False
    from darkfactory.factory.review import Review

    reader = Review(line, who())
    waiting = reader.waiting()
    if not waiting:
        return False
    first = reader.facts(waiting[0].id)
    with _held_keys():
        _draw_first(first, waiting)
        from darkfactory.cli.review_desk import Desk
        from darkfactory.cli.review_pager import caller_environment, show_in_pager
        from darkfactory.cli.review_view import ReviewView

        desk = Desk(reader, partial(_landing, root))
        pager = partial(
            show_in_pager,
            command=line.settings.gate.pager,
            root=str(root),
            caller=caller_environment(),
        )
        view = ReviewView(desk, waiting, first, show_diff=pager)
    try:
        view.show()
        _finish(desk, reader)
    finally:
        desk.leave(_END_SECONDS)
    return True


@contextmanager
def _landing(root: Path) -> "Iterator[LandBehind]":
    """Open what lands in a thread, which loads it while the first change is read."""
    from darkfactory.factory.land_behind import land_behind

    with land_behind(root) as landing:
        yield landing


def _finish(desk: "Desk", review: "Review") -> None:
    """Wait for what still lands, and say what came of it and what is left."""
    from darkfactory.cli.review_desk import Judged, Said

    if not desk.finish(_WAIT_SECONDS):
        hint("what you approved is landing; Ctrl-C leaves it in the queue for `df gate land`")
    done = False
    while not done:
        done = desk.finish(_WAIT_SECONDS)
        for news in desk.take():
            if isinstance(news, Said):
                hint(news.text)
            elif isinstance(news, Judged) and news.refused:
                hint(f"{news.change} is NOT {news.words}: {news.refused}")
    left = len(review.waiting())
    verb = "waits" if left == 1 else "wait"
    hint(f"{counted(left, 'change')} {verb}. Next: df gate" if left else "Next: df status")


@contextmanager
def _held_keys() -> Iterator[None]:
    """Let keys wait unseen in the terminal; it is as it was before in the end."""
    import termios

    before = termios.tcgetattr(sys.stdin)
    quiet = termios.tcgetattr(sys.stdin)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
    has_failed = True
    try:
        yield
        has_failed = False
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
        if has_failed:
            sys.stdout.write(_USUAL)  # what is said of it is not drawn over


def _draw_first(opened: Any, waiting: Any) -> None:
    from darkfactory.cli.review_facts import fact_rows
    from darkfactory.cli.review_head import KEYS, head_line

    width, height = os.get_terminal_size(sys.stdout.fileno())
    head = f" {head_line(opened, waiting, 0, max(20, width - 2))} "
    rows = [_painted(padded(cut(head, width), width), "7")]
    room = max(1, height - 3)
    for text, style in list(fact_rows(opened, max(20, width - 2), whole=False))[:room]:
        rows.append(_painted(f" {cut(text, width - 1)}", _CODES.get(style, "")))
    rows += [""] * (height - 1 - len(rows)) + [_painted(f" {cut(KEYS, width - 1)}", "2")]
    sys.stdout.write(_ALTERNATE + "\r\n".join(rows))
    sys.stdout.flush()


def _painted(text: str, code: str) -> str:
    plain = not code or ("NO_COLOR" in os.environ and code.startswith("3"))
    return text if plain else f"\x1b[{code}m{text}\x1b[0m"
