"""Land approved changes one after another, so that the base is never red.

Each is merged in the hub onto the base as it is now, tested there, and landed by compare-and-swap:
what lands is the commit that was tested. The intent is durable before the refs move, so a killed
gate is finished by the next one (docs/architecture.md, Landing).
"""

from dataclasses import dataclass, field
from typing import Any

from darkfactory.changes.green import green
from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.errors import AnswerNo
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefMoved, RefUpdate

_ON_THE_WAY = (ChangeState.APPROVED, ChangeState.QUEUED, ChangeState.TESTING, ChangeState.LANDING)


class GateFrozen(AnswerNo):
    """Landing has stopped because a fact contradicts the gate's promise."""

    code = "gate.frozen"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the gate is frozen: {reason}",
            fix="see `df gate log`; `df gate land --thaw` goes on once it is understood",
        )


@dataclass(frozen=True, slots=True)
class Landed:
    """One landing: the commit on the base, its tree, and the tree that was tested."""

    id: str
    commit: str
    tree: str
    tested_tree: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """One change that could not land: *reason* is ``textual`` or ``harness``."""

    id: str
    reason: str
    detail: Any


@dataclass(slots=True)
class Landings:
    """What one round of the gate did."""

    landed: list[Landed] = field(default_factory=list)
    bounced: list[Bounced] = field(default_factory=list)


def land_all(room: GateRoom) -> Landings:
    """Work the queue until it is empty; call it with the gate's lock held.

    Raises:
        GateFrozen: If an audit has failed, now or earlier.
    """
    done = Landings()
    recover(room, done)
    while True:
        _refuse_when_frozen(room)
        change = next_in_line(room)
        if change is None:
            return done
        _land_one(room, change, done)


def next_in_line(room: GateRoom) -> Change | None:
    """Return the approved change that lands next: the one approved first."""
    waiting = [change for change in room.refresh() if change.state in _ON_THE_WAY]
    return min(waiting, key=_approved_at, default=None)


def _approved_at(change: Change) -> tuple[float, str]:
    return (change.approval.at if change.approval else change.since, change.id)


def recover(room: GateRoom, done: Landings) -> None:
    """Finish what a killed gate began: the refs say whether a landing happened."""
    room.hub.break_stale_locks()
    for change in list(room.refresh()):
        if change.state is not ChangeState.LANDING:
            continue
        cand = str(change.intent.get("candidate"))
        ref = _landed_ref(change)
        if room.hub.refs(ref).get(ref) == cand:
            _landed(room, change, done)
        else:
            room.say("queued", change, {"reason": "the gate was killed before it landed"})


def _land_one(room: GateRoom, change: Change, done: Landings) -> None:
    hub = room.hub
    base = hub.commit(hub.base_ref)
    merged = hub.merge_tree(base, change.head)
    if not merged.clean:
        detail = {"files": list(merged.conflicts), "base": base}
        _bounce(room, change, done, "textual", detail)
        return
    if merged.tree == hub.tree(base):
        room.say("superseded", change, {"reason": "the base already holds all of it"})
        return
    when = int(change.approval.at if change.approval else change.since)
    candidate = hub.commit_tree(merged.tree, (base, change.head), _message(change), when=when)
    room.say("testing", change, {"candidate": candidate, "tree": merged.tree, "base": base})
    lane = room.lane(change)
    result = room.test(candidate, lane)
    verdict, why = _judge(room, base, result, change)
    if not verdict:
        detail = {"failing": list(result.failing), "why": why, "tree": merged.tree}
        _bounce(room, change, done, "harness", detail)
        return
    intent = {"old": base, "candidate": candidate, "tree": merged.tree, "why": why}
    room.say("landing", change, intent)
    moves = [
        RefUpdate(hub.base_ref, candidate, base),
        RefUpdate(_landed_ref(change), candidate, None),
    ]
    try:
        hub.update_refs(moves, message=f"land {change.id}")
    except RefMoved:
        room.say("queued", change, {"reason": "the base moved while it was tested"})
        return
    _landed(room, change, done)


def _judge(room: GateRoom, base: str, result: HarnessResult, change: Change) -> tuple[bool, str]:
    """Return whether the merged *result* may land, judged against the base where that is red."""
    if result.green:
        return green(result, None, None)
    base_result = room.test(base, room.lane(change))
    return green(result, base_result, change.check.get("done_when"))


def _landed(room: GateRoom, change: Change, done: Landings) -> None:
    """Record a landing whose refs have moved, and hold the landed tree against the tested one."""
    intent = change.intent
    commit = str(intent["candidate"])
    tree, tested = room.hub.tree(commit), str(intent["tree"])
    on_base = room.hub.is_ancestor(commit, room.hub.commit(room.hub.base_ref))
    data = {"commit": commit, "tree": tree, "tested_tree": tested, "base": intent["old"]}
    room.say("landed", change, data)
    done.landed.append(Landed(change.id, commit, tree, tested))
    if tree != tested or not on_base:
        reason = f"{change.id}: landed tree {tree} is not the tested tree {tested} on the base"
        room.record("gate.frozen", {"reason": reason, "change": change.id})
        raise GateFrozen(reason)
    room.say("audited", change, {"tree": tree})


def _bounce(
    room: GateRoom, change: Change, done: Landings, reason: str, detail: dict[str, Any]
) -> None:
    room.say("bounced", change, {"reason": reason, "detail": detail})
    done.bounced.append(Bounced(change.id, reason, detail))


def _refuse_when_frozen(room: GateRoom) -> None:
    if room.refresh().frozen:
        raise GateFrozen(str(room.changes.frozen))


def _landed_ref(change: Change) -> str:
    return f"refs/df/landed/{change.id}"


def _message(change: Change) -> str:
    session = f"\nSession: {change.session}" if change.session else ""
    return f"{change.title}\n\nItem: {change.item}\nChange: {change.id}{session}\n"
