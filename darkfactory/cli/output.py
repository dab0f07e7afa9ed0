"""What a command says: the result on stdout, everything else on stderr."""

import json
import os
import re
import sys
from typing import Any, TextIO

from darkfactory.errors import UsageError

_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_OBEYED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = re.compile(
    r"[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class NeedsYes(UsageError):
    """A step that asks first, where nobody can be asked."""

    code = "usage.yes"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs a yes, and this is no terminal", fix="add --yes")


def print_json(body: dict[str, Any]) -> None:
    """Write one JSON object to stdout, with the version of its form, which is no key of *body*."""
    sys.stdout.write(json.dumps({"version": 1, **body}, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """Write *text* to stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def hint(text: str) -> None:
    """Write a progress line or a next step to stderr."""
    sys.stderr.write(text + "\n")


def plain(text: str) -> str:
    """Return *text* without what a terminal would obey, and with what hides in it made visible.

    Escapes and control characters are left out. What has no width or turns the order of others
    around is named: ``<U+202E>``.
    """
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", _CONTROL.sub("", text))


def visible(text: str) -> str:
    """Return a line of *text* with nothing left out: what a terminal would obey is an escape.

    For what a person agrees to. A tab stays, what has no width is named as :func:`plain` does.
    """
    shown = _OBEYED.sub(lambda found: repr(found[0])[1:-1], text)
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", shown)


def flat(text: str) -> str:
    """Return *text* as one plain line."""
    return " ".join(plain(text).split())


def one_line(text: str, width: int) -> str:
    """Return *text* as one plain line of at most *width* columns."""
    return cut(flat(text), width)


def cut(line: str, width: int) -> str:
    """Return a plain *line* in at most *width* columns, with a sign where it was cut."""
    if width_of(line) <= width:
        return line
    kept, left = 0, width - 1
    while left >= 0 and kept < len(line):
        left -= width_of(line[kept])
        kept += left >= 0
    return line[:kept] + "…"


def width_of(text: str) -> int:
    """Return how many columns of a terminal *text* takes; Chinese letters and emoji take two."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    import unicodedata

    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return *text* filled up with spaces to *width* columns, on its left or on its *right*."""
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def is_live(stream: TextIO) -> bool:
    """Tell whether *stream* is a terminal on which a line may be written over."""
    quiet = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not quiet


def can_ask() -> bool:
    """Tell whether somebody is there to read a question and answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(what: str, *, yes: bool) -> bool:
    """Ask before a step that destroys or reaches outside; True without asking after --yes.

    Raises:
        NeedsYes: If there is no terminal to ask on.
    """
    if yes:
        return True
    if not can_ask():
        raise NeedsYes(what)
    sys.stderr.write(f"{what}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
