"""Sort the backlog into lanes and keep the plan in the record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from darkfactory.backlog.read import read_backlog
from darkfactory.domain.counting import counted
from darkfactory.domain.item import Backlog, Plan
from darkfactory.errors import UnknownItem, UnknownLane, UsageError
from darkfactory.factory.fixer import with_fixers
from darkfactory.factory.line import Line
from darkfactory.factory.plan_change import PlanChange, plan_change
from darkfactory.factory.plans import StoredPlan, plan_events
from darkfactory.triage.plan import triage


@dataclass(frozen=True, slots=True)
class Triaged:
    """A plan with the backlog it was made of, and what it changes of the plan before, if there was.

    A plan that changes nothing is not recorded again.
    """

    plan: Plan
    backlog: Backlog
    change: PlanChange | None


class EmptySource(UsageError):
    """A named source holds no item, open or closed, and would empty the plan."""

    code = "backlog.empty"

    def __init__(self, sources: Sequence[str], planned: int) -> None:
        super().__init__(
            f"{', '.join(sources)} holds no item; the plan of {counted(planned, 'item')} is kept",
            fix="name a source with items; `df triage` plans what lanes.yaml names, emptied or not",
        )


def triage_backlog(
    line: Line, sources: Sequence[str] = (), *, stdin: TextIO | None = None
) -> Triaged:
    """Return the plan of the present backlog; it is recorded when it differs from the last one.

    Args:
        sources: Where to read instead of what lanes.yaml names; ``-`` is *stdin*.

    Raises:
        UsageError: If a source is missing or broken, two items have one id, or blockers cycle.
        EmptySource: If *sources* hold nothing and would take the place of a plan that does.
    """
    root = Path(line.state.repository)
    backlog = read_backlog(root, list(sources) or line.settings.backlog, stdin=stdin)
    line.record.refresh()
    if sources and not backlog.items and line.record.plan and line.record.plan.backlog.items:
        raise EmptySource(sources, len(line.record.plan.backlog.items))
    return _planned(line, backlog, sources)


def present_plan(line: Line) -> Triaged:
    """Return the plan that ``df run`` works: of the present backlog, triaged anew if it changed.

    After ``df triage --from`` it is that plan, until the sources of lanes.yaml are triaged again.

    Raises:
        UsageError: As :func:`triage_backlog`.
    """
    line.record.refresh()
    stored = line.record.plan
    if stored is None or not stored.sources:
        return triage_backlog(line)
    return _planned(line, stored.backlog, stored.sources)


def assign(line: Line, item: str, lane: str, *, by: str) -> Triaged:
    """Put *item* into *lane* whatever triage says; recorded, and the new plan returned.

    Raises:
        UnknownItem: If the backlog has no such item.
        UnknownLane: If lanes.yaml has no such lane.
        UsageError: If the backlog is missing or broken.
    """
    if line.settings.lane(lane) is None:
        raise UnknownLane(lane, [known.name for known in line.settings.lanes])
    present = present_plan(line)
    known = present.plan.ids()
    if item not in known:
        raise UnknownItem(item, known)
    writer = line.record.writer("triage")
    writer.write("item.assigned", {"item": item, "lane": lane, "by": by}, durable=True)
    return replace(present_plan(line), change=present.change)  # that it moved was asked for


def plan_fixers(line: Line) -> None:
    """Bring the stored plan in line with what a red base asks for; without a plan there is nothing.

    Raises:
        UsageError: If the settings have changed so that the plan cannot be made anew.
    """
    with line.lock:
        line.record.refresh()
        stored = line.record.plan
        if stored is None:
            return
        wanted = with_fixers(stored.backlog, line.record, harness=line.settings.harness.command)
        if wanted != stored.backlog:
            _planned(line, stored.backlog, stored.sources)


def _planned(line: Line, backlog: Backlog, sources: Sequence[str]) -> Triaged:
    line.record.refresh()
    backlog = with_fixers(backlog, line.record, harness=line.settings.harness.command)
    plan = triage(backlog.items, line.settings, assigned=line.record.assigned)
    plan = replace(plan, warnings=(*backlog.warnings, *plan.warnings))
    stored, made = line.record.plan, StoredPlan(plan, backlog, tuple(sources))
    change = plan_change(stored, made, line.record) if stored is not None else None
    if stored != made:
        if line.is_new:
            line.begin()
        line.record.writer("triage").write_all(plan_events(plan, backlog, sources), durable=True)
        line.record.refresh()
    return Triaged(plan, backlog, change)
