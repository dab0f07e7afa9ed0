"""Waffle scores as people see them."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.output import one_line, plain
from darkfactory.cli.render import table

_WIDTH = 80


def waffle_screen(results: Sequence[Mapping[str, Any]], *, width: int = _WIDTH) -> str:
    """Render a line for each log, then the reasons of each that has some."""
    rows = [
        (
            f"{result['waffle']:.2f}",
            f"{result['peak']:.2f}",
            _action(str(result["action"])),
            str(result["file"]),
        )
        for result in results
    ]
    parts = [table(("WAFFLE", "PEAK", "ACTION", "LOG"), rows, width=width)]
    parts += [_reasons(result, width) for result in results if result["signals"]]
    return "\n\n".join(parts)


def _reasons(result: Mapping[str, Any], width: int) -> str:
    lines = [plain(str(result["file"]))]
    for signal in result["signals"]:
        events = ", ".join(map(str, signal["events"]))
        reason = f"{signal['name']} {signal['strength']:.2f}: {signal['because']}"
        lines += [f"  {one_line(reason, width - 2)}", f"    events {events}"]
    return "\n".join(lines)


def _action(action: str) -> str:
    return action if action == "none" else action.upper()
