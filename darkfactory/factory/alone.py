"""What may land without a person, as a pure rule that says why not.

Only what is green, low in risk and quiet does; a part of it is looked at afterwards.
"""

import hashlib
from collections.abc import Iterator

from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.gate.record import Change
from darkfactory.gate.warned import doubts_of

LOW_RISK = 0.2
_AUDIT_EVERY = 5


def hindrances(lane: Lane, change: Change) -> tuple[str, ...]:
    """Return each thing that keeps *change* from landing without a person; none if it may."""
    if lane.autonomy is not Autonomy.LAND:
        return (f"lane {lane.name} proposes",)
    return tuple(_hindrances(lane, change))


def _hindrances(lane: Lane, change: Change) -> Iterator[str]:
    facts, check = change.facts, change.check
    if check.get("result") != "pass":
        yield "the harness does not pass on the merged result"
    elif check.get("unproved"):
        yield str(check.get("why"))
    if check.get("fewer_tests"):
        yield str(check["fewer_tests"])
    if any(claim.get("holds") is False for claim in check.get("claims") or ()):
        yield "a claim of the agent is refuted"
    yield from doubts_of(change)
    if change.risk.score >= LOW_RISK:
        yield f"its risk is {change.risk.score:.2f}, not below {LOW_RISK:.2f}"
    waffle = float((facts.get("waffle") or {}).get("score") or 0.0)
    if waffle >= lane.waffle.warn:
        yield f"its waffle score is {waffle:.2f}, not below {lane.waffle.warn:.2f}"


def is_for_audit(change: Change) -> bool:
    """Tell whether a person should look at *change* afterwards: one in five, by its content."""
    digest = hashlib.sha256(change.patch_id.encode()).digest()
    return digest[0] % _AUDIT_EVERY == 0
