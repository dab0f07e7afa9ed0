"""What a person does at the gate: say yes to changes, land what is approved."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.errors import AnswerNo
from darkfactory.factory.demotion import demote_for_regressions
from darkfactory.factory.landing_steps import step_words
from darkfactory.factory.line import Line
from darkfactory.factory.record import LeftBranch
from darkfactory.factory.skill_changes import tell_skill_changes
from darkfactory.factory.triage_backlog import plan_fixers
from darkfactory.gate.conflicts import compare
from darkfactory.gate.drilled import drill_words
from darkfactory.gate.forward import forward
from darkfactory.gate.land import is_held, land_all
from darkfactory.gate.landing import Landings
from darkfactory.gate.readers import Reading, doubts
from darkfactory.gate.record import ON_THE_WAY, Change
from darkfactory.gate.room import GateBusy, GateRoom, gate_lock
from darkfactory.gate.verdicts import (
    Overtaken,
    approve,
    check_approvable,
    check_read,
    check_reason,
)
from darkfactory.gate.warned import own_word, warnings_of

_LOOK_SECONDS = 0.5
_SAID_YES = ON_THE_WAY | {ChangeState.LANDED}
_TAKEN_BACK = frozenset(ChangeState) - ON_THE_WAY - {ChangeState.LANDED, ChangeState.SUPERSEDED}
_BUSY = "another command is landing; waiting for it"

Note = Callable[[str], None]
Ask = Callable[[Sequence[str], bool], bool]
"""Takes warnings, and whether one of them wants a yes; returns whether to go on."""


class NotApproved(AnswerNo):
    """Somebody was warned of a change and thought better of it."""

    code = "gate.not_approved"

    def __init__(self, change: Change) -> None:
        super().__init__(
            f"{change.id} is not approved",
            fix=f"df gate rework {change.id} -m TEXT, or df gate close {change.id} --as REASON",
        )


def approve_changes(
    line: Line,
    names: Sequence[str],
    *,
    by: str,
    text: str = "",
    taste: dict[int, bool] | None = None,
    note: Note | None = None,
    ask: Ask | None = None,
    read: Collection[str] = (),
    reading: Reading | None = None,
) -> dict[str, Any]:
    """Approve changes as they are now and land them before returning.

    One that is on its way counts as approved, and of several at once one that has landed: two
    people may say yes to the same, and a killed yes is said again. Those of several that touch the
    harness, silence checks, hide something or add what looks like a credential are refused: they
    need a look of their own.

    Args:
        note: Called with each step, for whoever waits.
        ask: Told the warnings before anything is approved, and whether one of them wants a yes.
        read: The heads that were read, where somebody tells.
        reading: How one change was read; what was not is warned of.

    Raises:
        NotApproved: If *ask* says no.
        Moved: If one has another head than was *read*; then none is approved.
        UnknownChange: If one is unknown; then none is approved.
        NotAtTheGate: If one is not waiting for a verdict; then none is approved.
        NoSuchQuestion: If *taste* answers a line that one does not have; then none is approved.
        NoReason: If it breaks rules that the gate enforces, and *text* does not say why it may.
        GateFrozen: If an audit has failed; the approvals are kept.
    """
    room = watched(line, note, [])
    changes = list({change.id: change for change in map(room.find, names)}.values())
    said_yes = _SAID_YES if len(changes) > 1 else ON_THE_WAY
    done = [one for one in changes if one.state in said_yes]
    changes = [one for one in changes if one not in done]
    for change in changes:
        check_read(change, read)
        check_approvable(room, change, taste)
    several, approved = len(changes) > 1, [one.id for one in done]
    alone = {change.id: own_word(change) for change in changes if several and own_word(change)}
    refused = [{"id": name, "reason": reason} for name, reason in alone.items()]
    changes = [change for change in changes if change.id not in alone]
    for change in changes:
        check_reason(change, text)
    warnings, wants_yes = warnings_before(room, changes, reading)
    warnings = [*(f"{one.id} was approved before" for one in done), *warnings]
    if ask is not None and warnings and not ask(warnings, wants_yes):
        raise NotApproved((changes or done)[0])
    for change in changes:
        try:
            approve(room, change, by=by, text=text, taste=taste, reading=reading)
        except Overtaken as error:
            refused.append({"id": change.id, "reason": error.problem})
            continue
        approved.append(change.id)
    result = land_approved(line, room, approved, note=note)
    return {
        **result,
        "refused": [*refused, *result["refused"]],
        "warnings": [*warnings, *result["warnings"]],
    }


def warnings_before(
    room: GateRoom, changes: Sequence[Change], reading: Reading | None = None
) -> tuple[list[str], bool]:
    """Return what to know before a yes to *changes*, and whether that wants a yes of its own.

    Args:
        reading: How one change was read; what was not is warned of.
    """
    grave = [text for change in changes for text in warnings_of(change)]
    grave += doubts(reading) if reading else []
    beside = [text for change in changes for text in _in_the_way(room, change, changes)]
    return grave + beside, bool(grave)


def land_approved(
    line: Line, room: GateRoom, approved: Sequence[str], *, note: Note | None
) -> dict[str, Any]:
    """Land the queue; what somebody else did with *approved* changes meanwhile is told too.

    Raises:
        GateFrozen: If an audit has failed.
    """
    result = land_queue(line, note=note)
    _add_others(result, room, approved)
    return result


def land_queue(
    line: Line, *, thaw_by: str | None = None, note: Note | None = None
) -> dict[str, Any]:
    """Land what is approved; what another gate process is landing is named as queued.

    Args:
        note: Called with each step, for whoever waits.

    Raises:
        GateFrozen: If an audit has failed.
    """
    superseded: list[dict[str, Any]] = []
    if line.is_new:
        return _result(Landings())
    room = watched(line, note, superseded)
    if thaw_by is not None:
        room.record("gate.frozen", {"reason": None, "by": thaw_by})
    try:
        with gate_lock(line.state, on_wait=lambda: say_step(note, _BUSY)):
            line.hub.sync_base()
            done = land_all(room)
            words = _forward(line, room)
    except GateBusy:
        done, words = Landings(), "another command is landing; it takes yours too"
    compare(room)
    plan_fixers(line)
    demote_for_regressions(line)
    tell_skill_changes(line)
    waiting = [change for change in room.refresh() if change.state in ON_THE_WAY]
    return {
        **_result(done),
        "queued": [change.id for change in waiting if not is_held(room, change)],
        "superseded": superseded,
        "refused": [_held(room, change) for change in waiting if is_held(room, change)],
        "warnings": [*done.notes, *([words] if words else [])],
    }


def _held(room: GateRoom, change: Change) -> dict[str, Any]:
    """Return why an approved change does not land for now."""
    why = room.changes.hold.reason if room.changes.hold else ""
    return {"id": change.id, "reason": f"landing is frozen, its approval is kept: {why}"}


def _result(done: Landings) -> dict[str, Any]:
    """Return what *done* means in the shape of the contract, as far as it tells."""
    return {
        "landed": [asdict(row) for row in done.landed],
        "bounced": [asdict(row) for row in done.bounced],
        "queued": [],
        "superseded": [],
        "refused": [],
        "warnings": [],
    }


def _forward(line: Line, room: GateRoom) -> str:
    """Bring the user's branch to what has landed; record and return why that cannot be, if so."""
    done = forward(line.hub)
    line.record.refresh()
    known, branch = line.record.left, line.hub.base
    left = None if done.moved else LeftBranch(branch, done.at, done.reason, done.command)
    if left is not None and left != known:
        room.record("base.left", asdict(left))
    elif left is None and known is not None:
        room.record("base.forwarded", {"branch": branch, "commit": line.hub.commit(branch)})
    return done.words


def watched(line: Line, note: Note | None, superseded: list[dict[str, Any]]) -> GateRoom:
    """Return the gate of *line*; it says its steps, and what it found to be landed already."""
    room = line.gate()
    room.note = note or room.note

    def tell(event: Event) -> None:
        say_step(note, step_words(room, event))
        if event.type == "change.superseded":
            superseded.append({"id": event.data["change"], "reason": event.data.get("reason")})

    room.tell = tell
    return room


def say_step(note: Note | None, text: str) -> None:
    if note is not None and text:
        note(text)


def _add_others(result: dict[str, Any], room: GateRoom, approved: Sequence[str]) -> None:
    """Add what somebody else did with the *approved* changes before they were landed here."""
    told = {row["id"] for row in (*result["landed"], *result["bounced"])}
    for name in approved:
        change = room.find(name)
        if name in told:
            continue
        if change.state is ChangeState.LANDED:
            facts = {key: change.landing[key] for key in ("commit", "tree", "tested_tree")}
            result["landed"].append({"id": name, **facts})
        elif change.state is ChangeState.BOUNCED:
            bounce = {"id": name, "reason": change.reason, "detail": change.detail}
            result["bounced"].append(bounce)
        elif change.state in _TAKEN_BACK:
            said = f" by {change.by}: {change.text}" if change.text else ""
            said = f"; {drill_words(change)}" if change.drill else said
            reason = f"it did not land: it became {change.state} meanwhile{said}"
            result["refused"].append({"id": name, "reason": reason})


def _in_the_way(room: GateRoom, change: Change, besides: Sequence[Change]) -> list[str]:
    """Return that others will not merge any more once *change* has landed.

    Of those that somebody says yes to *besides*, what becomes of them tells.
    """
    answered = {other.id for other in besides}
    others = [name for name in room.changes.conflicts_of(change) if name not in answered]
    return [f"{', '.join(others)} will not merge once {change.id} has landed"] if others else []
