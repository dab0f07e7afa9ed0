"""Plans in the record: one ``item.triaged`` event an item, closed by ``plan.made``.

A plan counts from its closing event on, so a killed triage leaves the earlier plan in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.item import Item, Plan, PlannedItem, Unassigned

TRIAGED = "item.triaged"
MADE = "plan.made"


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan of the record. *sources* are those of ``--from``; empty: those of lanes.yaml."""

    plan: Plan
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


def plan_events(plan: Plan, sources: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return *plan* as (type, data) of the events that store it, in their order."""
    rows: list[tuple[str, dict[str, Any]]] = [
        (
            TRIAGED,
            {
                "item": row.item.id,
                "lane": row.lane,
                "rank": row.rank,
                "reasons": list(row.reasons),
                "duplicate_of": row.duplicate_of,
                "body": asdict(row.item),
            },
        )
        for row in plan.items
    ]
    rows += [
        (
            TRIAGED,
            {
                "item": row.item.id,
                "lane": None,
                "reasons": list(row.reasons),
                "body": asdict(row.item),
            },
        )
        for row in plan.unassigned
    ]
    made = {
        "snapshot": plan.snapshot,
        "sources": list(sources),
        "items": len(plan.items),
        "warnings": list(plan.warnings),
    }
    return [*rows, (MADE, made)]


def _plan(rows: Sequence[Event], made: Mapping[str, Any]) -> StoredPlan:
    items, unassigned = [], []
    for event in rows:
        data = event.data
        item, reasons = _item(data.get("body") or {}), tuple(data.get("reasons") or ())
        if data.get("lane") is None:
            unassigned.append(Unassigned(item, reasons))
        else:
            items.append(
                PlannedItem(
                    item,
                    str(data["lane"]),
                    int(data.get("rank") or 1),
                    reasons,
                    data.get("duplicate_of"),
                )
            )
    plan = Plan(
        str(made.get("snapshot")),
        tuple(items),
        tuple(unassigned),
        tuple(made.get("warnings") or ()),
    )
    return StoredPlan(plan, tuple(made.get("sources") or ()))


def _item(body: Mapping[str, Any]) -> Item:
    known = {field.name for field in fields(Item)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in body.items()
        if key in known
    }
    return Item(**values)
