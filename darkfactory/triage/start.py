"""Tell what of a plan may start now."""

from collections.abc import Collection
from itertools import compress

from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import Settings

_CI = "ci"
_FIRST = "P0"


def stabilises(lane: Lane) -> bool:
    """Tell whether *lane* is there to bring a red base back to green."""
    return _is_ci(lane.match.labels) or _FIRST in lane.match.priority


def split_by_base(
    plan: Plan,
    settings: Settings,
    base_green: bool,  # noqa: FBT001 - the one question there is
) -> tuple[tuple[PlannedItem, ...], tuple[PlannedItem, ...]]:
    """Return the items that may start on the base as it is, and those it holds; in rank order.

    A red base holds everything but work that may mend it: the items of stabilising lanes, and
    items that are labelled ``ci`` or are P0 themselves. Duplicates are in neither: they never
    start.
    """
    items = tuple(planned for planned in plan.items if planned.duplicate_of is None)
    if base_green:
        return items, ()
    lanes = {lane.name for lane in settings.lanes if stabilises(lane)}
    mending = [planned.lane in lanes or _mends(planned) for planned in items]
    held = tuple(planned for planned, mends in zip(items, mending, strict=True) if not mends)
    return tuple(compress(items, mending)), held


def ready(
    plan: Plan, finished: Collection[str], *, started: Collection[str] = ()
) -> tuple[PlannedItem, ...]:
    """Return the items that wait for nothing any more, in rank order.

    Args:
        plan: The plan; closed blockers are out of it already.
        finished: Ids of items whose change has landed, or that were closed since.
        started: Ids of items that have begun and are not to start again.
    """
    stands_for = {
        planned.item.id: planned.duplicate_of for planned in plan.items if planned.duplicate_of
    }
    done = set(finished)
    out = done.union(started, stands_for)
    return tuple(
        planned
        for planned in plan.items
        if planned.item.id not in out
        and all(name in done or stands_for.get(name) in done for name in planned.item.blocked_by)
    )


def _mends(planned: PlannedItem) -> bool:
    return planned.item.priority == _FIRST or _is_ci(planned.item.labels)


def _is_ci(labels: Collection[str]) -> bool:
    return any(label.casefold() == _CI for label in labels)
