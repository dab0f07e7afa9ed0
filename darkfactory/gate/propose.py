"""Turn what a session left into a change at the gate: facts first, then the harness on the merge.

The facts come from git and from the harness, never from the agent; its words are kept as claims.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.changes.claims import Facts, judge_claims
from darkfactory.changes.commands import commands_of
from darkfactory.changes.facts import DIFF_BYTES, risk_facts
from darkfactory.changes.green import green
from darkfactory.changes.measure import diff_text, measure, patch_id
from darkfactory.changes.risk import risk
from darkfactory.changes.summary import summary_of
from darkfactory.domain.change import ChangeState, FileDelta, HarnessResult
from darkfactory.domain.event import Event
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.lane import Lane, WaffleLimits
from darkfactory.events.stream import Stream
from darkfactory.gate.record import TERMINAL, Change
from darkfactory.gate.room import GateRoom
from darkfactory.waffle.score import Scorer
from darkfactory.workspaces.refs import RefUpdate

_MOST_PATHS = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """What a session offers for an item: the commit *head* and the agent's own *summary*."""

    item: PlannedItem
    session: str
    head: str
    summary: str
    notes: tuple[str, ...] = ()


def propose(room: GateRoom, offer: Offer) -> tuple[Change, bool]:
    """Record *offer* as a change (or a new revision of one), test it merged, say where it stands.

    Can be called again after a crash: the same head is the same revision.

    Returns:
        The change, and whether it is green. A red one is not offered: send it back or abandon it.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
    """
    change = _record(room, offer)
    verdict = _check(room, change, offer)
    room.refresh()
    return change, verdict


def send_back(room: GateRoom, change: Change) -> None:
    """Return a red change to its agent with what failed."""
    failing = change.check.get("failing") or []
    listed = "\n".join(f"- {name}" for name in failing)
    text = f"The harness is red on your change: {change.check.get('why')}" + (
        f"\n{listed}" if listed else ""
    )
    room.say("rework", change, {"by": "harness", "reason": "harness", "text": text, "places": []})


def abandon(room: GateRoom, change: Change, reason: str) -> None:
    """Give *change* up; its commits stay under their ref."""
    room.say("abandoned", change, {"reason": reason})


def _record(room: GateRoom, offer: Offer) -> Change:
    known = room.refresh().of_item(offer.item.item.id)
    if known is not None and known.state not in TERMINAL and known.head == offer.head:
        return known
    reopened = known is None or known.state in TERMINAL
    name = _fresh_id(room, offer.item.item.id) if reopened or known is None else known.id
    revision = 1 if reopened or known is None else known.revision + 1
    hub = room.hub
    ref = f"refs/df/prop/{name}/{revision}"
    hub.update_refs([RefUpdate(ref, offer.head, hub.refs(ref).get(ref))], message="proposed")
    base = hub.git("merge-base", hub.base_ref, offer.head).text
    data = {"change": name, "revision": revision, "head": offer.head, "base": base, "ref": ref}
    room.record("change.proposed", {**data, **_facts(room, offer, base)}, session=offer.session)
    return room.find(name)


def _facts(room: GateRoom, offer: Offer, base: str) -> dict[str, Any]:
    hub, item = room.hub.path, offer.item.item
    lane = room.settings.lane(offer.item.lane)
    diff = diff_text(hub, base, offer.head, limit_bytes=DIFF_BYTES)
    waffle = _waffle(room, offer, lane)
    known = risk_facts(
        hub,
        base,
        offer.head,
        patterns=room.settings.protected,
        owns=lane.owns if lane else (),
        waffle=waffle["score"],
        diff=diff,
    )
    return {
        "item": item.id,
        "lane": offer.item.lane,
        "title": item.title,
        "patch_id": patch_id(hub, base, offer.head),
        "files": len(known.deltas),
        "added": sum(delta.added or 0 for delta in known.deltas),
        "removed": sum(delta.removed or 0 for delta in known.deltas),
        "paths": [path for delta in known.deltas for path in delta.paths][:_MOST_PATHS],
        "protected": list(known.protected),
        "out_of_lane": list(known.outside),
        "secrets": [asdict(finding) for finding in known.secrets],
        "risk": asdict(risk(known)),
        "waffle": waffle,
        "conflicts_with": _conflicts(room, offer, known.deltas),
        "summary": summary_of(offer.summary, None),
        "notes": list(offer.notes),
    }


def _waffle(room: GateRoom, offer: Offer, lane: Lane | None) -> dict[str, Any]:
    """Return the waffle score of the session's log, with the signals that made it."""
    scorer = Scorer(lane.waffle if lane else WaffleLimits())
    for event in _log(room, offer.session):
        scorer.feed(event)
    return {
        "score": round(scorer.score, 4),
        "signals": [asdict(signal) for signal in scorer.signals],
    }


def _log(room: GateRoom, session: str) -> Iterator[Event]:
    return (event for _, event in Stream(room.state.streams, f"s/{session}").read())


def _conflicts(room: GateRoom, offer: Offer, deltas: tuple[FileDelta, ...]) -> list[str]:
    """Return the open changes that cannot land together with *offer* as both are now."""
    mine = {path for delta in deltas for path in delta.paths}
    found = []
    for other in room.changes:
        if other.item == offer.item.item.id or other.state in TERMINAL:
            continue
        shared = mine & set(other.facts.get("paths") or ())
        if shared and not room.hub.merge_tree(other.head, offer.head).clean:
            found.append(other.id)
    return found


def _check(room: GateRoom, change: Change, offer: Offer) -> bool:
    """Test *change* merged with the base as it is now, and say where it stands then."""
    if change.state is not ChangeState.CHECKING:
        return change.state not in (ChangeState.REWORK, ChangeState.BOUNCED)
    hub = room.hub
    base = hub.commit(hub.base_ref)
    merged = hub.merge_tree(base, change.head)
    if not merged.clean:
        files = ", ".join(merged.conflicts)
        why = f"it conflicts with the base in {files}"
        room.say("checked", change, {"result": "conflict", "tree": None, "failing": [], "why": why})
        return False
    when = int(change.since)
    candidate = hub.commit_tree(merged.tree, (base, change.head), change.title, when=when)
    result = room.test(candidate, room.lane(change))
    verdict, why, done_when = _judge(room, base, candidate, result, offer.item, change)
    data = {
        "result": result.result,
        "tree": result.tree,
        "base": base,
        "passed": result.passed,
        "failed": result.failed,
        "failing": list(result.failing)[:100],
        "seconds": round(result.seconds, 3),
        "green": verdict,
        "why": why,
        "done_when": done_when,
        "claims": _claims(room, offer, base, result),
    }
    room.say("checked", change, data)
    if verdict:
        room.say("queued" if change.approval else "waiting", change)
    return verdict


def _judge(
    room: GateRoom,
    base: str,
    candidate: str,
    result: HarnessResult,
    planned: PlannedItem,
    change: Change,
) -> tuple[bool, str, bool | None]:
    """Return whether the merged result is green, why, and what its ``done_when`` command said."""
    if result.green:
        verdict, why = green(result, None, None)
        return verdict, why, None
    base_result = room.test(base, room.lane(change))
    done_when = None
    if not base_result.green and planned.item.done_when:
        done_when = room.test.run(candidate, planned.item.done_when).green
    verdict, why = green(result, base_result, done_when)
    return verdict, why, done_when


def _claims(room: GateRoom, offer: Offer, base: str, result: HarnessResult) -> list[dict[str, Any]]:
    """Return what the agent says of its work, each held against the facts."""
    hub = room.hub.path
    known = Facts(
        harness=result,
        deltas=measure(hub, base, offer.head),
        commands=commands_of(_log(room, offer.session)),
        diff=diff_text(hub, base, offer.head, limit_bytes=DIFF_BYTES),
    )
    summary = summary_of(offer.summary, None)
    return [asdict(claim) for claim in judge_claims(summary, known)]


def _fresh_id(room: GateRoom, item: str) -> str:
    """Return the id of an item's next change: ``c-<item>``, then ``c-<item>-2`` and so on."""
    taken = {change.id for change in room.changes}
    number, name = 1, f"c-{item}"
    while name in taken:
        number += 1
        name = f"c-{item}-{number}"
    return name
