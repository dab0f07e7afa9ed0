"""What the factory says to agents about earlier work: why it came back, what was learned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.change import ChangeState, CloseAs
from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.gate.comments import HOW_TO_ANSWER
from darkfactory.gate.record import Change

_COMMANDS = 12
_ERRORS = 8
_FAILING = 20
_WIDEST = 200


def rework_message(change: Change) -> str:
    """Return why *change* came back, with the places quoted."""
    if change.state is ChangeState.BOUNCED:
        return _bounce(change)
    places = (_place(place) for place in change.places if not place.get("text"))
    open_comments = [comment for comment in change.comments if not comment["answer"]]
    comments = (
        f"{comment['number']}. {_place(comment)}\n{comment['text']}" for comment in open_comments
    )
    how = HOW_TO_ANSWER if open_comments else ""
    return "\n\n".join(part for part in (change.text, *places, *comments, how) if part)


def _place(place: Mapping[str, Any]) -> str:
    gone = ", which you took away" if place.get("removed") else ""
    return f"{place.get('path')}:{place.get('line')}{gone}\n```\n{place.get('code')}\n```"


def _bounce(change: Change) -> str:
    detail = change.detail if isinstance(change.detail, dict) else {}
    if change.reason == "textual":
        files = ", ".join(map(str, detail.get("files") or ())) or "files unknown"
        return (
            "Your change no longer merges with the base, which has moved on. "
            f"Conflicts in: {files}. This workspace is your change merged with the new base; the "
            "conflicts are marked in these files. Resolve every mark."
        )
    return (
        "Merged with the base as it is now, the harness is red; this workspace is that merge."
        + "".join(f"\n- {name}" for name in detail.get("failing") or ())
        + f"\n{detail.get('why') or ''}"
    )


def lessons_of(line: Line, rows: Sequence[SessionRow], change: Change | None) -> str:
    """Return what earlier attempts of an item teach the next one; empty for the first."""
    if not rows:
        return ""
    last = rows[-1]
    end = last.ends[-1] if last.ends else {}
    log = _read(event for _, event in Stream(line.state.streams, f"s/{last.id}").read())
    lines = [
        f"An earlier attempt ended as {last.outcome}: {end.get('reason') or 'no reason given'}.",
        *_of_change(change),
        *_listed("Commands it tried:", list(log.commands)[-_COMMANDS:]),
        *_listed("Errors it met:", list(log.errors)[-_ERRORS:]),
        *_trees(end, log.green_tree),
        "Do not repeat what failed; find out why it failed first.",
    ]
    return "\n".join(lines)


def _of_change(change: Change | None) -> list[str]:
    """Return what became of the change of an earlier attempt, if it is over."""
    if change is None:
        return []
    seen = f"Change {change.id} (commit {change.head}, `git show` has it)"
    if change.state is ChangeState.ABANDONED:
        failing = [str(name) for name in change.check.get("failing") or ()][:_FAILING]
        return [f"{seen} was red: {change.check.get('why')}", *(f"- {name}" for name in failing)]
    if change.state is ChangeState.CLOSED and change.reason == CloseAs.REIMPLEMENT:
        paths = ", ".join(map(str, (change.facts.get("paths") or ())[:_FAILING]))
        said = f" with the words: {change.text}" if change.text else ""
        return [
            f"{seen} was closed by {change.by or 'a person'} to be implemented anew{said}.",
            f"It touched {paths}. Take it as a sketch of what was not wanted, not as a start.",
        ]
    return []


@dataclass(slots=True)
class _Log:
    """What a session's log tells that the next attempt should know."""

    commands: dict[str, None] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)
    green_tree: str = ""


def _read(events: Iterable[Event]) -> _Log:
    log = _Log()
    for event in events:
        if event.posted:
            continue
        data = event.data
        if event.type == "tool.started" and data.get("command"):
            log.commands[_cut(data["command"])] = None
        elif event.type == "tool.finished" and data.get("status") == "failed":
            said = str(data.get("output") or "").strip().splitlines()
            if said:
                log.errors[_cut(said[-1])] = None
        elif event.type == "harness.finished" and data.get("result") == "pass":
            log.green_tree = str(data.get("tree") or "")
    return log


def _trees(end: dict[str, Any], green: str) -> list[str]:
    kept = end.get("preserved") if isinstance(end.get("preserved"), dict) else {}
    found = [f"The last good tree: {green or end.get('head') or 'none'}."]
    if kept and kept.get("ref"):
        found.append(f"Everything it did is kept as {kept['ref']}.")
    return found


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"- {line}" for line in lines)] if lines else []


def _cut(text: object) -> str:
    return " ".join(str(text).split())[:_WIDEST]
