"""One yes to several waiting changes of a lane: what it covers, what is opened before, and undo."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import listed
from darkfactory.domain.lane import BatchCap, Lane
from darkfactory.errors import AnswerNo, FactoryError, UnknownLane, UsageError
from darkfactory.factory.line import Line
from darkfactory.factory.review_gate import Note, land_approved, say_step, watched
from darkfactory.factory.show_gate import reading_order
from darkfactory.gate.batch import UNTESTED, Batch, choose, to_draw, why_not
from darkfactory.gate.judging import judge, kept, rehearse, tested, untested
from darkfactory.gate.record import ON_THE_WAY, Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import Overtaken, approve, withdraw


class NoBatches(UsageError):
    """A lane each change of which wants a yes of its own."""

    code = "gate.no_batches"

    def __init__(self, lane: str) -> None:
        super().__init__(
            f"lane {lane} does not allow one yes to several changes",
            fix="say yes to each: df gate; or give the lane a `batch` in lanes.yaml",
        )


class EmptyBatch(AnswerNo):
    """Nothing of a lane may be approved together."""

    code = "gate.batch_empty"

    def __init__(self, lane: str) -> None:
        super().__init__(
            f"no change of lane {lane} may be approved together with others",
            fix="read them one by one: df gate",
        )


class NotOpened(AnswerNo):
    """Changes that were drawn have not been opened by who says yes."""

    code = "gate.batch_not_opened"

    def __init__(self, lane: str, names: Sequence[str]) -> None:
        super().__init__(
            f"not opened yet, and drawn to be: {listed(names)}",
            fix=f"df gate show {names[0]}; once all were opened: df gate batch {lane}",
        )


class BatchMoved(AnswerNo):
    """The batch holds something else than what was shown."""

    code = "gate.batch_moved"

    def __init__(self, lane: str) -> None:
        super().__init__(
            f"what waits in lane {lane} has changed meanwhile; nothing is approved",
            fix=f"look at it again: df gate batch {lane}",
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """A batch as a person is asked about it; *opened* are those of it that they have opened."""

    batch: Batch
    opened: frozenset[str]

    @property
    def to_open(self) -> tuple[str, ...]:
        """What was drawn and is still to be opened."""
        return tuple(one.id for one in self.batch.drawn if one.id not in self.opened)

    def told(self) -> dict[str, Any]:
        """Return it as scripts see it."""
        return {
            "id": self.batch.id,
            "lane": self.batch.lane,
            "changes": [_row(one, one.id in self.opened) for one in self.batch.changes],
            "left_out": [
                {"id": one.change.id, "title": one.change.title, "reason": one.why}
                for one in self.batch.left_out
            ],
            "to_open": list(self.to_open),
        }


def offer_batch(
    line: Line, name: str, *, by: str, note: Note | None = None, tests: bool = True
) -> Offered:
    """Return what one yes of *by* to lane *name* would cover, and draw what is opened before.

    What was drawn is on record: asking again draws no other.

    Args:
        tests: Test what only lacks a test on the base as it is now.

    Raises:
        UnknownLane: If lanes.yaml has no such lane.
        NoBatches: If the lane does not allow it.
        HarnessNotConfinable: If the harness may not run here.
    """
    lane, cap = _lane(line, name)
    room = line.gate()
    if tests:
        _test(room, lane, _waiting(room, lane), note)
    batch = _chosen(room, lane, cap)
    fresh = to_draw(batch, random.SystemRandom())
    for change in fresh:
        room.say("drawn", change, {"by": by, "lane": lane.name, "of": len(batch.changes)})
    if fresh:
        batch = _chosen(room, lane, cap)
    line.record.refresh()
    has_seen = line.record.readers.has_seen
    return Offered(batch, frozenset(one.id for one in batch.changes if has_seen(one, by)))


def approve_batch(line: Line, name: str, *, by: str, batch: str, text: str = "") -> list[str]:
    """Say yes to each change of a *batch* as it was shown, and return those that it counts for.

    Raises:
        EmptyBatch: If it holds nothing.
        NotOpened: If something that was drawn was not opened.
        BatchMoved: If the lane's batch is another one now; then nothing is approved.
    """
    offered = offer_batch(line, name, by=by, tests=False)
    if not offered.batch.changes:
        raise EmptyBatch(name)
    if offered.batch.id != batch:
        raise BatchMoved(name)
    if offered.to_open:
        raise NotOpened(name, offered.to_open)
    room, approved = line.gate(), []
    for change in offered.batch.changes:
        told = {"batch": batch, "opened": change.id in offered.opened}
        try:
            approve(room, change, by=by, text=text, batch=told)
        except Overtaken:
            continue  # it became something else meanwhile, as `df gate list` tells
        approved.append(change.id)
    return approved


def land_batch(line: Line, approved: Sequence[str], *, note: Note | None = None) -> dict[str, Any]:
    """Land the changes of a batch that were *approved*; the result is that of ``gate approve``."""
    return land_approved(line, watched(line, note, []), approved, note=note)


def undo(line: Line, names: Sequence[str], *, by: str) -> dict[str, Any]:
    """Take back the yes to changes, or to all of a batch, that have not landed yet.

    Raises:
        UnknownChange: If there is no such change or batch; then nothing is taken back.
    """
    room = line.gate()
    undone: list[str] = []
    refused: list[dict[str, str]] = []
    for change in [change for name in names for change in _named(room, name)]:
        try:
            withdraw(room, change, by=by)
        except FactoryError as error:
            refused.append({"id": change.id, "reason": error.problem})
        else:
            undone.append(change.id)
    return {"undone": undone, "refused": refused}


def landed_in_batches(line: Line) -> dict[str, int]:
    """Return how many changes landed by one yes to several, and how many of them were opened."""
    yeses = [one.approval for one in line.record.changes if one.state is ChangeState.LANDED]
    batched = [one for one in yeses if one is not None and one.batch]
    return {"landed": len(batched), "opened": sum(one.opened for one in batched)}


def _named(room: GateRoom, name: str) -> list[Change]:
    found = [
        one
        for one in room.refresh()
        if one.approval is not None and one.approval.batch == name and one.state in ON_THE_WAY
    ]
    return found or [room.find(name)]


def _lane(line: Line, name: str) -> tuple[Lane, BatchCap]:
    lane = line.settings.lane(name)
    if lane is None:
        raise UnknownLane(name, [known.name for known in line.settings.lanes])
    if lane.batch is None:
        raise NoBatches(name)
    return lane, lane.batch


def _waiting(room: GateRoom, lane: Lane) -> list[Change]:
    now = room.clock.now()
    found = (one for one in room.refresh() if one.lane == lane.name)
    waiting = [one for one in found if one.state_at(now) is ChangeState.WAITING_TASTE]
    return sorted(waiting, key=reading_order)


def _chosen(room: GateRoom, lane: Lane, cap: BatchCap) -> Batch:
    return choose(lane, cap, _waiting(room, lane), room.changes)


def _test(room: GateRoom, lane: Lane, waiting: Sequence[Change], note: Note | None) -> None:
    """Test on the base as it is now what only lacks that; a red one waits on, and says so."""
    lacking = [one for one in waiting if why_not(lane, one, room.changes) == UNTESTED]
    for number, change in enumerate(lacking, 1):
        say_step(note, f"{change.id}: testing it on the base as it is ({number} of {len(lacking)})")
        candidate = rehearse(room, change)
        if candidate.conflicts:
            told = untested(candidate)
        else:
            told = tested(candidate, judge(room, change, candidate))
        room.say("checked", change, {**kept(change), **told})


def _row(change: Change, opened: bool) -> dict[str, Any]:  # noqa: FBT001 - a fact
    facts = change.facts
    return {
        "id": change.id,
        "item": change.item,
        "title": change.title,
        "head": change.head,
        "risk": change.risk.score,
        "files": int(facts.get("files") or 0),
        "added": int(facts.get("added") or 0),
        "removed": int(facts.get("removed") or 0),
        "drawn": change.drawn,
        "opened": opened,
    }
