"""The whole of ``df run``: plan, look at the base, work, with the engine of this repository."""

import os
from collections.abc import Callable
from pathlib import Path

from darkfactory.domain.event import Event
from darkfactory.domain.item import Plan, PlannedItem, Unassigned
from darkfactory.domain.lane import Lane
from darkfactory.engine.dbos_engine import DbosEngine
from darkfactory.engine.protocol import DATABASE_URL
from darkfactory.errors import UnknownItem, UnknownLane, UsageError
from darkfactory.factory.base_check import check_base
from darkfactory.factory.calibrate_waffle import lane_calibrations
from darkfactory.factory.check_skills import check_skills
from darkfactory.factory.demotion import demote_for_regressions
from darkfactory.factory.guard_base import guard_base
from darkfactory.factory.host_room import check_room
from darkfactory.factory.launching import lane_of
from darkfactory.factory.line import Line
from darkfactory.factory.not_yet import said_in_vain
from darkfactory.factory.plan_change import change_lines
from darkfactory.factory.put_skill import settle_library
from darkfactory.factory.run_lanes import LanesRun, RunOptions
from darkfactory.factory.summary import Summary
from darkfactory.factory.taken_up import taken_up
from darkfactory.factory.triage_backlog import present_plan
from darkfactory.sessions.start import DIRECT, host_starter
from darkfactory.workspaces.upkeep import is_fragmented, maintain


class ItemInNoLane(UsageError):
    """An item of the backlog that no lane takes, so that nobody can work on it."""

    code = "item.no_lane"

    def __init__(self, row: Unassigned) -> None:
        item = row.item.id
        super().__init__(
            f"no lane takes item {item!r}: {'; '.join(row.reasons)}",
            fix=f"`df assign {item} LANE` puts it into one; `df triage --explain {item}` says more",
        )


def run_line(
    line: Line,
    options: RunOptions,
    on_event: Callable[[Event], None],
    note: Callable[[str], None],
    step: Callable[[str], None],
) -> Summary:
    """Work the plan of *line* and return what came of it; call it with the run lock held.

    The run ends at a stop that a person asks for after the record of *line* was last read.

    Args:
        note: Called with what a person should know that is no event.
        step: Called with what takes a while, as it begins.

    Raises:
        UsageError: If the backlog, waffle.json or an option is wrong.
        NotReady: If the surroundings keep an item from starting.
    """
    stops = line.record.stops
    check_room(line, options.lanes)
    lane_calibrations(line.state.repository)  # what is broken is told before anything starts
    present = present_plan(line)
    plan = present.plan
    if options.item is not None:
        _check_item(plan, options.item)
    if options.lane is not None and line.settings.lane(options.lane) is None:
        raise UnknownLane(options.lane, [lane.name for lane in line.settings.lanes])
    for said in change_lines(present.change) if present.change else ():
        note(said)
    rows = _wanted(plan, options)
    settle_library(line.state.repository)
    seen = check_skills(_lanes(line, rows), line.settings, line.state.repository)
    for warning in (*said_in_vain(line.settings), *plan.warnings, *seen):
        note(f"warning: {warning}")
    judged = any(not lane_of(line, row).harness for row in rows)
    base_green = check_base(line, note, step, judges=judged and not options.force)
    if not base_green or line.record.changes.hold is not None:
        guard_base(line, step)
        plan = present_plan(line).plan
    demote_for_regressions(line)
    for said in taken_up(line, {row.item.id for row in rows}):
        note(said)
    engine = DbosEngine(_engine_url(line.state.engine))
    with host_starter(direct=bool(os.environ.get(DIRECT))) as start:
        work = LanesRun(
            line,
            plan,
            engine,
            options,
            base_green=base_green,
            on_event=on_event,
            start=start,
            stops=stops,
        )
        summary = work.work()
    if is_fragmented(line.hub):
        step("joining the hub's packs")
        maintain(line.hub)
    return summary


def _lanes(line: Line, rows: list[PlannedItem]) -> list[Lane]:
    """Return the lanes that *rows* lie in, each once."""
    return list({lane.name: lane for lane in (lane_of(line, row) for row in rows)}.values())


def _wanted(plan: Plan, options: RunOptions) -> list[PlannedItem]:
    """Return the rows that *options* let the run work on."""
    return [
        row
        for row in plan.items
        if options.item in (None, row.item.id) and options.lane in (None, row.lane)
    ]


def _check_item(plan: Plan, item: str) -> None:
    if item in {row.item.id for row in plan.items}:
        return
    for row in plan.unassigned:
        if row.item.id == item:
            raise ItemInNoLane(row)
    raise UnknownItem(item, plan.ids())


def _engine_url(path: Path) -> str:
    return os.environ.get(DATABASE_URL) or f"sqlite:///{path}"
