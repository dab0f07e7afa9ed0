"""Lanes that land without a person: only what is green, low in risk and quiet, and some for audit.

The rule is pure and says why not; what it does not let through waits for a person like any other.
"""

import hashlib

from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.factory.line import Line
from darkfactory.gate.record import LANE, Change
from darkfactory.gate.verdicts import NotAtTheGate, Overtaken, approve

LOW_RISK = 0.2
_AUDIT_EVERY = 5


def hindrance(lane: Lane, change: Change) -> str | None:
    """Return what keeps *change* from landing without a person, None if nothing does."""
    facts, check = change.facts, change.check
    if lane.autonomy is not Autonomy.LAND:
        return f"lane {lane.name} proposes"
    if check.get("result") != "pass":
        return "the harness does not pass on the merged result"
    if any(claim.get("holds") is False for claim in check.get("claims") or ()):
        return "a claim of the agent is refuted"
    for name in ("protected", "secrets", "out_of_lane", "authors", "notes"):
        if facts.get(name):
            return f"it has {name.replace('_', ' ')} to look at"
    if change.risk.score >= LOW_RISK:
        return f"its risk is not below {LOW_RISK}"
    if float((facts.get("waffle") or {}).get("score") or 0.0) >= lane.waffle.warn:
        return "the session waffled"
    return None


def is_for_audit(change: Change) -> bool:
    """Tell whether a person should look at *change* afterwards: one in five, by its content."""
    digest = hashlib.sha256(change.patch_id.encode()).digest()
    return digest[0] % _AUDIT_EVERY == 0


def approve_alone(line: Line, lane: Lane, change: Change) -> bool:
    """Approve *change* in the lane's name if nothing hinders it; tell whether it was."""
    room = line.gate("run")
    fresh = room.find(change.id)
    if hindrance(lane, fresh) is not None:
        return False
    audit = "; sampled for audit" if is_for_audit(fresh) else ""
    try:
        approve(room, fresh, by=f"{LANE}{lane.name}", text=f"green, low risk{audit}")
    except (NotAtTheGate, Overtaken):
        return False  # a person's verdict came first
    return True
