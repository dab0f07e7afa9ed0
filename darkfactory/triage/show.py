"""A plan for scripts and for people."""

from typing import Any

from darkfactory.domain.done_when import command_in
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
    """Return why *item_id* is where it is, the reason that decided first, and how it is proved.

    Raises:
        UnknownItem: If the plan has no such item; closed items are not in it.
    """
    for planned in plan.items:
        if planned.item.id == item_id:
            return (*planned.reasons, *_reading(planned.item.done_when))
    for left in plan.unassigned:
        if left.item.id == item_id:
            return left.reasons
    raise UnknownItem(item_id, plan.ids())


def _reading(done_when: str | None) -> tuple[str, ...]:
    """Return how ``done_when`` was read: only a command can prove the work on a red base."""
    if not done_when:
        return ()
    command = command_in(done_when)
    if command is not None:
        return (f"done_when is taken as a command: {command}",)
    return ("done_when is taken as a sentence; a command in backticks would be run",)


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
        "done_when_command": command_in(planned.item.done_when),
    }
