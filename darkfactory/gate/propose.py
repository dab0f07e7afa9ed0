"""Turn what a session left into a change at the gate: facts first, then the harness on the merge.

The facts come from git and from the harness, never from the agent; its words are kept as claims.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from darkfactory.changes.claims import judge_claims
from darkfactory.changes.commands import Command, commands_of
from darkfactory.changes.known import Facts
from darkfactory.changes.measure import Measured, measure
from darkfactory.changes.summary import summary_of
from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.domain.counting import listed
from darkfactory.domain.event import Event
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.lane import WaffleLimits
from darkfactory.domain.state import is_state_path
from darkfactory.events.stream import Stream
from darkfactory.gate.bound_rules import RulesOfLog, carried_over
from darkfactory.gate.comments import unanswered
from darkfactory.gate.conflicts import compare
from darkfactory.gate.facts import Work, facts_of
from darkfactory.gate.judging import Candidate, judge, rehearse, tested, untested
from darkfactory.gate.record import GATE, HARNESS, RULES, UNANSWERED, Change
from darkfactory.gate.revisions import keep_revision
from darkfactory.gate.room import GateRoom
from darkfactory.gate.rules import broken_rules, mending_words
from darkfactory.waffle.score import Scorer

_INTO_STATE = "it writes into .darkfactory/, the factory's own folder"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a session offers for an item: the commit *head* and the agent's own *summary*.

    *epoch* tells the runs of one session apart. *enforced* names the rules of its skills that the
    gate is known to hold it to, whatever is left of its log.
    """

    item: PlannedItem
    session: str
    head: str
    summary: str
    notes: tuple[str, ...] = ()
    epoch: int = 1
    enforced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What git and the session's log tell of an offer, without any word of the agent."""

    measured: Measured
    waffle: dict[str, Any]
    commands: tuple[Command, ...]
    rules: Sequence[Mapping[str, Any]] = ()

    def upon(self, earlier: Change) -> "_Evidence":
        """Return the evidence for work that goes on from what another session has left.

        Its waffle is the higher of both: nobody has looked through the earlier part since. Nor
        does it mend the rules that the other has broken for good.
        """
        before = earlier.facts.get("waffle") or {}
        higher = float(before.get("score") or 0.0) > self.waffle["score"]
        rules = carried_over(self.rules, earlier.facts.get("rules") or ())
        return replace(self, waffle=before if higher else self.waffle, rules=rules)


def propose(room: GateRoom, offer: Offer) -> tuple[Change, bool]:
    """Record *offer* as a change (or a new revision of one), test it merged, say where it stands.

    Can be called again after a crash: the same offer is taken once. A later answer with the same
    head is the same revision, looked at anew.

    Returns:
        The change, and whether it stands at the gate, for a person or for another base. One that
        wants answers or mending does not: remind its agent. Nor does a red one: send it back or
        abandon it.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
    """
    change, evidence = _record(room, offer)
    if change.state is ChangeState.CHECKING and change.wants_answers:
        return change, False
    stands = change.state is not ChangeState.CHECKING or _check(room, change, offer, evidence)
    return room.find(change.id), stands


def remind(room: GateRoom, change: Change) -> None:
    """Return a change to its agent: it breaks rules, or has left comments without an answer."""
    if change.wants_mending:
        text = mending_words(change.check)
        room.say("rework", change, {"by": GATE, "reason": RULES, "text": text, "places": []})
        return
    left = listed(unanswered(change.comments))
    text = f"Your reader does not get your change yet: {left} of the comments have no answer."
    room.say("rework", change, {"by": GATE, "reason": UNANSWERED, "text": text, "places": []})


def send_back(room: GateRoom, change: Change) -> None:
    """Return a red change to its agent with what failed."""
    check = change.check
    if check.get("conflicts"):
        detail = {"files": check["conflicts"], "base": check.get("base")}
        room.say("bounced", change, {"reason": "textual", "detail": detail})
        return
    failing = "".join(f"\n- {name}" for name in check.get("failing") or ())
    text = f"The harness is red on your change: {check.get('why')}{failing}"
    if check.get("why") == _INTO_STATE:
        text = f"Your change is not taken: {_INTO_STATE}. Take these files out of it."
    if not change.facts.get("files"):
        text = "Your change changes nothing any more. Do what the item asks, or say why not."
    elif broken_rules(check):
        text = f"{text}\n\n{mending_words(check)}"
    room.say("rework", change, {"by": HARNESS, "reason": "harness", "text": text, "places": []})


def abandon(room: GateRoom, change: Change, reason: str) -> None:
    """Give *change* up; its commits stay under their ref."""
    room.say("abandoned", change, {"reason": reason})


def _record(room: GateRoom, offer: Offer) -> tuple[Change, _Evidence | None]:
    """Put *offer* on record unless it is; whose change is landing or over begins a new one.

    Returns:
        The change, and what is known of it if that was gathered.
    """
    while True:
        known = room.refresh().of_item(offer.item.item.id)
        if known is not None and _is_taken(known, offer):
            return known, None
        made = keep_revision(room, offer.item.item.id, known, offer.head)
        base = room.hub.began_at(offer.head)
        evidence = _evidence(room, offer, base)
        if known is not None and known.id == made.name and known.session != offer.session:
            evidence = evidence.upon(known)
        data = {"change": made.name, "revision": made.number, "head": made.head, "base": base}
        data |= {"ref": made.ref, "epoch": offer.epoch, **_facts(room, offer, base, evidence)}
        if room.record("change.proposed", data, session=offer.session):
            return room.find(made.name), evidence


def _is_taken(change: Change, offer: Offer) -> bool:
    """Tell whether *offer* is on record, for what its item asks now if it is not judged yet."""
    told = (change.session, change.facts.get("epoch"), change.head)
    asked = (change.lane, change.facts.get("done_when"))
    asks = (offer.item.lane, offer.item.item.done_when)
    same = asked == asks or change.state is not ChangeState.CHECKING
    return same and told == (offer.session, offer.epoch, offer.head)


def _facts(room: GateRoom, offer: Offer, base: str, evidence: _Evidence) -> dict[str, Any]:
    item = offer.item.item
    work = Work(item.id, offer.item.lane, item.title, item.done_when, base, evidence.measured)
    said = {"summary": summary_of(offer.summary, None), "notes": list(offer.notes)}
    return {**facts_of(room, work, evidence.waffle), **said, "rules": list(evidence.rules)}


def _evidence(room: GateRoom, offer: Offer, base: str) -> _Evidence:
    lane = room.settings.lane(offer.item.lane)
    scorer, rules = Scorer(lane.waffle if lane else WaffleLimits()), RulesOfLog()
    commands = commands_of(_heard(room, offer.session, scorer, rules))
    waffle = {
        "score": round(scorer.score, 4),
        "signals": [{**asdict(one), "family": one.family} for one in scorer.signals],
    }
    measured = measure(room.hub.path, base, offer.head)
    return _Evidence(measured, waffle, commands, rules.judged(offer.enforced))


def _heard(room: GateRoom, session: str, scorer: Scorer, rules: RulesOfLog) -> Iterator[Event]:
    """Yield the events of the session's log, which is long, while *scorer* and *rules* listen."""
    offset = 0
    for behind, event in Stream(room.state.streams, f"s/{session}").read():
        scorer.feed(event)
        rules.take(offset, event)
        offset = behind
        if not event.posted:
            yield event


def _check(room: GateRoom, change: Change, offer: Offer, evidence: _Evidence | None) -> bool:
    """Test *change* merged with the base as it is now; tell whether it stands at the gate."""
    if not change.facts.get("files"):
        base = room.hub.commit(room.hub.base_ref)
        if room.hub.is_ancestor(change.head, base):  # somebody has merged it by hand
            room.say("superseded", change, {"reason": "the base already holds all of it"})
            return True
        nothing = Candidate(base, "", "")
        room.say("checked", change, untested(nothing))
        return False
    known = evidence or _evidence(room, offer, change.base)
    if any(is_state_path(path) for delta in known.measured.deltas for path in delta.paths):
        refused = Candidate(room.hub.commit(room.hub.base_ref), "", "")
        room.say("checked", change, untested(refused, _INTO_STATE))
        return False
    candidate = rehearse(room, change)
    compare(room)
    if candidate.conflicts:
        room.say("checked", change, untested(candidate))
        return False
    if candidate.tree == room.hub.tree(candidate.base):
        room.say("superseded", change, {"reason": "the base already holds all of it"})
        return True
    judged = judge(room, change, candidate)
    claims = _claims(offer, known, judged.result)
    room.say("checked", change, {**tested(candidate, judged), "claims": claims})
    now = room.find(change.id)
    if now.wants_mending:
        return False
    if judged.verdict.green:
        room.say("queued" if now.keeps_approval else "waiting", now)
    return judged.verdict.green or judged.verdict.waits


def _claims(offer: Offer, evidence: _Evidence, result: HarnessResult) -> list[dict[str, Any]]:
    """Return what the agent says of its work, each held against the facts."""
    known = Facts(
        harness=result,
        deltas=evidence.measured.deltas,
        commands=evidence.commands,
        diff=evidence.measured.diff,
    )
    summary = summary_of(offer.summary, None)
    return [asdict(claim) for claim in judge_claims(summary, known)]
