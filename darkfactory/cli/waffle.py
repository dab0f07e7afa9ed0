"""``df waffle``: score event logs offline, in any folder, and calibrate lanes."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.errors import UsageError
from darkfactory.files import write_json

if TYPE_CHECKING:
    from darkfactory.waffle.calibration import Verdict
    from darkfactory.waffle.calibration_file import Calibrations

app = new_app()

_STDIN = "-"


class NoEvents(UsageError):
    """A file in which nothing is an event, so that a score of it would mean nothing."""

    code = "waffle.no_events"

    def __init__(self, results: Sequence[Mapping[str, Any]]) -> None:
        first = results[0]
        wrong = first["first_skipped"]
        why = f"line {wrong['line']}: {wrong['why']}" if wrong else "it is empty"
        others = [str(result["file"]) for result in results[1:]]
        more = f"; no more do {', '.join(others)}" if others else ""
        super().__init__(
            f"{first['file']} holds no event ({why}){more}",
            fix="name a session's log: JSON Lines, each an object with `type` and `data`",
        )


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
    """Score event logs offline, and calibrate."""


@app.command()
def score(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|-]...", help="Logs; - or none is stdin")
    ] = None,
    *,
    lane: Annotated[
        str | None, typer.Option(help="Lane of logs that do not tell theirs", metavar="NAME")
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="Score by this waffle.json, not by what a log ran by; default: the one here, for"
            " logs that do not tell",
            metavar="FILE",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, an object a line")] = False,
) -> None:
    """Score logs for looping, spending without proof and bluffing.

    Reads logs of ours, transcripts and stream-json output of Claude Code, rollouts and exec --json
    output of Codex; which of them a file is, its content tells.
    """
    from darkfactory.factory.foreign_logs import UnknownLog, events_of_log
    from darkfactory.factory.log_lines import NotALog, lines_of
    from darkfactory.waffle.log import score_events

    names = files or [_STDIN]
    _check(names)
    known = _calibrations(calibration)
    scored: list[dict[str, Any]] = []
    senseless: list[dict[str, Any]] = []
    unknown: list[UnknownLog | NotALog] = []
    for name in names:
        with _opened(name) as lines:
            try:
                told = events_of_log(lines_of(lines, name=name), name=name)
                result = score_events(
                    told, file=name, calibrations=known, lane=lane, again=calibration is not None
                )
            except (UnknownLog, NotALog) as error:
                unknown.append(error)
                continue
        (scored if result["events"] else senseless).append(result)
        if result["events"] and json_:
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    if scored and not json_:
        _show(scored)
    if unknown:
        raise unknown[0]
    if senseless:
        raise NoEvents(senseless)


@app.command()
def calibrate(
    *,
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV with log, failed, lane, task; default: the factory's own sessions"),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write waffle.json")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Learn what is usual in each lane, and an estimate that a session fails if it beats length.

    Shows what it came to; only --write changes waffle.json, which is yours to review and commit.
    """
    from darkfactory.factory.calibrate_waffle import (
        calibrate_factory,
        calibrate_logs,
        lane_calibrations,
    )
    from darkfactory.waffle.calibration_file import FILE, as_file

    if labels is None:
        from darkfactory.factory.line import open_line

        root = repository_root()
        verdicts = calibrate_factory(open_line(root))
    else:
        root, verdicts = Path(), calibrate_logs(labels)
    proposal = as_file(verdicts)
    if json_:
        print_json({"version": 1, "lanes": [_verdict(one) for one in verdicts], FILE: proposal})
    else:
        from darkfactory.cli.waffle_render import calibration_screen

        say(calibration_screen([_verdict(one) for one in verdicts]))
    if write and proposal["lanes"]:
        write_json(root / FILE, proposal)
        hint(f"wrote {root / FILE}. Next: look at it and commit it")
    elif write:
        hint(f"nothing to keep, so {FILE} was not written")
        lane_calibrations(root)


def _verdict(one: "Verdict") -> dict[str, Any]:
    from darkfactory.waffle.usual import usual_json

    return {
        "lane": one.lane,
        "sessions": one.sessions,
        "failed": one.failed,
        "auroc": one.auroc,
        "auroc_length": one.auroc_length,
        "kept": one.estimate is not None,
        "why": one.why,
        "finished": one.finished,
        "usual": usual_json(one.usual),
    }


def _calibrations(path: Path | None) -> "Calibrations":
    from darkfactory.waffle.calibration_file import FILE

    found = path or Path(FILE)
    if path is None and not found.is_file():
        return {}
    from darkfactory.factory.calibrate_waffle import read_calibrations

    return read_calibrations(found)


def _warn(result: Mapping[str, Any]) -> None:
    """Tell what of a log was passed over, and where a score of nothing comes from."""
    if result["skipped"]:
        first = result["first_skipped"]
        lines = counted(result["skipped"], "line")
        verb = "is no event" if result["skipped"] == 1 else "are no events"
        at = f"line {first['line']}: {first['why']}"
        hint(f"warning: {result['file']}: {lines} {verb} and passed over ({at})")
    if not result["judged"]:
        hint(f"warning: {result['file']}: nothing to judge: no message, tool call, edit or check")


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
    for result in results:
        _warn(result)
    if any(result["action"] != "none" for result in results):
        hint("--json has the timeline and every event behind a signal")
