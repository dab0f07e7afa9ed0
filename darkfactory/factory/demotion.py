"""A lane that landed what should not have landed proposes from then on, until a person trusts it.

A person says so of a landing, or its revert does, or the base that it made red.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.errors import UnknownLane, UsageError
from darkfactory.factory.alone import is_for_audit
from darkfactory.factory.line import Line
from darkfactory.gate.record import LANE, Change

if TYPE_CHECKING:
    from darkfactory.gate.room import GateRoom


class NotLandedAlone(UsageError):
    """A word on a landing that no lane made by itself."""

    code = "gate.not_landed_alone"

    def __init__(self, change: Change) -> None:
        super().__init__(
            f"{change.id} has not landed in the name of a lane",
            fix="`df gate audit` lists the landings that are sampled for audit",
        )


class NotDemoted(UsageError):
    """A lane that is not demoted cannot be trusted again."""

    code = "lane.not_demoted"

    def __init__(self, lane: str) -> None:
        super().__init__(f"lane {lane!r} is not demoted", fix="`df status` names those that are")


@dataclass(frozen=True, slots=True)
class Demotion:
    """Why lane *lane* proposes although lanes.yaml lets it land."""

    lane: str
    change: str
    reason: str
    by: str

    @property
    def words(self) -> str:
        """What people are told."""
        again = f"`df gate audit --trust {self.lane}` lets it land alone again"
        return f"lane {self.lane} is demoted to propose: {self.reason}; {again}"


def demotion_of(line: Line, lane: Lane) -> Demotion | None:
    """Return why *lane* may not land alone, None where it may.

    A person who has edited since what the lane is, has thought of it anew.
    """
    told = line.record.demoted.get(lane.name)
    if lane.autonomy is not Autonomy.LAND or told is None or told.get("trusted") != _print(lane):
        return None
    texts = (str(told.get(name) or "") for name in ("lane", "change", "reason", "by"))
    return Demotion(*texts)


def demotions(line: Line) -> list[Demotion]:
    """Return the lanes that are demoted now, by the record as last read."""
    found = (demotion_of(line, lane) for lane in line.settings.lanes)
    return [one for one in found if one is not None]


def as_trusted(line: Line, lane: Lane) -> Lane:
    """Return *lane* with the autonomy that it has left."""
    return replace(lane, autonomy=Autonomy.PROPOSE) if demotion_of(line, lane) else lane


def unexamined(line: Line) -> list[Change]:
    """Return the landings sampled for audit that no person has judged, oldest first."""
    found = [one for one in line.record.changes if _landed_alone(one) and not one.examined]
    return sorted((one for one in found if is_for_audit(one)), key=lambda one: one.since)


def examine(
    room: "GateRoom", line: Line, change: Change, *, fine: bool, by: str, text: str
) -> None:
    """Record whether *change*, which its lane has landed, should have; no demotes the lane.

    Raises:
        NotLandedAlone: If no lane has landed it by itself.
    """
    if not _landed_alone(change):
        raise NotLandedAlone(change)
    room.say("examined", change, {"by": by, "reason": "fine" if fine else "wrong", "text": text})
    if not fine:
        said = f": {text}" if text else ""
        _demote(room, line, change, f"{by} says {change.id} should not have landed{said}", by)


def trust_again(line: Line, name: str, *, by: str) -> None:
    """Let a demoted lane land alone again.

    Raises:
        UnknownLane: If lanes.yaml has no such lane.
        NotDemoted: If it is not demoted.
    """
    lane = line.settings.lane(name)
    if lane is None:
        raise UnknownLane(name, [known.name for known in line.settings.lanes])
    if demotion_of(line, lane) is None:
        raise NotDemoted(name)
    line.record.writer("gate").write("lane.trusted", {"lane": name, "by": by}, durable=True)
    line.record.refresh()


def demote_for_regressions(line: Line) -> None:
    """Demote each lane of which a landing was reverted since, or has made the base red.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    with line.lock:
        line.record.refresh()
        known = line.record.demoted_for
        alone = [one for one in line.record.changes if _landed_alone(one) and one.id not in known]
        if not alone:
            return
        room = line.gate()
        for change, reason in _regressions(line, alone):
            _demote(room, line, change, reason, "gate")
        line.record.refresh()


def _regressions(line: Line, alone: list[Change]) -> Iterator[tuple[Change, str]]:
    from darkfactory.factory.reverts import reverted_since

    first = min(alone, key=lambda one: one.since)
    reverted = reverted_since(line, str(first.landing["base"]))
    red = {hold.change: hold for hold in line.record.changes.holds.values() if hold.change}
    for change in alone:
        if change.id in red:
            yield change, f"{change.id} made {red[change.id].branch} red"
        elif not reverted.isdisjoint((str(change.landing["commit"]), change.head)):
            yield change, f"{change.id} was reverted"


def _demote(room: "GateRoom", line: Line, change: Change, reason: str, by: str) -> None:
    lane = line.settings.lane(change.lane)
    trusted = _print(lane) if lane is not None else ""
    data: dict[str, Any] = {"lane": change.lane, "change": change.id, "reason": reason}
    room.record("lane.demoted", {**data, "by": by, "trusted": trusted}, session=change.session)


def _landed_alone(change: Change) -> bool:
    approval = change.approval
    by_lane = approval is not None and approval.by.startswith(LANE)
    return change.state is ChangeState.LANDED and by_lane


def _print(lane: Lane) -> str:
    """Return what tells whether somebody has edited what *lane* is trusted with."""
    told = [lane.autonomy, lane.agents, lane.owns, lane.harness, lane.prompt, lane.attempts]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
