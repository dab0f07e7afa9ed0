"""Offer to take back what made the base red: the culprit undone, as a change like any other.

It is a commit on top of the culprit with the tree before it; the gate merges that with the base as
it merges everything. A person decides on it, whoever the culprit is.
"""

from dataclasses import replace
from typing import Any

from darkfactory.changes.green import Judgement, green
from darkfactory.changes.measure import measure
from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import Lane
from darkfactory.gate.facts import Work, facts_of
from darkfactory.gate.hold import Hold, teller
from darkfactory.gate.judging import Candidate, judge, rehearse, tested, untested
from darkfactory.gate.record import Change
from darkfactory.gate.revisions import keep_revision
from darkfactory.gate.room import GateRoom

_NO_WAFFLE: dict[str, Any] = {"score": None, "signals": []}
_SHORT = 12


def revert_item(culprit: str, landed: Change | None) -> str:
    """Return the item of the change that takes *culprit* back."""
    return f"revert-{landed.id if landed else culprit[:_SHORT]}"


def conflicts_of_revert(room: GateRoom, culprit: str) -> tuple[str, ...]:
    """Return the paths in which taking *culprit* back conflicts with the base as it is now.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    hub = room.hub
    undone = _undone(room, culprit, "probe")
    return hub.merge_tree(hub.commit(hub.base_ref), undone).conflicts


def propose_revert(room: GateRoom, hold: Hold) -> None:
    """Put the revert of *hold* at the gate, tested on the merged result, unless it is there.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
    """
    change = room.refresh().of_item(hold.revert) or _record(room, hold)
    if change.state is ChangeState.CHECKING and not change.waits_for_base:
        _check(room, change, hold)


def _record(room: GateRoom, hold: Hold) -> Change:
    hub, culprit = room.hub, room.changes.get(hold.change)
    title = f'Revert "{hold.subject}"'
    head = _undone(room, hold.culprit, f"{title}\n\nThis reverts commit {hold.culprit}.\n")
    lane = culprit.lane if culprit else ""
    measured = measure(hub.path, hold.culprit, head)
    work = Work(hold.revert, lane, title, None, hold.culprit, measured)
    made = keep_revision(room, hold.revert, None, head)
    data = {"change": made.name, "revision": made.number, "head": head, "base": hold.culprit}
    said = {"summary": f"It takes back {hold.blamed}.", "notes": _notes(hold), "draft": not culprit}
    room.record(
        "change.proposed",
        {**data, "ref": made.ref, **facts_of(room, work, _NO_WAFFLE), **said},
    )
    return room.find(made.name)


def _notes(hold: Hold) -> list[str]:
    """Return what the reader of a revert is told."""
    told = [hold.reason]
    if not hold.change:
        told.append(f"a draft: {hold.author} has committed this, so ask before it is taken back")
    return told


def _check(room: GateRoom, change: Change, hold: Hold) -> None:
    """Test the revert merged with the base; what does not help is given up."""
    candidate = rehearse(room, change)
    if candidate.conflicts:
        room.say("checked", change, untested(candidate))
        room.say("abandoned", change, {"reason": "it conflicts with the base"})
        return
    judged = judge(room, change, candidate)
    if judged.verdict.green and hold.harness:
        told = _judged_by(room, candidate, teller(room.settings, hold))
        judged = replace(judged, verdict=told)
    room.say("checked", change, {**tested(candidate, judged), "claims": []})
    if judged.verdict.green:
        room.say("waiting", change)
    elif not judged.verdict.waits:
        room.say("abandoned", change, {"reason": judged.verdict.why})


def _judged_by(room: GateRoom, candidate: Candidate, lane: Lane | None) -> Judgement:
    """Return what the harness that found the base red says of *candidate*."""
    result = room.test(candidate.commit, lane)
    return green(result, None if result.green else room.test(candidate.base, lane), None)


def _undone(room: GateRoom, culprit: str, message: str) -> str:
    """Return a commit on *culprit* with the tree before it; the same each time."""
    hub = room.hub
    when = max(0, int(hub.git("show", "-s", "--format=%ct", culprit).text))
    return hub.commit_tree(hub.tree(f"{culprit}^1"), (culprit,), message, when=when)
