"""Everything that decided where one item is: every lane with its values, twin, blockers, rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.counting import listed
from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem
from darkfactory.domain.settings import Settings
from darkfactory.errors import UnknownItem
from darkfactory.triage.apart import Taken
from darkfactory.triage.lanes import Chooser, LaneLook
from darkfactory.triage.plan import item_warnings
from darkfactory.triage.show import explain


@dataclass(frozen=True, slots=True)
class Twin:
    """The earlier item that this one repeats, and how alike they are, 0 to 1."""

    id: str
    title: str
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Blocker:
    """An item that has to be done first, and where it is."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why *item* is where it is. *looks* are all lanes in file order; *rank* is one of *ranks*."""

    item: Item
    lane: str | None
    rank: int | None
    ranks: int
    rank_reason: str
    reasons: tuple[str, ...]
    looks: tuple[LaneLook, ...]
    twin: Twin | None
    waits_for: tuple[Blocker, ...]
    waited_for_by: tuple[str, ...]
    warnings: tuple[str, ...]


def explain_item(
    item_id: str,
    plan: Plan,
    backlog: Backlog,
    settings: Settings,
    assigned: Mapping[str, str],
    taken: Taken | None = None,
) -> Explanation:
    """Return all that decided where *plan* put one item of *backlog*.

    Args:
        taken: What open changes at the gate touch, where there are any.

    Raises:
        UnknownItem: If the backlog has no such item.
        UsageError: If a lane's title pattern cannot be used.
    """
    item = next((item for item in backlog.items if item.id == item_id), None)
    if item is None:
        raise UnknownItem(item_id, [known.id for known in backlog.items])
    rows = {row.item.id: row for row in plan.items}
    row = rows.get(item_id)
    lane_of = {name: planned.lane for name, planned in rows.items()} | {
        left.item.id: None for left in plan.unassigned
    }
    return Explanation(
        item=item,
        lane=row.lane if row else None,
        rank=row.rank if row else None,
        ranks=len(plan.items),
        rank_reason=_rank_reason(row, plan.items) if row else _no_rank(item),
        reasons=("it is closed in the backlog",) if item.closed else explain(plan, item_id),
        looks=Chooser(settings.lanes).looks(item),
        twin=_twin(row, rows),
        waits_for=tuple(_blockers(item, backlog, lane_of)),
        waited_for_by=() if item.closed else tuple(_waiting(item_id, backlog)),
        warnings=(
            *_warnings(item, backlog, settings, lane_of, assigned),
            *(_behind(row, taken) if row and taken else ()),
        ),
    )


def explanation_json(told: Explanation) -> dict[str, Any]:
    """Return *told* as the JSON object of ``df triage --explain ITEM --json``."""
    return {
        "item": told.item.id,
        "title": told.item.title,
        "lane": told.lane,
        "rank": told.rank,
        "ranks": told.ranks,
        "rank_reason": told.rank_reason,
        "priority": told.item.priority,
        "reasons": list(told.reasons),
        "lanes": [_lane_json(look) for look in told.looks],
        "duplicate_of": told.twin.id if told.twin else None,
        "similarity": told.twin.similarity if told.twin else None,
        "blocked_by": [{"id": one.id, "state": one.state} for one in told.waits_for],
        "blocks": list(told.waited_for_by),
        "warnings": list(told.warnings),
    }


def _lane_json(look: LaneLook) -> dict[str, Any]:
    keys = [{"key": k.key, "wanted": list(k.wanted), "found": list(k.found)} for k in look.keys]
    fits = bool(look.reasons)
    return {"name": look.lane.name, "default": look.lane.default, "fits": fits, "keys": keys}


def _rank_reason(row: PlannedItem, rows: Sequence[PlannedItem]) -> str:
    if row.duplicate_of is not None:
        return "duplicates stand last and are not started"
    own = row.item.priority
    before = [other for other in rows if other.rank < row.rank]
    counted = (
        (sum(other.item.priority < own for other in before), "of a higher priority"),
        (sum(other.item.priority == own for other in before), f"of {own} further up the backlog"),
        (sum(other.item.priority > own for other in before), "that a more urgent one waits for"),
    )
    said = [f"{count} {what}" for count, what in counted if count]
    return f"behind {' and '.join(said)}" if said else "nothing comes before it"


def _behind(row: PlannedItem, taken: Taken) -> Iterator[str]:
    """Yield that an item starts behind others for what waits at the gate."""
    met = taken.met_by(row)
    if met:
        named = f"{listed(met)} at the gate {'touches' if len(met) == 1 else 'touch'}"
        yield f"{named} its paths: others of {row.item.priority} that touch none start first"


def _no_rank(item: Item) -> str:
    return f"what {'is closed' if item.closed else 'no lane takes'} is not started"


def _waiting(item: str, backlog: Backlog) -> Iterator[str]:
    return (other.id for other in backlog.items if item in other.blocked_by and not other.closed)


def _twin(row: PlannedItem | None, rows: Mapping[str, PlannedItem]) -> Twin | None:
    if row is None or row.duplicate_of is None:
        return None
    first = rows[row.duplicate_of]
    return Twin(first.item.id, first.item.title, row.similarity)


def _blockers(item: Item, backlog: Backlog, lane_of: Mapping[str, str | None]) -> Iterator[Blocker]:
    closed = {other.id for other in backlog.items if other.closed}
    for name in item.blocked_by:
        if name in closed:
            yield Blocker(name, "closed")
        elif name not in lane_of:
            yield Blocker(name, "not in the backlog")
        else:
            lane = lane_of[name]
            yield Blocker(name, f"open, in lane {lane}" if lane else "open, in no lane")


def _warnings(
    item: Item,
    backlog: Backlog,
    settings: Settings,
    lane_of: Mapping[str, str | None],
    assigned: Mapping[str, str],
) -> Iterator[str]:
    if not item.closed:
        done = {other.id for other in backlog.items if other.closed}
        waits = [name for name in item.blocked_by if name not in done]
        lanes = {lane.name for lane in settings.lanes}
        yield from item_warnings(item.id, waits, lane_of, assigned.get(item.id), lanes)
