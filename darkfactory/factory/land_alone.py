"""Say yes in the name of a lane that lands without a person; whatever may not waits for one."""

from darkfactory.domain.lane import Lane
from darkfactory.factory.alone import hindrances, is_for_audit
from darkfactory.factory.demotion import as_trusted
from darkfactory.factory.line import Line
from darkfactory.gate.record import LANE, Change
from darkfactory.gate.verdicts import NotAtTheGate, Overtaken, approve


def approve_alone(line: Line, lane: Lane, change: Change) -> bool:
    """Approve *change* in the lane's name if nothing hinders it; tell whether it was."""
    room = line.gate("run")
    fresh = room.find(change.id)
    if hindrances(as_trusted(line, lane), fresh):
        return False
    audit = "; sampled for audit" if is_for_audit(fresh) else ""
    try:
        approve(room, fresh, by=f"{LANE}{lane.name}", text=f"green, low risk{audit}")
    except (NotAtTheGate, Overtaken):
        return False  # a person's verdict came first
    return True
