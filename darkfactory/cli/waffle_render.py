"""Waffle scores as people see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat, one_line

_WIDTH = 80
_COLUMNS = (
    Column("WAFFLE", right=True),
    Column("PEAK", right=True),
    Column("RISK", right=True),
    Column("ACTION"),
    Column("LOG"),
)
_LANES = (
    Column("LANE"),
    Column("SESSIONS", right=True),
    Column("FAILED", right=True),
    Column("ESTIMATE"),
    Column("WHY"),
)


def waffle_screen(results: Sequence[Mapping[str, Any]], *, width: int | None = _WIDTH) -> str:
    """Render a line for each log, then the reasons of each that has some."""
    rows = [
        (
            f"{result['waffle']:.2f}",
            f"{result['peak']:.2f}",
            "" if result["risk"] is None else f"{result['risk']:.2f}",
            _action(str(result["action"])),
            str(result["file"]),
        )
        for result in results
    ]
    parts = [table(_COLUMNS, rows, width=width)]
    parts += [_reasons(result, width) for result in results if result["signals"]]
    return "\n\n".join(parts)


def calibration_screen(verdicts: Sequence[Mapping[str, Any]], *, width: int | None = _WIDTH) -> str:
    """Render what fitting each lane came to."""
    if not verdicts:
        return "no session has finished yet"
    rows = [
        (
            str(one["lane"]) or "-",
            str(one["sessions"]),
            str(one["failed"]),
            "kept" if one["kept"] else "not kept",
            str(one["why"]),
        )
        for one in verdicts
    ]
    return table(_LANES, rows, width=width, whole=True)


def _reasons(result: Mapping[str, Any], width: int | None) -> str:
    lines = [str(result["file"])]
    for signal in result["signals"]:
        events = ", ".join(map(str, signal["events"]))
        lines.append(f"  {signal['name']} {signal['strength']:.2f}: {flat(signal['because'])}")
        lines.append(f"    events {events}")
    return "\n".join(_cut(line, width) for line in lines)


def _cut(line: str, width: int | None) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return indent + (flat(line) if width is None else one_line(line, width - len(indent)))


def _action(action: str) -> str:
    return action if action == "none" else action.upper()
