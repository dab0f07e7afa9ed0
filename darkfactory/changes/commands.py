"""Which commands an agent ran, and how they ended, from its event log."""

from collections.abc import Iterable
from dataclasses import dataclass

from darkfactory.domain.event import Event

_LONGEST_OUTPUT = 4000


@dataclass(frozen=True, slots=True)
class Command:
    """One command of an agent; *exit_code* None: not told. *output* is the end of what it said."""

    command: str
    exit_code: int | None
    output: str = ""


def commands_of(events: Iterable[Event]) -> tuple[Command, ...]:
    """Return the shell commands that *events* report as finished, in order of their end."""
    started: dict[object, str] = {}
    found: list[Command] = []
    for event in events:
        call = event.data.get("call")
        if not isinstance(call, str | int):
            continue
        if event.type == "tool.started" and isinstance(event.data.get("command"), str):
            started[call] = event.data["command"]
        elif event.type == "tool.finished" and call in started:
            code = event.data.get("exit_code")
            known = code if isinstance(code, int) and not isinstance(code, bool) else None
            output = str(event.data.get("output") or "")[-_LONGEST_OUTPUT:]
            found.append(Command(started.pop(call), known, output))
    return tuple(found)
