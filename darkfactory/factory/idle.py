"""Why a run started no session, and what a person can do about it."""

from collections import defaultdict
from dataclasses import dataclass

from darkfactory.domain.counting import counted, listed
from darkfactory.domain.item import PlannedItem
from darkfactory.factory.disposition import Standing
from darkfactory.factory.item_now import item_now
from darkfactory.factory.line import Line
from darkfactory.factory.status import standing_of

_DONE = (Standing.LANDED, Standing.REPORTED, Standing.CLOSED)
_SAID = (
    (Standing.TODO, "could not start"),
    (Standing.STOPPED, "stopped"),
    (Standing.WAITING, "at the gate"),
    (Standing.WORKING, "with work that is not taken in"),
    (Standing.BOUNCED, "back from the gate"),
    (Standing.FAILED, "failed"),
    (Standing.CANCELLED, "cancelled"),
)
"""What is not done, what wants a person first in the order of the line."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Why nothing was started. *next* is the command that a person goes on with."""

    why: str
    next: str


def read_idle(line: Line, *, item: str | None, lane: str | None) -> Idle:
    """Return why a run started nothing, by the record as last read.

    Args:
        item: The one item that the run was for, if it was for one.
        lane: The one lane that it was for.
    """
    plan = line.record.plan
    rows = [
        row
        for row in (plan.plan.items if plan else ())
        if item in (None, row.item.id) and lane in (None, row.lane)
    ]
    if item is not None and rows:
        now = item_now(line.record, item, now=line.clock.now())
        return Idle(f"{item} {now.told}", now.go_on)
    rows = [row for row in rows if row.duplicate_of is None]
    if not rows:
        return _nothing_planned(line, lane)
    return _of_many(line, rows)


def _nothing_planned(line: Line, lane: str | None) -> Idle:
    if lane is not None:
        return Idle(f"lane {lane} has no item", "df triage")
    plan = line.record.plan
    homeless = plan.plan.unassigned if plan else ()
    if homeless:
        return Idle(f"{counted(len(homeless), 'item')}, and no lane takes any", "df triage")
    return Idle("the backlog has no open item", "df triage")


def _of_many(line: Line, rows: list[PlannedItem]) -> Idle:
    places: dict[Standing, list[str]] = defaultdict(list)
    for row in rows:
        places[standing_of(line, row.item.id)].append(row.item.id)
    done = sum(len(places[place]) for place in _DONE)
    left = [(places[place], words) for place, words in _SAID if places[place]]
    if not left:
        return Idle(f"{counted(done, 'item')}, all done; the backlog takes new ones", "df triage")
    said = [f"{len(items)} {words} ({listed(items)})" for items, words in left]
    first = item_now(line.record, left[0][0][0], now=line.clock.now())
    return Idle(", ".join([*said, *([f"{done} done"] if done else [])]), first.go_on)
