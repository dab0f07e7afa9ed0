"""What a session's score did over time, as people see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.sparkline import BLOCKS, sparkline
from darkfactory.cli.words import shortened
from darkfactory.domain.counting import counted

_MOST = 24
_MARKS = 32
_COLUMNS = (
    Column("TURN", right=True),
    Column("CALL", right=True),
    Column("EDITS", spare=1, right=True),
    Column("SCORE", right=True),
    Column("ASKS FOR"),
    Column("WHAT"),
)
_RESCUED = {True: "rescued", False: "in vain", None: "open"}
_APPLIED = {True: "applied", False: "not applied", None: "not answered"}


def course_lines(course: Mapping[str, Any], *, width: int | None, marks: str = BLOCKS) -> list[str]:
    """Render the moments of a score as lines, the last ones of many; none where nothing was."""
    moments: Sequence[Mapping[str, Any]] = course["moments"]
    if not moments:
        return []
    scores = [one["score"] for one in moments if one["score"] is not None]
    drawn = f": {sparkline(scores, marks=marks, most=_MARKS)}" if scores and width else ""
    again = ", made from the log by the default limits" if course["recomputed"] and scores else ""
    shown = moments if width is None else moments[-_MOST:]
    lines = [f"The score over time{again}{drawn}"]
    if len(shown) < len(moments):
        lines.append(f"{counted(len(moments) - len(shown), 'moment')} before these: --json")
    rows = [_cells(one) for one in shown]
    return [*lines, *table(_COLUMNS, rows, width=width, whole=True).splitlines()]


def _cells(moment: Mapping[str, Any]) -> tuple[str, ...]:
    score, action = moment["score"], str(moment["action"])
    return (
        "" if moment["turn"] is None else str(moment["turn"]),
        str(moment["calls"]),
        str(moment["edits"]),
        "" if score is None else f"{score:.2f}",
        "" if action == "none" else action.upper(),
        _what(moment),
    )


def _what(moment: Mapping[str, Any]) -> str:
    match moment["event"]:
        case "scored":
            return _reasons(moment["signals"])
        case "harness":
            return _harness(moment)
        case _:
            return _asked(moment)


def _reasons(signals: Sequence[Mapping[str, Any]]) -> str:
    """Return the sentence of the first signal, and the names of the others."""
    if not signals:
        return ""
    first, *others = signals
    names = ", ".join(str(one["name"]) for one in others)
    return f"{first['name']}: {first['because']}{f' (and {names})' if names else ''}"


def _harness(moment: Mapping[str, Any]) -> str:
    result = str(moment["result"])
    said = [f"harness {result if result == 'pass' else result.upper()}"]
    if moment["failed"]:
        said.append(f"{moment['failed']} fail")
    if moment["gained"]:
        said.append("a gain")
    return ", ".join(said)


def _asked(moment: Mapping[str, Any]) -> str:
    """Return whose steer or nuke, what came of it, and its last line: what it asked to do."""
    verb = "steers" if moment["event"] == "steer" else "nukes"
    came = _APPLIED[moment["applied"]]
    if moment["event"] == "steer" and moment["applied"] and moment["why"]:
        came = _RESCUED[moment["rescued"]]
    why = f", {moment['why']}" if moment["why"] else ""
    last = str(moment["text"]).strip().rpartition("\n")[2]
    said = f": {shortened(last)}" if last and verb == "steers" else ""
    return f"{moment['by'] or 'somebody'} {verb} ({came}{why}){said}"
