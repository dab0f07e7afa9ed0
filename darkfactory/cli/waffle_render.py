"""Waffle scores as people see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat, one_line
from darkfactory.waffle.usual import FEWEST_SESSIONS

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
_USUAL = (
    Column("LANE"),
    Column("FINISHED", right=True),
    Column("CALLS"),
    Column("TOKENS"),
    Column("FILES EDITED"),
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
    """Render what the sessions of each lane came to: its estimate, then what is usual."""
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
    usual = [_usual_row(one) for one in verdicts]
    return "\n\n".join(
        (
            table(_LANES, rows, width=width, whole=True),
            "Usual, half of the sessions / 95 of 100; the most from one progress to the next:",
            table(_USUAL, usual, width=width, whole=True),
        )
    )


def _usual_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    usual = one["usual"] or {}
    spreads = [usual.get(name) for name in ("calls", "tokens", "files")]
    if not any(spreads):
        few = f"not enough yet ({FEWEST_SESSIONS} are needed)"
        return (str(one["lane"]) or "-", str(one["finished"]), few, "", "")
    told = (f"{it['p50']:g} / {it['p95']:g}" if it else "-" for it in spreads)
    return (str(one["lane"]) or "-", str(one["finished"]), *told)


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
