"""A person's word on a change: approve, rework, close, defer. Recorded first, acted on after."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from darkfactory.clock import seconds_of, timestamp
from darkfactory.domain.change import CloseAs
from darkfactory.errors import AnswerNo, UsageError
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Reading
from darkfactory.gate.record import Change, may
from darkfactory.gate.room import GateRoom
from darkfactory.gate.warned import wants_reason

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_FOREVER = seconds_of("9999-12-31T23:59:59Z")
_PLACE = re.compile(r"(?s)(.+):([0-9]{1,9})")
_AROUND = 2
_WIDEST = 400


class NotAtTheGate(UsageError):
    """A verdict on a change that is past verdicts, or not ready for one."""

    code = "gate.state"

    def __init__(self, change: Change, verdict: str) -> None:
        super().__init__(
            f"change {change.id} is {change.state}: it cannot be {verdict} now",
            fix=f"`df gate show {change.id}` tells what happened to it",
        )


class NoWords(UsageError):
    """A change is sent back without a word."""

    code = "gate.no_words"

    def __init__(self, change: str) -> None:
        super().__init__(
            f"{change} cannot be sent back without words",
            fix=f'say what is to change: df gate rework {change} -m "TEXT"',
        )


class NoReason(UsageError):
    """A yes without a word to a change that breaks rules which the gate enforces."""

    code = "gate.no_reason"

    def __init__(self, change: str, rules: str) -> None:
        super().__init__(
            f"{change} breaks {rules}: it is not approved without a reason",
            fix=f'say why it may land all the same: df gate approve {change} -m "TEXT"',
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


class NoSuchQuestion(UsageError):
    """An answer to a taste line that the lane does not have."""

    code = "gate.question"

    def __init__(self, number: int, questions: Sequence[str]) -> None:
        super().__init__(
            f"there is no taste line {number}: the lane has {len(questions)}",
            fix="`df gate show ID` numbers them",
        )


class Overtaken(AnswerNo):
    """Something else happened to the change at the same moment."""

    code = "gate.overtaken"

    def __init__(self, change: Change, now: Change) -> None:
        what = f"revision {now.revision}" if now.revision != change.revision else str(now.state)
        super().__init__(
            f"change {change.id} has become {what} meanwhile; your verdict does not count",
            fix=f"look at it again: `df gate show {change.id}`",
        )


class Moved(AnswerNo):
    """The change has another head than the one that was read."""

    code = "gate.moved"

    def __init__(self, change: Change) -> None:
        super().__init__(
            f"change {change.id} is at revision {change.revision} now, not at the one that was "
            "read; the verdict does not count",
            fix=f"read it again: `df gate show {change.id}`",
        )


def check_read(change: Change, heads: Collection[str]) -> None:
    """Do nothing if the head of *change* is among the *heads* that were read, or none is told.

    Raises:
        Moved: If it is another one.
    """
    if heads and change.head not in heads:
        raise Moved(change)


def approve(
    room: GateRoom,
    change: Change,
    *,
    by: str,
    text: str = "",
    taste: dict[int, bool] | None = None,
    reading: Reading | None = None,
    batch: Mapping[str, Any] | None = None,
) -> None:
    """Say yes to *change* exactly as it is now: its head and its patch are pinned.

    Args:
        reading: How it was read before, where that was measured; so for the other verdicts.
        batch: The batch that it is a part of, and whether it was opened.

    Raises:
        NotAtTheGate: If it is not waiting for a verdict.
        NoSuchQuestion: If *taste* answers a line that the lane does not have.
        NoReason: If it breaks rules that the gate enforces, and *text* does not say why it may.
        Overtaken: If it changed at the same moment.
    """
    check_approvable(room, change, taste)
    check_reason(change, text)
    pin: dict[str, Any] = {
        "by": by,
        "head": change.head,
        "patch_id": change.patch_id,
        "text": text,
        "taste": _answers(room, change, taste or {}),
        **_told(reading),
        **(batch or {}),
    }
    _say(room, change, "approved", pin)
    room.say("queued", change)


def withdraw(room: GateRoom, change: Change, *, by: str) -> None:
    """Take back the yes to *change*, which has not landed: it waits for a verdict again.

    Raises:
        NotAtTheGate: If nobody has said yes to it, or it lands just now.
        Overtaken: If it landed at the same moment.
    """
    _must(room, change, "withdrawn", "taken back")
    _say(room, change, "withdrawn", {"by": by})


def check_approvable(room: GateRoom, change: Change, taste: dict[int, bool] | None = None) -> None:
    """Do nothing if *change* waits for a verdict and *taste* answers lines that it has.

    Raises:
        NotAtTheGate: If it does not wait for one.
        NoSuchQuestion: If *taste* answers a line that the lane does not have.
    """
    _must(room, change, "deferred", "approved")
    _answers(room, change, taste or {})


def check_reason(change: Change, text: str) -> None:
    """Do nothing if *change* keeps the rules that the gate enforces, or *text* says why it may not.

    Raises:
        NoReason: If it does neither.
    """
    rules = wants_reason(change)
    if rules and not any(sign.isprintable() and not sign.isspace() for sign in text):
        raise NoReason(change.id, rules)


def rework(
    room: GateRoom,
    change: Change,
    *,
    by: str,
    text: str,
    places: tuple[str, ...] = (),
    comments: Sequence[Comment] = (),
    reading: Reading | None = None,
) -> None:
    """Send *change* back to the conversation it came from, with the places quoted.

    Args:
        places: Lines that are meant, as PATH:LINE.
        comments: Lines with words of their own: each is to be answered.

    Raises:
        NoWords: If nobody would know what to do differently.
        NotAtTheGate: If it is past verdicts.
        NoSuchPlace: If the change has no such line.
        Overtaken: If it changed at the same moment.
    """
    if not (text.strip() or comments):
        raise NoWords(change.id)
    _must(room, change, "rework", "sent back")
    quoted = [_quote(room, change, place) for place in places]
    quoted += [_commented(room, change, comment) for comment in comments]
    _say(room, change, "rework", {"by": by, "text": text, "places": quoted, **_told(reading)})


def close(
    room: GateRoom,
    change: Change,
    *,
    by: str,
    close_as: CloseAs,
    text: str = "",
    reading: Reading | None = None,
) -> None:
    """Close *change* without landing it; ``reimplement`` lets its item start afresh.

    Raises:
        NotAtTheGate: If it has landed, is landing or is closed already.
        Overtaken: If it changed at the same moment.
    """
    _must(room, change, "closed", "closed")
    _say(room, change, "closed", {"by": by, "reason": close_as, "text": text, **_told(reading)})


def defer(
    room: GateRoom, change: Change, *, by: str, until: str, reading: Reading | None = None
) -> float:
    """Put *change* aside until a time; return that time in seconds since the epoch.

    Raises:
        NotAtTheGate: If it is not waiting for a verdict.
        BadTime: If *until* is no time to come.
        Overtaken: If it changed at the same moment.
    """
    _must(room, change, "deferred", "deferred")
    due = parse_until(until, room.clock.now())
    told = {"by": by, "until": due, "until_text": timestamp(due), **_told(reading)}
    _say(room, change, "deferred", told)
    return due


def parse_until(text: str, now: float) -> float:
    """Return the time that *text* names: a duration from *now*, or an ISO date in UTC.

    Raises:
        BadTime: If it is neither, or lies in the past or beyond all calendars.
    """
    found = _DURATION.fullmatch(text.strip())
    try:
        due = now + float(found[1]) * _UNIT_SECONDS[found[2]] if found else seconds_of(text.strip())
    except ValueError as error:
        raise BadTime(text) from error
    if not now < due <= _FOREVER:
        raise BadTime(text)
    return due


def _told(reading: Reading | None) -> dict[str, Any]:
    return reading.told() if reading else {}


def _must(room: GateRoom, change: Change, verb: str, verdict: str) -> None:
    if not may(room.find(change.id).state, verb):
        raise NotAtTheGate(change, verdict)


def _say(room: GateRoom, change: Change, verb: str, data: dict[str, Any]) -> None:
    if not room.say(verb, change, data):
        raise Overtaken(change, room.find(change.id))


def _answers(room: GateRoom, change: Change, taste: dict[int, bool]) -> list[dict[str, Any]]:
    lane = room.lane(change)
    questions = lane.taste if lane else ()
    for number in taste:
        if not 1 <= number <= len(questions):
            raise NoSuchQuestion(number, questions)
    return [
        {"question": questions[number - 1], "answer": answer}
        for number, answer in sorted(taste.items())
    ]


def _quote(room: GateRoom, change: Change, place: str) -> dict[str, Any]:
    """Return a place of *change* with the code around it, as text that is safe to pass on."""
    path, line = _place(change, place)
    return _quoted(room, change, path, line, change.head)


def _commented(room: GateRoom, change: Change, comment: Comment) -> dict[str, Any]:
    """Return a comment with the code around it; a line that is gone is quoted from the base."""
    side = change.base if comment.removed else change.head
    quoted = _quoted(room, change, comment.path, comment.line, side)
    return {**quoted, "text": comment.text, "removed": comment.removed}


def _place(change: Change, place: str) -> tuple[str, int]:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise NoSuchPlace(place, change.id)
    return found[1], int(found[2])


def _quoted(room: GateRoom, change: Change, path: str, line: int, commit: str) -> dict[str, Any]:
    lines = _lines(room, commit, path)
    if not 1 <= line <= len(lines):
        raise NoSuchPlace(f"{path}:{line}", change.id)
    around = range(max(1, line - _AROUND), min(len(lines), line + _AROUND) + 1)
    code = "\n".join(
        f"{at:>5} {'>' if at == line else ' '} {lines[at - 1][:_WIDEST]}" for at in around
    )
    shown = os.fsencode(path).decode("utf-8", "replace")
    return {"path": shown, "line": line, "code": code}


def _lines(room: GateRoom, commit: str, path: str) -> list[str]:
    """Return the lines of a text file as *commit* has it; none of what is no text file."""
    name = f"{commit}:{path}"
    blob = room.hub.git("cat-file", "blob", "--end-of-options", name, accept=(0, 128)).stdout
    if b"\0" in blob:
        return []
    return blob.removesuffix(b"\n").decode("utf-8", "replace").split("\n") if blob else []
