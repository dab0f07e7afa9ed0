"""Test what a person will read next before they have judged it, so that a yes lands at once.

What only its red base has kept from being judged is looked at again here too.
"""

from collections.abc import Iterable

from darkfactory.gate.judging import judge, kept, rehearse, tested, untested
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom


def pretest(room: GateRoom, changes: Iterable[Change]) -> bool:
    """Test the first of *changes* that was not tested on the base as it is; tell if there was one.

    What it says is recorded and shown; the change stays where it is, for a person to judge, unless
    it is green now and waited for nothing else.

    Raises:
        GitFailed: If the hub cannot be read.
        HarnessNotConfinable: If the harness may not run here.
    """
    base = room.hub.commit(room.hub.base_ref)
    change = next((one for one in changes if one.check.get("base") != base), None)
    if change is None:
        return False
    candidate = rehearse(room, change)
    told = (
        untested(candidate)
        if candidate.conflicts
        else tested(candidate, judge(room, change, candidate))
    )
    waited = change.waits_for_base
    room.say("checked", change, {**kept(change), **told})
    if waited and told["green"]:
        room.say("queued" if change.approval else "waiting", change)
    return True
