"""Which change and which revision of it the work on an item becomes."""

from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.gate.names import name_of
from darkfactory.gate.record import TERMINAL, Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.refs import RefUpdate


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of the change *name*; its *head* is kept under *ref*."""

    name: str
    number: int
    head: str
    ref: str


def keep_revision(room: GateRoom, item: str, known: Change | None, head: str) -> Revision:
    """Keep *head* under the ref of the revision that it becomes.

    That is one of *known*, the newest change of *item*, unless it is landing or over: then a new
    change begins. The same head is the same revision.

    Raises:
        RefMoved: If somebody else keeps another head there at the same moment.
    """
    if known is None or known.state in TERMINAL or known.state is ChangeState.LANDING:
        name, number = _fresh_name(room, item), 1
    else:
        name, number = known.id, known.revision + (known.head != head)
    ref = f"refs/df/prop/{name}/{number}"
    room.hub.update_refs([RefUpdate(ref, head, room.hub.ref(ref))], message="proposed")
    return Revision(name, number, head, ref)


def _fresh_name(room: GateRoom, item: str) -> str:
    """Return the id of an item's next change: ``c-<item>``, then ``c-<item>-2`` and so on."""
    taken = {change.id for change in room.changes}
    number, name = 1, f"c-{name_of(item)}"
    while name in taken:
        number += 1
        name = f"c-{name_of(item)}-{number}"
    return name
