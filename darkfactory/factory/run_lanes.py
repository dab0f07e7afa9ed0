"""Work the plan: feed what is ready to the engine until nothing is left to start.

The loop reads the record, decides, enqueues, waits for the record to grow. It holds no state that a
rerun could not read back, so it can be killed at any moment.
"""

import asyncio
import json
import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.domain.lane import Budget, Lane
from darkfactory.domain.session import ControlOp, Outcome
from darkfactory.engine.protocol import Engine, Job, Next
from darkfactory.errors import FactoryError
from darkfactory.factory.attempt import Attempts, Choice, Running
from darkfactory.factory.budgets import Grant, Spending, grant
from darkfactory.factory.disposition import Step
from darkfactory.factory.line import Line
from darkfactory.factory.open_decisions import open_decisions
from darkfactory.processes.identity import is_alive
from darkfactory.sessions.control import request_control
from darkfactory.triage.start import ready, split_by_base

_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 0.25
_SPARE_THREADS = 4
_BEGUN = (Step.SETTLE, Step.RESUME)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks of one run. *lanes* caps the sessions at once over all lanes."""

    lanes: int | None = None
    agent: str | None = None
    item: str | None = None
    lane: str | None = None
    watch: bool = False
    force: bool = False
    unconfined: bool = False


@dataclass(slots=True)
class Summary:
    """What a run came to; the data of ``run.finished``."""

    sessions: int = 0
    proposed: int = 0
    failed: int = 0
    nuked: int = 0
    landed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    waiting: int = field(default=0)

    @property
    def good(self) -> bool:
        """Whether every session ended proposed, reported or landed."""
        return self.failed == 0 and self.nuked == 0


class LanesRun:
    """One ``df run``.

    Args:
        on_event: Called with each new event of the factory stream, in order, from the main thread.
    """

    def __init__(
        self,
        line: Line,
        plan: Plan,
        engine: Engine,
        options: RunOptions,
        *,
        base_green: bool,
        on_event: Callable[[Event], None],
    ) -> None:
        self._line = line
        self._plan = plan
        self._engine = engine
        self._options = options
        self._on_event = on_event
        self._attempts = Attempts(line, Choice(options.agent, options.unconfined, options.item))
        self._planned = {row.item.id: row for row in plan.items}
        self._base_green = base_green or options.force
        self._cap = options.lanes or line.settings.limits.lanes
        # Each attempt may hold one while its harness waits for a turn; the rest are for the others.
        self._threads = ThreadPoolExecutor(self._cap + _SPARE_THREADS, thread_name_prefix="line")
        self._stuck: dict[str, FactoryError] = {}
        self._told = 0
        self._paused = ""
        self._reserved: dict[str, Budget] = {}
        self._detached = threading.Event()
        self._ended = threading.Event()

    def work(self) -> Summary:
        """Run until nothing is left to start (or for ever with ``watch``); return what came of it.

        Raises:
            FactoryError: The first failure of the surroundings that kept an item from starting.
        """
        self._begin()
        lanes = {lane.name: lane.sessions for lane in self._line.settings.lanes}
        self._engine.start(self, lanes, self._cap)
        try:
            self._loop()
        finally:
            self._detached.set()
            self._engine.stop()
            self._threads.shutdown(wait=False, cancel_futures=True)
        summary = self._finish()
        if self._stuck:
            raise next(iter(self._stuck.values()))
        return summary

    async def attempt(self, job: Job, number: int) -> Next:
        """Do one attempt of the engine; see :class:`Work`."""
        loop = asyncio.get_running_loop()
        planned = self._planned.get(job.key)
        if planned is None or (number > 1 and self._detached.is_set()):
            return Next.DONE
        try:
            running = await loop.run_in_executor(self._threads, self._ensure, planned)
            if running is None:
                return Next.DONE
            await _gone(running)
            await loop.run_in_executor(self._threads, self._settle, planned, running)
            step = await loop.run_in_executor(self._threads, self._attempts.step, planned)
        except FactoryError as error:
            # One item's trouble (no agent program, no confinement) must not stop the other lanes;
            # and it would be the same the next time: this run leaves the item alone.
            self._stuck[job.key] = error
            return Next.DONE
        finally:
            self._ended.set()
        return Next.DONE if step is Step.NOTHING else Next.AGAIN

    def _begin(self) -> None:
        record = self._line.record
        record.refresh()
        record.take_unseen()  # what was before this run is no news
        if record.run is None or record.run.finished:
            run = f"r-{uuid.uuid4().hex[:10]}"
            data = {"run": run, "lanes": self._cap, "snapshot": self._plan.snapshot}
            self._say("run.started", data)

    def _loop(self) -> None:
        look_at = 0.0
        while True:
            news = self._relay()
            if not news and time.monotonic() < look_at:
                self._ended.wait(_PAUSE_SECONDS)
                self._ended.clear()
                continue
            look_at = time.monotonic() + _LOOK_SECONDS
            fed = self._feed()
            self._tell_stuck()
            if not fed and not self._engine.active():
                self._relay()
                if not self._options.watch and not self._feed():
                    return

    def _relay(self) -> bool:
        """Tell what is new in the record; tell whether anything was."""
        with self._line.lock:
            self._line.record.refresh()
            fresh = self._line.record.take_unseen()
        for event in fresh:
            self._on_event(event)
        return bool(fresh)

    def _feed(self) -> bool:
        """Enqueue what may start now; tell whether anything was."""
        fed = False
        active = self._engine.active()
        for planned in self._startable():
            if any(job.startswith(f"item:{planned.item.id}:g") for job in active):
                continue
            step = self._attempts.step(planned)
            if step is Step.NOTHING:
                continue
            if step not in _BEGUN and self._must_pause(planned):
                break
            generation = self._engine.generation(planned.item.id) + 1
            fed |= self._engine.enqueue(
                Job(planned.item.id, planned.lane, planned.rank, generation)
            )
        return fed

    def _startable(self) -> list[PlannedItem]:
        with self._line.lock:
            self._line.record.refresh()
            finished = self._line.record.finished_items()
        allowed = {row.item.id for row in self._allowed_by_base(finished)}
        rows = ready(self._plan, finished)
        return [row for row in rows if row.item.id in allowed and self._wanted(row)]

    def _allowed_by_base(self, finished: frozenset[str]) -> tuple[PlannedItem, ...]:
        """Return the items that a red base does not hold: what may mend it, or all if none may."""
        now, held = split_by_base(self._plan, self._line.settings, self._base_green)
        mending = [row.item.id for row in now if row.item.id not in finished]
        if not held or not mending:
            return (*now, *held)
        self._pause(
            f"the base is red: {len(held)} items wait until {', '.join(mending[:3])} "
            "has landed (--force starts them)"
        )
        return now

    def _wanted(self, row: PlannedItem) -> bool:
        options = self._options
        named = options.item is None or row.item.id == options.item
        wanted = named and (options.lane is None or row.lane == options.lane)
        return wanted and row.item.id not in self._stuck

    def _must_pause(self, planned: PlannedItem) -> bool:
        """Tell whether nothing new may start: people or the run's budget hold no more."""
        limit = self._line.settings.limits.brain_space
        waiting = open_decisions(self._line)
        if limit and waiting >= limit:
            self._pause(
                f"{waiting} decisions are open and brain_space is {limit}: "
                f"{planned.item.id} and what follows wait for `df gate`"
            )
            return True
        lane = self._line.settings.lane(planned.lane)
        given = None if lane is None else self._grant(planned, lane)
        if given is None or given.budget is not None:
            return False
        self._pause(given.refusal)
        return True

    def _pause(self, why: str) -> None:
        if why != self._paused:
            self._paused = why
            self._say("run.paused", {"reason": why})

    def _tell_stuck(self) -> None:
        """Say once of each item that cannot start why, for the other lanes may work on for long."""
        for item, error in list(self._stuck.items())[self._told :]:
            self._told += 1
            self._pause(f"{item} is left alone: {error.problem}")

    def _ensure(self, planned: PlannedItem) -> Running | None:
        lane = self._granted(planned)
        if lane is None:
            return None
        running = None
        try:
            running = self._attempts.ensure(planned, lane)
        finally:
            if running is None:
                with self._line.lock:
                    self._reserved.pop(planned.item.id, None)
        return running

    def _granted(self, planned: PlannedItem) -> Lane | None:
        """Return the item's lane with its part of the run's budget reserved, None if none is.

        Work that has begun is brought to its end whatever is left.
        """
        lane = self._line.settings.lane(planned.lane)
        if lane is None:
            return None
        begun = self._attempts.step(planned) in _BEGUN
        with self._line.lock:
            budget = self._grant(planned, lane).budget or (lane.budget if begun else None)
            if budget is not None:
                self._reserved[planned.item.id] = budget
        return None if budget is None else replace(lane, budget=budget)

    def _grant(self, planned: PlannedItem, lane: Lane) -> Grant:
        with self._line.lock:
            self._line.record.refresh()
            return grant(lane.budget, self._line.settings.limits, self._spent(planned.item.id))

    def _spent(self, asking: str) -> list[Spending]:
        """Return what each session of the run has used, and what may still be used by others."""
        run = self._line.record.run
        found = []
        for session, (tokens, usd) in (run.sessions if run else {}).items():
            row = self._line.record.sessions[session]
            if row.outcome is not None:
                spent = Spending(row.tokens - tokens, row.cost_usd - usd, None, None, ended=True)
                found.append(spent)
        for item, budget in self._reserved.items():
            if item != asking:
                found.append(Spending(0, 0.0, budget.tokens, budget.usd, ended=False))
        return found

    def _settle(self, planned: PlannedItem, running: Running) -> None:
        with self._line.lock:
            self._line.record.refresh()
            self._reserved.pop(planned.item.id, None)
        self._attempts.settle(planned, running.session)

    def _say(self, type_: str, data: dict[str, Any]) -> None:
        with self._line.lock:
            self._line.record.writer("run").write(type_, data, durable=True)
        self._relay()

    def _finish(self) -> Summary:
        with self._line.lock:
            summary = summarise(self._line)
        body = {
            key: getattr(summary, key)
            for key in ("sessions", "proposed", "failed", "nuked", "landed", "tokens", "cost_usd")
        }
        self._say("run.finished", body)
        return summary


def summarise(line: Line) -> Summary:
    """Return what the present run came to, from the record alone."""
    summary = Summary()
    run = line.record.run
    last: dict[str, Outcome | None] = {}
    for session, (tokens, usd) in (run.sessions if run else {}).items():
        row = line.record.sessions[session]
        summary.sessions += 1
        summary.tokens += row.tokens - tokens
        summary.cost_usd = round(summary.cost_usd + row.cost_usd - usd, 6)
        summary.nuked += row.outcome is Outcome.NUKED
        last[row.item] = row.outcome
    for item, outcome in last.items():
        change = line.record.changes.of_item(item)
        state = change.state.value if change else ""
        if state in ("landed", "superseded"):
            summary.landed += 1
        elif outcome is Outcome.PROPOSED and state not in ("abandoned", "bounced", "rework"):
            summary.proposed += 1
        elif outcome not in (Outcome.REPORTED, Outcome.NUKED):
            summary.failed += 1
    return summary


def stop_sessions(line: Line, *, by: str) -> list[str]:
    """Ask every running session to end, keeping what it did; return their ids."""
    line.record.refresh()
    asked = []
    for row in line.record.sessions.values():
        if row.outcome is None:
            try:
                request_control(
                    line.state, row.id, ControlOp.CANCEL, by=by, reason="the run was stopped"
                )
            except FactoryError:
                continue  # it ended meanwhile, or its host is gone: the next run buries it
            asked.append(row.id)
    return asked


async def _gone(running: Running) -> None:
    """Wait until the host of *running* has ended; cancelling the wait leaves it alone."""
    loop = asyncio.get_running_loop()
    pid = running.child.pid if running.child is not None else None
    if running.process is not None:
        pid = running.process.pid
    if pid is None:
        return
    while not _has_ended(running):
        await _pid_event(loop, pid)


def _has_ended(running: Running) -> bool:
    if running.child is not None:
        return running.child.poll() is not None
    return running.process is None or not is_alive(running.process)


async def _pid_event(loop: asyncio.AbstractEventLoop, pid: int) -> None:
    """Return soon after process *pid* has ended; at the latest after a moment, to look again."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        await asyncio.sleep(_PAUSE_SECONDS)
        return
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), timeout=5)
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def as_line(event: Event) -> str:
    """Return *event* as one JSON line."""
    return json.dumps(event.body(), ensure_ascii=False)
