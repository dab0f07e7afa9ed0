"""A plan for scripts and for people."""

from typing import Any

from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.errors import UnknownItem


def as_json(plan: Plan) -> dict[str, Any]:
    """Return *plan* as the JSON object of ``df triage --json``."""
    return {
        "version": 1,
        "snapshot": plan.snapshot,
        "items": [_planned(planned) for planned in plan.items],
        "unassigned": [
            {"id": left.item.id, "reasons": list(left.reasons)} for left in plan.unassigned
        ],
        "warnings": list(plan.warnings),
    }


def explain(plan: Plan, item_id: str) -> tuple[str, ...]:
    """Return every reason why *item_id* is where it is, the one that decided first.

    Raises:
        UnknownItem: If the plan has no such item; closed items are not in it.
    """
    for planned in plan.items:
        if planned.item.id == item_id:
            return planned.reasons
    for left in plan.unassigned:
        if left.item.id == item_id:
            return left.reasons
    raise UnknownItem(item_id)


def _planned(planned: PlannedItem) -> dict[str, Any]:
    return {
        "id": planned.item.id,
        "title": planned.item.title,
        "lane": planned.lane,
        "rank": planned.rank,
        "priority": planned.item.priority,
        "reasons": list(planned.reasons),
        "duplicate_of": planned.duplicate_of,
        "blocked_by": list(planned.item.blocked_by),
        "done_when": planned.item.done_when,
    }
