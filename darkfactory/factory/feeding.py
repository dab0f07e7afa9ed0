"""Which items of the plan may begin or go on now, and why the others wait.

Read from the record at every question: what a person, another command or a session has changed
meanwhile counts at once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from darkfactory.domain.counting import counted, listed
from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.factory.demotion import as_trusted
from darkfactory.factory.disposition import Step
from darkfactory.factory.line import Line
from darkfactory.factory.permits import Permits
from darkfactory.factory.taken_paths import taken_paths
from darkfactory.triage.apart import Taken, spread
from darkfactory.triage.start import ready, split_by_base

Wanted = Callable[[PlannedItem], bool]
"""Whether this run works on an item at all."""

_TAKEN_IN = (Step.ADOPT, Step.SETTLE)
"""What runs or has ended is taken in whatever is left, for it costs nothing more."""


class _Slots:
    """The slots of each lane, as far as they are taken."""

    def __init__(self, lanes: Iterable[Lane], taken: Iterable[PlannedItem]) -> None:
        self._free = Counter({lane.name: lane.sessions for lane in lanes})
        for planned in taken:
            self.take(planned)

    def full(self, planned: PlannedItem) -> bool:
        return self._free[planned.lane] <= 0

    def take(self, planned: PlannedItem) -> None:
        self._free[planned.lane] -= 1


@dataclass(slots=True)
class Feed:
    """Decides what a run starts.

    Args:
        base_green: Whether the harness was green on the base, or nobody cares.
        pause: Told why something waits, each time that it does.
        settling: The items whose end is being taken in, as they are at each moment.
        stops: How often a person had stopped a run before this one; None: as the record tells now.
    """

    line: Line
    permits: Permits
    base_green: bool
    pause: Callable[[str], None]
    settling: Collection[str] = ()
    stops: int | None = None

    def __post_init__(self) -> None:
        if self.stops is None:
            with self.line.lock:
                self.line.record.refresh()
            self.stops = self.line.record.stops

    @property
    def stopped(self) -> bool:
        """Whether a person has stopped the run since it began."""
        return self.line.record.stops > (self.stops or 0)

    def due(
        self,
        plan: Plan,
        wanted: Wanted,
        step_of: Callable[[PlannedItem], Step],
        *,
        at_work: Collection[str],
    ) -> Iterator[PlannedItem]:
        """Yield the items to enqueue, first things first; enqueue each before asking on.

        Args:
            at_work: Items that are queued or run: they fill their lanes.
        """
        startable = self._startable(plan)
        taken, busy = self._running().union(at_work), {*at_work, *tuple(self.settling)}
        slots = _Slots(
            self.line.settings.lanes, (row for row in plan.items if row.item.id in taken)
        )
        held = len(self.settling) >= self.permits.cap  # checks lag behind
        for planned in spread(plan.items, self._taken()):
            if planned.item.id in busy or not wanted(planned):
                continue
            may_start = not held and planned.item.id in startable
            step = self._step(planned, step_of, may_start=may_start, full=slots.full(planned))
            if step is Step.NOTHING:
                continue
            if self.refused(planned, step):
                held = True  # what comes later in the plan does not overtake it
                continue
            if planned.item.id not in taken:
                slots.take(planned)
            yield planned

    def _taken(self) -> Taken:
        with self.line.lock:
            return taken_paths(self.line.record)

    def _step(
        self,
        planned: PlannedItem,
        step_of: Callable[[PlannedItem], Step],
        *,
        may_start: bool,
        full: bool,
    ) -> Step:
        """Return what is next for an item, NOTHING where that cannot be now."""
        begun = self.line.record.has_begun(planned.item.id)
        if not begun and (full or not may_start):  # most of a long backlog, most of the time
            return Step.NOTHING
        step = step_of(planned)
        if step in _TAKEN_IN or (not full and (may_start or step is not Step.START)):
            return step
        return Step.NOTHING

    def refused(self, planned: PlannedItem, step: Step) -> bool:
        """Tell whether no agent may be started for an item now, and say why.

        People's heads are spared new work, but not what they have sent back, nor what mends a red
        base.
        """
        if step in _TAKEN_IN:
            return False
        lane = self.line.settings.lane(planned.lane)
        if lane is None or self.stopped:
            return True
        burdens = step is Step.START and not self._mends_base(planned)
        full = self.permits.full_heads() if burdens else ""
        spent = self.permits.spent(planned.item.id, lane)
        if full or spent:
            self.pause(f"{planned.item.id} and what follows wait: {full}" if full else spent)
        return bool(full or spent) or (burdens and not self.permits.heads_have_room(self.settling))

    def _mends_base(self, planned: PlannedItem) -> bool:
        """Tell whether an item is there to make a red base green again: nothing lands before."""
        hold = self.line.record.changes.hold
        return hold is not None and hold.mends(planned.item.id)

    def permit(self, planned: PlannedItem, step: Step) -> Lane | None:
        """Return the item's lane with its part of the run's budget reserved, None if it must wait.

        Asked when its turn has come, which may be long after it was fed.
        """
        lane = self.line.settings.lane(planned.lane)
        if lane is None or self.refused(planned, step):
            return None
        return self.permits.reserve(planned.item.id, as_trusted(self.line, lane))

    def _running(self) -> frozenset[str]:
        """Return the items with a session that has not ended, as far as the record tells."""
        with self.line.lock:
            rows = self.line.record.sessions.values()
            return frozenset(row.item for row in rows if row.outcome is None)

    def _startable(self, plan: Plan) -> frozenset[str]:
        """Return the items that wait for no other and that a red base does not hold."""
        with self.line.lock:
            self.line.record.refresh()
            finished = self.line.record.finished_items()
        allowed = {row.item.id for row in self._allowed_by_base(plan, finished)}
        return frozenset(row.item.id for row in ready(plan, finished)) & allowed

    def _allowed_by_base(self, plan: Plan, finished: frozenset[str]) -> tuple[PlannedItem, ...]:
        """Return the items that a red base does not hold: what may mend it, or all if none may."""
        now, held = split_by_base(plan, self.line.settings, self.base_green)
        mending = [row.item.id for row in now if row.item.id not in finished]
        if not held or not mending:
            return (*now, *held)
        verb = "waits" if len(held) == 1 else "wait"
        self.pause(
            f"the base is red: {counted(len(held), 'item')} {verb} until {listed(mending)} "
            f"{'has' if len(mending) == 1 else 'have'} landed (--force starts them)"
        )
        return now
