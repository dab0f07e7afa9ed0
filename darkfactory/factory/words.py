"""What the factory says to agents about earlier work: why it came back, what was learned."""

from collections.abc import Sequence

from darkfactory.domain.change import ChangeState
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.gate.record import Change

_COMMANDS = 12
_ERRORS = 8


def rework_message(change: Change) -> str:
    """Return why *change* came back, with the places quoted."""
    if change.state is ChangeState.BOUNCED:
        return _bounce(change)
    quoted = (
        f"{place.get('path')}:{place.get('line')}\n```\n{place.get('code')}\n```"
        for place in change.places
    )
    return "\n\n".join(part for part in (change.text, *quoted) if part)


def _bounce(change: Change) -> str:
    detail = change.detail if isinstance(change.detail, dict) else {}
    if change.reason == "textual":
        files = ", ".join(map(str, detail.get("files") or ())) or "files unknown"
        return (
            "Your change no longer merges with the base, which has moved on. "
            f"Conflicts in: {files}. Bring your change onto the new base; this workspace has it."
        )
    failing = "\n".join(f"- {name}" for name in detail.get("failing") or ())
    return (
        "Merged with the base as it is now, the harness is red"
        + (f":\n{failing}" if failing else ".")
        + f"\n{detail.get('why') or ''}"
    )


def lessons_of(line: Line, rows: Sequence[SessionRow]) -> str:
    """Return what earlier attempts of an item teach the next one; empty for the first."""
    if not rows:
        return ""
    last = rows[-1]
    commands, errors = _commands_and_errors(line, last.id)
    end = last.ends[-1] if last.ends else {}
    lines = [
        f"An earlier attempt ended as {last.outcome}: {end.get('reason') or 'no reason given'}.",
        "Commands it tried:" if commands else "",
        *(f"- {command}" for command in commands),
        "Errors it met:" if errors else "",
        *(f"- {error}" for error in errors),
        f"The last tree it left: {end.get('head') or 'none'}.",
        "Do not repeat what failed; find out why it failed first.",
    ]
    return "\n".join(text for text in lines if text)


def _commands_and_errors(line: Line, session: str) -> tuple[list[str], list[str]]:
    commands: dict[str, None] = {}
    errors: dict[str, None] = {}
    for _, event in Stream(line.state.streams, f"s/{session}").read():
        if event.type == "tool.started" and event.data.get("command"):
            commands[str(event.data["command"])[:200]] = None
        failed = event.type == "tool.finished" and event.data.get("status") == "failed"
        text = str(event.data.get("output") or "").strip() if failed else ""
        if text:
            errors[text.splitlines()[-1][:200]] = None
    return list(commands)[-_COMMANDS:], list(errors)[-_ERRORS:]
