"""A person's word on a change: approve, rework, close, defer. Recorded first, acted on after."""

import re
from dataclasses import dataclass
from typing import Any

from darkfactory.clock import seconds_of, timestamp
from darkfactory.domain.change import ChangeState, CloseAs
from darkfactory.errors import UsageError
from darkfactory.gate.record import TERMINAL, Change
from darkfactory.gate.room import GateRoom
from darkfactory.gitio import git

_JUDGED = frozenset(
    {
        ChangeState.WAITING_TASTE,
        ChangeState.BOUNCED,
        ChangeState.REWORK,
        ChangeState.DEFERRED,
        ChangeState.APPROVED,
        ChangeState.QUEUED,
    }
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class NotAtTheGate(UsageError):
    """A verdict on a change that is past verdicts, or not ready for one."""

    code = "gate.state"

    def __init__(self, change: Change, verdict: str) -> None:
        super().__init__(
            f"change {change.id} is {change.state}: it cannot be {verdict} now",
            fix=f"`df gate show {change.id}` tells what happened to it",
        )


class NoSuchPlace(UsageError):
    """A comment on a line that the change does not have."""

    code = "gate.place"

    def __init__(self, place: str, change: str) -> None:
        super().__init__(
            f"{place!r} is no place in change {change}",
            fix="name it PATH:LINE, with a path and a line of the file as the change leaves it",
        )


class BadTime(UsageError):
    """A time that is neither a duration nor a date."""

    code = "gate.until"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no time to come",
            fix="give a duration (90s, 2h, 3d) or 2026-11-21T09:00:00Z",
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one of several changes was not approved."""

    id: str
    reason: str


def approve(
    room: GateRoom,
    change: Change,
    *,
    by: str,
    text: str = "",
    taste: dict[int, bool] | None = None,
    seconds: float | None = None,
) -> None:
    """Say yes to *change* exactly as it is now: its head and its patch are pinned.

    Raises:
        NotAtTheGate: If it is not waiting for a verdict.
    """
    _must(change, room, {ChangeState.WAITING_TASTE, ChangeState.DEFERRED}, "approved")
    lane = room.lane(change)
    questions = lane.taste if lane else ()
    answers = [
        {"question": questions[number - 1], "answer": answer}
        for number, answer in sorted((taste or {}).items())
        if 1 <= number <= len(questions)
    ]
    pin: dict[str, Any] = {
        "by": by,
        "head": change.head,
        "patch_id": change.patch_id,
        "text": text,
        "taste": answers,
        "seconds": seconds,
    }
    room.say("approved", change, pin)
    room.say("queued", change)


def rework(
    room: GateRoom, change: Change, *, by: str, text: str, places: tuple[str, ...] = ()
) -> None:
    """Send *change* back to the conversation it came from, with the places quoted.

    Raises:
        NotAtTheGate: If it is past verdicts.
        NoSuchPlace: If the change has no such line.
    """
    _must(change, room, _JUDGED, "sent back")
    quoted = [_quote(room, change, place) for place in places]
    room.say("rework", change, {"by": by, "text": text, "places": quoted})


def close(room: GateRoom, change: Change, *, by: str, close_as: CloseAs, text: str = "") -> None:
    """Close *change* without landing it; ``reimplement`` lets its item start afresh.

    Raises:
        NotAtTheGate: If it has landed or is closed already.
    """
    _must(change, room, frozenset(ChangeState) - TERMINAL, "closed")
    room.say("closed", change, {"by": by, "reason": close_as, "text": text})


def defer(room: GateRoom, change: Change, *, by: str, until: str) -> float:
    """Put *change* aside until a time; return that time in seconds since the epoch.

    Raises:
        NotAtTheGate: If it is not waiting for a verdict.
        BadTime: If *until* is no time to come.
    """
    _must(change, room, {ChangeState.WAITING_TASTE, ChangeState.DEFERRED}, "deferred")
    due = parse_until(until, room.clock.now())
    room.say("deferred", change, {"by": by, "until": due, "until_text": timestamp(due)})
    return due


def parse_until(text: str, now: float) -> float:
    """Return the time that *text* names: a duration from *now*, or an ISO date in UTC.

    Raises:
        BadTime: If it is neither, or lies in the past.
    """
    found = _DURATION.fullmatch(text.strip())
    try:
        due = now + float(found[1]) * _UNIT_SECONDS[found[2]] if found else seconds_of(text.strip())
    except ValueError as error:
        raise BadTime(text) from error
    if due <= now:
        raise BadTime(text)
    return due


def _must(
    change: Change, room: GateRoom, states: frozenset[ChangeState] | set[ChangeState], verdict: str
) -> None:
    if change.state_at(room.clock.now()) not in states:
        raise NotAtTheGate(change, verdict)


def _quote(room: GateRoom, change: Change, place: str) -> dict[str, Any]:
    path, colon, number = place.rpartition(":")
    if not colon or not number.isdigit() or not path:
        raise NoSuchPlace(place, change.id)
    shown = git(
        f"--git-dir={room.hub.path}", "cat-file", "blob", f"{change.head}:{path}", accept=(0, 128)
    )
    lines = shown.text.split("\n") if shown.status == 0 else []
    line = int(number)
    if not 1 <= line <= len(lines):
        raise NoSuchPlace(place, change.id)
    around = range(max(1, line - 2), min(len(lines), line + 2) + 1)
    code = "\n".join(f"{at:>5} {'>' if at == line else ' '} {lines[at - 1]}" for at in around)
    return {"path": path, "line": line, "code": code}
