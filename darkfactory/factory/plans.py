"""Plans in the record: one ``item.triaged`` event an item, closed by ``plan.made``.

A plan counts from its closing event on, so a killed triage leaves the earlier plan in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem, Unassigned

TRIAGED = "item.triaged"
MADE = "plan.made"


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan of the record, with the whole backlog it was made of, closed items too.

    *sources* are those of ``--from``; empty: those of lanes.yaml.
    """

    plan: Plan
    backlog: Backlog
    sources: tuple[str, ...]


class PlanFold:
    """The last whole plan of a factory stream, folded as it grows."""

    def __init__(self) -> None:
        self._rows: list[Event] = []
        self.last: StoredPlan | None = None

    def tell(self, event: Event) -> None:
        """Take the next event of the stream."""
        if event.type == TRIAGED:
            self._rows.append(event)
        elif event.type == MADE:
            self.last = _plan(self._rows, event.data)
            self._rows = []


def plan_events(
    plan: Plan, backlog: Backlog, sources: Sequence[str]
) -> list[tuple[str, dict[str, Any]]]:
    """Return *plan* as (type, data) of the events that store it, in the order of *backlog*."""
    lanes = {row.item.id: row for row in plan.items}
    none = {row.item.id: row for row in plan.unassigned}
    rows: list[tuple[str, dict[str, Any]]] = []
    for item in backlog.items:
        data: dict[str, Any] = {"item": item.id, "lane": None, "body": asdict(item)}
        if item.id in lanes:
            row = lanes[item.id]
            data |= {"lane": row.lane, "rank": row.rank, "duplicate_of": row.duplicate_of}
            data |= {"similarity": row.similarity, "reasons": list(row.reasons)}
        elif item.id in none:
            data["reasons"] = list(none[item.id].reasons)
        rows.append((TRIAGED, data))
    made = {
        "snapshot": plan.snapshot,
        "sources": list(sources),
        "items": len(plan.items),
        "warnings": list(plan.warnings),
        "unread": list(backlog.warnings),
    }
    return [*rows, (MADE, made)]


def _plan(rows: Sequence[Event], made: Mapping[str, Any]) -> StoredPlan:
    items, unassigned, backlog = [], [], []
    for event in rows:
        data = event.data
        item, reasons = _item(data.get("body") or {}), data.get("reasons")
        backlog.append(item)
        if data.get("lane") is not None:
            items.append(_planned(item, data))
        elif reasons is not None:
            unassigned.append(Unassigned(item, tuple(reasons)))
    plan = Plan(
        str(made.get("snapshot")),
        tuple(sorted(items, key=lambda row: row.rank)),
        tuple(unassigned),
        tuple(made.get("warnings") or ()),
    )
    read = Backlog(tuple(backlog), tuple(made.get("unread") or ()))
    return StoredPlan(plan, read, tuple(made.get("sources") or ()))


def _planned(item: Item, data: Mapping[str, Any]) -> PlannedItem:
    return PlannedItem(
        item,
        lane=str(data["lane"]),
        rank=int(data.get("rank") or 1),
        reasons=tuple(data.get("reasons") or ()),
        duplicate_of=data.get("duplicate_of"),
        similarity=data.get("similarity"),
    )


def _item(body: Mapping[str, Any]) -> Item:
    known = {field.name for field in fields(Item)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in body.items()
        if key in known
    }
    return Item(**values)
