"""Land approved changes one after another, so that the base is never red.

Each is merged in the hub onto the base as it is now, tested there, and landed by compare-and-swap:
what lands is the commit that was tested. The intent is durable before the refs move, so a killed
gate is finished by the next one (docs/architecture.md, Landing).
"""

from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.errors import AnswerNo
from darkfactory.gate.judging import MOST_FAILING, Candidate, Judged, judge, kept, merge, tested
from darkfactory.gate.record import LANE, ON_THE_WAY, Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefMoved, RefUpdate

_CARRIED = "only its own edits were carried over"


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
    """What one round of the gate did; *notes* say what went back to waiting, or was carried."""

    landed: list[Landed] = field(default_factory=list)
    bounced: list[Bounced] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
    waiting = [change for change in room.refresh() if change.state in ON_THE_WAY]
    return min(waiting, key=_approved_at, default=None)


def _approved_at(change: Change) -> tuple[float, str]:
    return (change.approval.at if change.approval else change.since, change.id)


def recover(room: GateRoom, done: Landings) -> None:
    """Finish what a killed gate began: the refs say whether a landing happened.

    Raises:
        GateFrozen: If what it landed is not what it tested.
    """
    for change in list(room.refresh()):
        if change.state is ChangeState.LANDED and not change.audited:
            _audit(room, change)
        if change.state is not ChangeState.LANDING:
            continue
        ref = _landed_ref(change)
        if room.hub.ref(ref) == change.intent.get("candidate"):
            _landed(room, change, done)
        else:
            room.say("queued", change, {"reason": "the gate was killed before it landed"})


def _land_one(room: GateRoom, change: Change, done: Landings) -> None:
    """Land *change* or bounce it; a verdict that comes while it is tested is obeyed."""
    message = landing_message(change)
    candidate = merge(room, change, message=message, when=landing_time(change))
    if candidate.conflicts:
        detail = {"files": list(candidate.conflicts), "base": candidate.base}
        _bounce(room, change, done, "textual", detail)
        return
    if candidate.tree == room.hub.tree(candidate.base):
        room.say("superseded", change, {"reason": "the base already holds all of it"})
        return
    facts = {"candidate": candidate.commit, "tree": candidate.tree, "head": change.head}
    if not room.say("testing", change, {**facts, "base": candidate.base}):
        return
    judged = judge(room, change, candidate)
    verdict = judged.verdict
    if verdict.waits or (_said_alone(change) and judged.doubt):
        _put_back(room, change, candidate, judged)
        done.notes.append(f"{change.id} has not landed: {judged.doubt or verdict.why}")
        return
    if not verdict.green:
        failing = list(judged.result.failing)[:MOST_FAILING]
        detail = {"failing": failing, "why": verdict.why, "tree": candidate.tree}
        _bounce(room, change, done, "harness", {**detail, "base": candidate.base})
        return
    intent = {**facts, "old": candidate.base, "why": verdict.why}
    if room.say("landing", change, intent):
        _move(room, change, candidate, done)


def _said_alone(change: Change) -> bool:
    """Tell whether a lane approved *change*, so that no person knows what the checks say now."""
    return change.approval is not None and change.approval.by.startswith(LANE)


def _put_back(room: GateRoom, change: Change, candidate: Candidate, judged: Judged) -> None:
    """Let *change* wait again: for a base that tells, or for a person to judge what is known."""
    told = {**kept(change), **tested(candidate, judged)}
    if judged.verdict.waits:  # proposed anew it is as it was before its check, its approval kept
        room.record("change.proposed", change.facts, session=change.session)
    else:
        room.say("waiting", change, {"reason": judged.doubt})
    room.say("checked", change, told)


def _move(room: GateRoom, change: Change, candidate: Candidate, done: Landings) -> None:
    """Move the refs, all or none; the intent is on record."""
    hub = room.hub
    moves = [
        RefUpdate(hub.base_ref, candidate.commit, candidate.base),
        RefUpdate(_landed_ref(change), candidate.commit, None),
    ]
    try:
        hub.update_refs(moves, message=f"land {change.id}")
    except RefMoved:
        if hub.commit(hub.base_ref) == candidate.base:
            raise  # the change has a landing that the record does not know of
        room.say("queued", change, {"reason": "the base moved while it was tested"})
        return
    _landed(room, room.find(change.id), done)
    if candidate.carried:
        done.notes.append(f"{hub.base} was rewritten after {change.id} began: {_CARRIED}")


def _landed(room: GateRoom, change: Change, done: Landings) -> None:
    """Record a landing whose refs have moved, and audit it."""
    commit, tested = str(change.intent["candidate"]), str(change.intent["tree"])
    tree = room.hub.tree(commit)
    data = {"commit": commit, "tree": tree, "tested_tree": tested, "base": change.intent["old"]}
    room.say("landed", change, data)
    done.landed.append(Landed(change.id, commit, tree, tested))
    _audit(room, change)


def _audit(room: GateRoom, change: Change) -> None:
    """Hold what is on the base against what was tested; freeze the gate where they differ."""
    landing, hub = change.landing, room.hub
    commit, tested = str(landing["commit"]), str(landing["tested_tree"])
    tree, on_base = hub.tree(commit), hub.is_ancestor(commit, hub.commit(hub.base_ref))
    if tree == tested and on_base:
        room.say("audited", change, {"tree": tree})
        return
    reason = f"{change.id}: landed tree {tree} is not the tested tree {tested} on the base"
    room.record("gate.frozen", {"reason": reason, "change": change.id})
    raise GateFrozen(reason)


def _bounce(
    room: GateRoom, change: Change, done: Landings, reason: str, detail: dict[str, Any]
) -> None:
    if room.say("bounced", change, {"reason": reason, "detail": detail}):
        done.bounced.append(Bounced(change.id, reason, detail))


def _refuse_when_frozen(room: GateRoom) -> None:
    if room.refresh().frozen:
        raise GateFrozen(str(room.changes.frozen))


def _landed_ref(change: Change) -> str:
    return f"refs/df/landed/{change.id}"


def landing_message(change: Change) -> str:
    """Return the message of the commit with which *change* lands."""
    session = f"\nSession: {change.session}" if change.session else ""
    return f"{change.title}\n\nItem: {change.item}\nChange: {change.id}{session}\n"


def landing_time(change: Change) -> int:
    """Return the date of that commit, in seconds since the epoch: when *change* was approved."""
    return int(change.approval.at if change.approval else change.since)
