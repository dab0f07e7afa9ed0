"""One landing: the intents, the refs, the record, the audit; and what a killed gate left of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import listed
from darkfactory.errors import AnswerNo
from darkfactory.gate.chain import Link
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefMoved, RefUpdate

_CARRIED = "only its own edits were carried over"
_MOVED = "the base moved while it was tested"


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
    """One landing: the commit on the base, its tree, and the tree that was tested.

    Of several that landed together the tree of the last one was tested.
    """

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


def land(room: GateRoom, links: Sequence[Link], done: Landings, *, why: str) -> None:
    """Land *links* together: the intents are durable, then the refs move, all or none.

    Nothing lands if one of them was taken back just now, or the base has moved.

    Raises:
        GateFrozen: If what has landed is not what was tested.
    """
    last = links[-1].candidate
    together = {"old": links[0].candidate.base, "tip": last.commit, "tested_tree": last.tree}
    for place, link in enumerate(links):
        change, found = link.change, link.candidate
        facts = {"candidate": found.commit, "tree": found.tree, "head": change.head}
        intent = {**facts, **together, "base": found.base, "place": place, "why": why}
        intent |= {"union": list(found.union)}
        if not room.say("landing", change, intent):
            _back(room, links[:place], "one that was to land with it was taken back")
            return
    if _move(room, links):
        for link in links:
            _landed(room, room.find(link.change.id), done)
            if link.candidate.carried:
                told = f"{room.hub.base} was rewritten after {link.change.id} began: {_CARRIED}"
                done.notes.append(told)
            if link.candidate.union:
                named = listed(link.candidate.union)
                done.notes.append(f"{link.change.id} landed with {named} merged by union")


def _move(room: GateRoom, links: Sequence[Link]) -> bool:
    """Move the refs, all or none; tell whether they were. The intents are on record."""
    hub, old = room.hub, links[0].candidate.base
    moves = [RefUpdate(hub.base_ref, links[-1].candidate.commit, old)]
    moves += [RefUpdate(_landed_ref(one.change), one.candidate.commit, None) for one in links]
    try:
        hub.update_refs(moves, message=f"land {', '.join(link.change.id for link in links)}")
    except RefMoved:
        if hub.commit(hub.base_ref) == old:
            raise  # one of them has a landing that the record does not know of
        _back(room, links, _MOVED)
        return False
    return True


def _back(room: GateRoom, links: Sequence[Link], reason: str) -> None:
    for link in links:
        room.say("queued", link.change, {"reason": reason})


def recover(room: GateRoom, done: Landings) -> None:
    """Finish what a killed gate began: the refs say whether a landing happened.

    Raises:
        GateFrozen: If what it landed is not what it tested.
    """
    begun = []
    for change in list(room.refresh()):
        if change.state is ChangeState.LANDED and not change.audited:
            _audit(room, change)
        if change.state is ChangeState.LANDING:
            begun.append(change)
    for change in sorted(begun, key=lambda one: int(one.intent.get("place") or 0)):
        if room.hub.ref(_landed_ref(change)) == change.intent.get("candidate"):
            _landed(room, change, done)
        else:
            room.say("queued", change, {"reason": "the gate was killed before it landed"})


def _landed(room: GateRoom, change: Change, done: Landings) -> None:
    """Record a landing whose refs have moved, and audit it."""
    intent = change.intent
    commit = str(intent["candidate"])
    tree, tested = room.hub.tree(commit), str(intent.get("tested_tree") or intent["tree"])
    data = {"commit": commit, "tree": tree, "tested_tree": tested}
    data |= {"tip": intent.get("tip") or commit, "base": intent.get("base") or intent["old"]}
    room.say("landed", change, {**data, "union": intent.get("union") or []})
    done.landed.append(Landed(change.id, commit, tree, tested))
    _audit(room, change)


def _audit(room: GateRoom, change: Change) -> None:
    """Hold what is on the base against what was tested; freeze the gate where they differ."""
    landing, hub = change.landing, room.hub
    commit, tested = str(landing["commit"]), str(landing["tested_tree"])
    tip = str(landing.get("tip") or commit)
    tree, base = hub.tree(tip), hub.commit(hub.base_ref)
    if tree == tested and hub.is_ancestor(commit, tip) and hub.is_ancestor(tip, base):
        room.say("audited", change, {"tree": hub.tree(commit)})
        return
    reason = f"{change.id}: landed tree {tree} is not the tested tree {tested} on the base"
    room.record("gate.frozen", {"reason": reason, "change": change.id})
    raise GateFrozen(reason)


def bounce(
    room: GateRoom, change: Change, done: Landings, reason: str, detail: dict[str, Any]
) -> None:
    """Send *change* back from the queue, unless a verdict came first."""
    if room.say("bounced", change, {"reason": reason, "detail": detail}):
        done.bounced.append(Bounced(change.id, reason, detail))


def refuse_when_frozen(room: GateRoom) -> None:
    """Do nothing while the gate may land.

    Raises:
        GateFrozen: If an audit has failed and nobody has thawed it.
    """
    if room.refresh().frozen:
        raise GateFrozen(str(room.changes.frozen))


def _landed_ref(change: Change) -> str:
    return f"refs/df/landed/{change.id}"
