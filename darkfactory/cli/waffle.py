"""``df waffle``: score event logs offline, in any folder."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.output import hint, say
from darkfactory.errors import UsageError

app = new_app()

_STDIN = "-"


class NoLog(UsageError):
    """A log that cannot be read, or none at all."""

    code = "waffle.no_log"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"no log to score: {name} {why}",
            fix="name JSON Lines files, such as .darkfactory/streams/s/ID.jsonl, or - for stdin",
        )


@app.callback()
def waffle() -> None:
    """Score event logs offline."""


@app.command()
def score(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|-]...", help="Logs; - or none is stdin")
    ] = None,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, an object a line")] = False,
) -> None:
    """Score logs of events for looping, spending without proof and bluffing."""
    from darkfactory.waffle.score import score_log

    names = files or [_STDIN]
    _check(names)
    results = []
    for name in names:
        with _opened(name) as lines:
            result = score_log(lines, file=name)
        if json_:
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        results.append(result)
    if not json_:
        _show(results)


def _check(names: Sequence[str]) -> None:
    """Refuse what cannot be read before anything is said of the others."""
    if _STDIN in names and sys.stdin.isatty():
        raise NoLog("standard input", "is a terminal")
    for name in names:
        if name == _STDIN:
            continue
        if os.path.isdir(name):
            raise NoLog(name, "is a folder")
        if not os.access(name, os.R_OK):  # not opened: it may be a pipe
            raise NoLog(name, "cannot be read" if os.path.exists(name) else "does not exist")


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - closed below; what the reader raises is its own
    except OSError as error:
        raise NoLog(name, f"cannot be read: {error.strerror}") from error
    with file:
        yield file


def _show(results: Sequence[dict[str, Any]]) -> None:
    from darkfactory.cli.terminal import width
    from darkfactory.cli.waffle_render import waffle_screen

    say(waffle_screen(results, width=width()))
    if any(result["action"] != "none" for result in results):
        hint("--json has the timeline and every event behind a signal")
