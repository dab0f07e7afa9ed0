"""Test what a person will read next before they have judged it, so that a yes lands at once."""

from collections.abc import Iterable

from darkfactory.gate.judging import judge, merge, tested, untested
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom


def pretest(room: GateRoom, changes: Iterable[Change]) -> bool:
    """Test the first of *changes* that was not tested on the base as it is; tell if there was one.

    What it says is recorded and shown; the change stays where it is, for a person to judge.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
    """
    base = room.hub.commit(room.hub.base_ref)
    change = next((one for one in changes if one.check.get("base") != base), None)
    if change is None:
        return False
    candidate = merge(room, change, message=change.title, when=int(change.since))
    told = (
        untested(candidate)
        if candidate.conflicts
        else tested(candidate, judge(room, change, candidate))
    )
    kept = {"claims": change.check["claims"]} if "claims" in change.check else {}
    room.say("checked", change, {**kept, **told})
    return True
