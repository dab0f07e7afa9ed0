"""Work the plan: feed what is ready to the engine until nothing is left to start.

The loop reads the record, decides, enqueues, waits for the record to grow. It holds no state that a
rerun could not read back, so it can be killed at any moment.
"""

import asyncio
import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.engine.protocol import Engine, Job, Next
from darkfactory.errors import FactoryError
from darkfactory.factory.attempt import Attempts
from darkfactory.factory.disposition import Step
from darkfactory.factory.launching import Choice, Running
from darkfactory.factory.line import Line
from darkfactory.factory.permits import Permits
from darkfactory.factory.review_gate import land_queue
from darkfactory.factory.stop import cancel_session
from darkfactory.factory.summary import Summary, summarise
from darkfactory.factory.waiting import gone
from darkfactory.gate.land import GateFrozen
from darkfactory.gate.record import ON_THE_WAY
from darkfactory.sessions.spec import load_spec
from darkfactory.triage.start import ready, split_by_base

_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 0.25
_SPARE_THREADS = 4


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
        self._cap = options.lanes or line.settings.limits.lanes
        self._permits = Permits(line, self._cap)
        choice = Choice(options.agent, options.unconfined, options.item)
        self._attempts = Attempts(line, choice, self._permit)
        self._base_green = base_green or options.force
        # Each attempt may hold one while its harness waits for a turn; the rest are for the others.
        self._threads = ThreadPoolExecutor(self._cap + _SPARE_THREADS, thread_name_prefix="line")
        self._stuck: dict[str, FactoryError] = {}
        self._told = 0
        self._paused = ""
        self._bug: BaseException | None = None
        self._stops = 0
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
        finished = False
        try:
            self._loop()
            finished = True
        finally:
            self._detached.set()
            self._engine.stop()
            if not finished:
                self._line.stop_harness()
            self._threads.shutdown(wait=False, cancel_futures=True)
        summary = self._finish()
        if self._stuck:
            raise next(iter(self._stuck.values()))
        return summary

    async def attempt(self, job: Job, number: int) -> Next:
        """Do one attempt of the engine; see :class:`Work`."""
        planned = self._planned(job.key)
        if planned is None or (number > 1 and self._detached.is_set()):
            return Next.DONE
        work = asyncio.ensure_future(self._attempt(planned))
        try:
            await asyncio.wait({work})
        finally:
            work.cancel()
            self._ended.set()
        error = work.exception()
        if error is None:
            return work.result()
        if isinstance(error, FactoryError):
            # One item's trouble (no agent program, no confinement) must not stop the other lanes;
            # and it would be the same the next time: this run leaves the item alone.
            self._stuck[job.key] = error
        else:
            self._bug = error  # the engine would keep it to itself
        return Next.DONE

    async def _attempt(self, planned: PlannedItem) -> Next:
        loop = asyncio.get_running_loop()
        running = await loop.run_in_executor(self._threads, self._ensure, planned)
        if running is None:
            return Next.DONE
        await gone(running)
        step = await loop.run_in_executor(self._threads, self._settle, planned, running)
        return Next.DONE if step is Step.NOTHING else Next.AGAIN

    def _begin(self) -> None:
        record = self._line.record
        record.refresh()
        record.take_unseen()  # what was before this run is no news
        self._stops = record.stops
        if record.run is None or record.run.finished:
            run = f"r-{uuid.uuid4().hex[:10]}"
            data = {"run": run, "lanes": self._cap, "snapshot": self._plan.snapshot}
            self._say("run.started", {**data, "force": self._options.force})
        self._land()
        self._relay()

    def _loop(self) -> None:
        look_at = 0.0
        while True:
            news = self._relay()
            if self._bug is not None:
                raise self._bug
            if not news and time.monotonic() < look_at:
                self._ended.wait(_PAUSE_SECONDS)
                self._ended.clear()
                continue
            look_at = time.monotonic() + _LOOK_SECONDS
            fed = self._feed()
            self._tell_stuck()
            if not fed and not self._engine.active():
                self._relay()
                if self._stopped() or (not self._options.watch and not self._feed()):
                    return

    def _relay(self) -> bool:
        """Tell what is new in the record; tell whether anything was."""
        with self._line.lock:
            self._line.record.refresh()
            fresh = self._line.record.take_unseen()
            stored = self._line.record.plan
        if stored is not None and stored.plan.snapshot != self._plan.snapshot:
            self._plan = stored.plan  # `df triage` or `df assign` has changed it meanwhile
        for event in fresh:
            self._on_event(event)
        return bool(fresh)

    def _feed(self) -> bool:
        """Enqueue what may begin or go on now; tell whether anything was."""
        fed = held = False
        active = self._engine.active()
        startable = self._startable()
        for planned in self._plan.items:
            item = planned.item.id
            if any(job.startswith(f"item:{item}:g") for job in active) or not self._wanted(planned):
                continue
            step = self._attempts.step(planned)
            if step is Step.NOTHING or (step is Step.START and (held or item not in startable)):
                continue
            if self._refused(planned, step):
                held = True  # what comes later in the plan does not overtake it
                continue
            generation = self._engine.generation(item) + 1
            fed |= self._engine.enqueue(Job(item, planned.lane, planned.rank, generation))
        return fed

    def _startable(self) -> frozenset[str]:
        """Return the items that wait for no other and that a red base does not hold."""
        with self._line.lock:
            self._line.record.refresh()
            finished = self._line.record.finished_items()
        allowed = {row.item.id for row in self._allowed_by_base(finished)}
        return frozenset(row.item.id for row in ready(self._plan, finished)) & allowed

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
        known = self._line.settings.lane(row.lane) is not None and row.duplicate_of is None
        return wanted and known and row.item.id not in self._stuck

    def _refused(self, planned: PlannedItem, step: Step) -> bool:
        """Tell whether no agent may be started for an item now, and say why.

        A session that runs or has ended is taken in whatever is left; people's heads are spared
        new work, not the work they have sent back.
        """
        lane = self._line.settings.lane(planned.lane)
        if step in (Step.ADOPT, Step.SETTLE):
            return False
        if lane is None or self._stopped():
            return True
        full = self._permits.full_heads() if step is Step.START else ""
        spent = self._permits.spent(planned.item.id, lane)
        if full or spent:
            self._pause(f"{planned.item.id} and what follows wait: {full}" if full else spent)
        return bool(full or spent)

    def _permit(self, planned: PlannedItem, step: Step) -> Lane | None:
        """Return the item's lane with its part of the run's budget reserved, None if it must wait.

        Asked when its turn has come, which may be long after it was fed.
        """
        lane = self._line.settings.lane(planned.lane)
        if lane is None or self._refused(planned, step):
            return None
        return self._permits.reserve(planned.item.id, lane)

    def _stopped(self) -> bool:
        return self._line.record.stops > self._stops

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
        running, item = None, planned.item.id
        try:
            running = self._attempts.ensure(planned)
            if running is not None:
                spec = load_spec(os.fspath(self._line.state.session(running.session)))
                if spec is not None:
                    self._permits.adopt(item, spec)
        finally:
            if running is None:
                self._permits.release(item)
        if running is None:
            self._land()  # what an earlier session left has been taken in
        if running is not None and self._stopped():
            cancel_session(self._line, running.session, by="df run")
        return running

    def _settle(self, planned: PlannedItem, running: Running) -> Step:
        self._permits.release(planned.item.id)
        self._attempts.settle(planned, running.session)
        self._land()
        return self._attempts.step(planned)

    def _land(self) -> None:
        """Land what is approved and nobody lands: a lane's own yes, or one that a rebase kept."""
        with self._line.lock:
            self._line.record.refresh()
            waiting = any(change.state in ON_THE_WAY for change in self._line.record.changes)
        if not waiting or self._line.record.changes.frozen:
            return
        try:
            land_queue(self._line)
        except GateFrozen as error:
            self._pause(error.problem)

    def _planned(self, item: str) -> PlannedItem | None:
        return next((row for row in self._plan.items if row.item.id == item), None)

    def _say(self, type_: str, data: dict[str, Any]) -> None:
        with self._line.lock:
            self._line.record.writer("run").write(type_, data, durable=True)

    def _finish(self) -> Summary:
        with self._line.lock:
            self._line.record.refresh()
            summary = summarise(self._line)
        body = {
            key: getattr(summary, key)
            for key in ("sessions", "proposed", "failed", "nuked", "landed", "tokens", "cost_usd")
        }
        self._say("run.finished", body)
        self._relay()
        return summary
