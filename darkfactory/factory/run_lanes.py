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
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.domain.item import Plan, PlannedItem
from darkfactory.engine.protocol import Engine, Job
from darkfactory.errors import FactoryError
from darkfactory.factory.attempt import Attempts
from darkfactory.factory.early_checks import EarlyChecks
from darkfactory.factory.feeding import Feed
from darkfactory.factory.launching import Choice, Running, lane_of
from darkfactory.factory.line import Line
from darkfactory.factory.loop_checks import LoopChecks
from darkfactory.factory.permits import Permits
from darkfactory.factory.review_gate import land_queue
from darkfactory.factory.stop import cancel_session
from darkfactory.factory.summary import Summary, summarise
from darkfactory.factory.waiting import gone
from darkfactory.gate.landing import GateFrozen
from darkfactory.gate.record import ON_THE_WAY
from darkfactory.sessions.spec import load_spec
from darkfactory.sessions.start import StartHost, start_host

_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 1.0
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
        stops: How often a person had stopped a run before this one; None: as the record tells now.
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
        start: StartHost = start_host,
        stops: int | None = None,
    ) -> None:
        self._line = line
        self._plan = plan
        self._engine = engine
        self._options = options
        self._on_event = on_event
        self._cap = options.lanes or line.settings.limits.lanes
        self._permits = Permits(line, self._cap)
        self._settling: dict[str, Future[None]] = {}
        self._feed = Feed(
            line,
            self._permits,
            base_green or options.force,
            self._pause,
            settling=self._settling.keys(),
            stops=stops,
        )
        choice = Choice(options.agent, options.unconfined, options.item)
        self._attempts = Attempts(line, choice, self._feed.permit, start)
        threads = self._cap + _SPARE_THREADS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="line")
        # On their own: each may wait long for the harness, and no start waits behind it.
        self._settlers = ThreadPoolExecutor(threads, thread_name_prefix="settle")
        self._checks = EarlyChecks(line)
        self._loops = LoopChecks(line)
        self._stuck: dict[str, FactoryError] = {}
        self._told = 0
        self._paused = ""
        self._bug: BaseException | None = None
        self._detached = threading.Event()
        self._woken = threading.Event()

    def work(self) -> Summary:
        """Run until nothing is left to start (or for ever with ``watch``); return what came of it.

        Raises:
            FactoryError: The first failure of the surroundings that kept an item from starting.
        """
        self._begin()
        self._engine.start(self, self._cap)
        finished = False
        try:
            self._loop()
            finished = True
        finally:
            self._detached.set()
            self._engine.stop()
            self._checks.stop()
            self._loops.stop()
            if not finished:
                self._line.stop_harness()
            for pool in (self._threads, self._settlers):
                pool.shutdown(wait=False, cancel_futures=True)
        summary = self._finish()
        if self._stuck:
            raise next(iter(self._stuck.values()))
        return summary

    async def attempt(self, job: Job) -> None:
        """Do one session of the engine's job; see :class:`Work`."""
        planned = self._planned(job.key)
        if planned is None or self._detached.is_set():
            return
        work = asyncio.ensure_future(self._attempt(planned))
        try:
            await asyncio.wait({work})
        finally:
            work.cancel()
            self._woken.set()
        self._note(job.key, work.exception())

    async def _attempt(self, planned: PlannedItem) -> None:
        loop = asyncio.get_running_loop()
        running = await loop.run_in_executor(self._threads, self._ensure, planned)
        if running is not None:
            lane = lane_of(self._line, planned)
            async with self._checks.of(running.session, lane), self._loops.of(running.session):
                await gone(running, stopped_seconds=lane.silence_seconds)
            self._take_in(planned, running)

    def _take_in(self, planned: PlannedItem, running: Running) -> None:
        """Settle what a session left, outside of its lane: the lane is for agents."""
        item = planned.item.id
        done = self._settlers.submit(self._settle, planned, running)
        self._settling[item] = done
        done.add_done_callback(lambda _: self._settled(item, done))

    def _settled(self, item: str, done: "Future[None]") -> None:
        if not done.cancelled():
            self._note(item, done.exception())
        del self._settling[item]
        self._woken.set()

    def _note(self, item: str, error: BaseException | None) -> None:
        """Keep what went wrong with *item*.

        One item's trouble (no agent program, no confinement) must not stop the other lanes; and it
        would be the same the next time: this run leaves the item alone.
        """
        if isinstance(error, FactoryError):
            self._stuck[item] = error
        elif error is not None:
            self._bug = error  # whoever calls us would keep it to itself

    def _begin(self) -> None:
        record = self._line.record
        record.refresh()
        record.take_unseen()  # what was before this run is no news
        last = record.run
        if last is None or last.finished or (last.stopped and not self._feed.stopped):
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
            woken = self._woken.is_set()
            self._woken.clear()
            if not news and not woken and time.monotonic() < look_at:
                self._woken.wait(_PAUSE_SECONDS)
                continue
            look_at = time.monotonic() + _LOOK_SECONDS
            fed = self._feed_all()
            self._tell_stuck()
            if not fed and not self._busy():
                self._relay()
                if self._feed.stopped or (not self._options.watch and not self._feed_all()):
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

    def _feed_all(self) -> bool:
        """Enqueue what may begin or go on now; tell whether anything was."""
        fed = False
        with self._line.lock:
            self._line.record.refresh()
        judge = self._attempts.judge
        for planned in self._feed.due(self._plan, self._wanted, judge, at_work=self._at_work()):
            item = planned.item.id
            generation = self._engine.generation(item) + 1
            fed |= self._engine.enqueue(Job(item, planned.lane, planned.rank, generation))
        return fed

    def _at_work(self) -> frozenset[str]:
        """Return the items that are queued or run."""
        jobs = self._engine.active()
        return frozenset(job.removeprefix("item:").rpartition(":g")[0] for job in jobs)

    def _busy(self) -> frozenset[str]:
        """Return the items that are queued, run, or whose end is being taken in."""
        at_work = self._at_work()  # first: what is at work no more is taken in by then
        return at_work.union(tuple(self._settling))

    def _wanted(self, row: PlannedItem) -> bool:
        options = self._options
        named = options.item is None or row.item.id == options.item
        wanted = named and (options.lane is None or row.lane == options.lane)
        known = self._line.settings.lane(row.lane) is not None and row.duplicate_of is None
        return wanted and known and row.item.id not in self._stuck

    def _pause(self, why: str) -> None:
        if why != self._paused:
            self._paused = why
            self._say("run.paused", {"reason": why})

    def _tell_stuck(self) -> None:
        """Say once of each item that cannot start why, for the other lanes may work on for long."""
        for item, error in list(self._stuck.items())[self._told :]:
            self._told += 1
            reason = f"{item} is left alone in this run: {error.problem}"
            data = {"reason": reason, "item": item, "problem": error.problem, "fix": error.fix}
            self._say("run.paused", data)

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
        if running is not None and self._feed.stopped:
            cancel_session(self._line, running.session, by="df run")
        return running

    def _settle(self, planned: PlannedItem, running: Running) -> None:
        self._permits.release(planned.item.id)
        self._attempts.settle(planned, running.session)
        self._land()

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
            self._pause(f"{error.problem}; {error.fix}")

    def _planned(self, item: str) -> PlannedItem | None:
        return next((row for row in self._plan.items if row.item.id == item), None)

    def _say(self, type_: str, data: dict[str, Any]) -> None:
        with self._line.lock:
            self._line.record.writer("run").write(type_, data, durable=True)

    def _finish(self) -> Summary:
        with self._line.lock:
            self._line.record.refresh()
            summary = summarise(self._line)
        self._say("run.finished", asdict(summary))
        self._relay()
        return summary
