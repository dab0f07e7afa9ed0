"""Run the cells of a study: several at once, each recorded the moment it is graded.

Everything is decided from what is on disk, so that a run can be killed at any moment: finished
cells are in the file, sessions that still run are adopted, what was killed is done again.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from darkfactory.clock import seconds_of
from darkfactory.domain.event import Event
from darkfactory.domain.session import Outcome
from darkfactory.errors import DiskFull, FactoryError
from darkfactory.evals.result import GRADED, CellResult, grade
from darkfactory.evals.result_lines import result_line
from darkfactory.factory.eval_grading import Grader
from darkfactory.factory.eval_judges import Judges
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_plan import EvalRun, Job, cache_path, cached
from darkfactory.factory.eval_session import Sessions, Task, trouble_of
from darkfactory.factory.eval_trace import Tried, skill_trace
from darkfactory.factory.eval_tripwire import is_isolated, tripwire
from darkfactory.factory.waiting import gone
from darkfactory.files import is_disk_full, write_atomic
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import SessionEnd, load_end
from darkfactory.sessions.start import StartHost
from darkfactory.sessions.story import Story, read_story

OnResult = Callable[[CellResult, int, int], None]
_LIMITS = frozenset({Outcome.BUDGET, Outcome.TIMED_OUT})
_SILENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run stands: cells that are recorded now, and of those what was known before."""

    results: tuple[CellResult, ...]
    ran: int
    known: int


def run_cells(
    lab: Lab, run: EvalRun, *, start: StartHost, at_once: int, unconfined: bool, tell: OnResult
) -> Progress:
    """Do what of *run* is not done and return all its results.

    Args:
        at_once: How many sessions work at the same time.
        tell: Called with each new result, how many are there, and how many there will be.

    Raises:
        FactoryError: If the surroundings keep cells from being done; the others are done first.
    """
    run.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = _Work(lab, run, start, unconfined=unconfined, tell=tell)
    asyncio.run(work.do(at_once))
    if work.trouble is not None:
        raise work.trouble
    done = run.done()
    results = tuple(done[job.cell.place] for job in run.jobs if job.cell.place in done)
    return Progress(results, work.ran, len(results) - work.ran)


class _Work:
    """One call of :func:`run_cells`."""

    def __init__(
        self, lab: Lab, run: EvalRun, start: StartHost, *, unconfined: bool, tell: OnResult
    ) -> None:
        self.trouble: FactoryError | None = None
        self.ran = 0
        self._lab = lab
        self._run = run
        self._tell = tell
        self._grader = Grader(lab)
        shown = (os.fspath(run.arms.files),) if run.suite.mcp else ()
        self._sessions = Sessions(lab, start, shown, unconfined)
        self._judges = Judges(lab, run.judge, start) if run.judge else None
        self._words = tripwire(lab)
        self._recorded = len(run.jobs) - len(run.open())

    async def do(self, at_once: int) -> None:
        waiting = iter(self._run.open())
        await asyncio.gather(*(self._worker(waiting) for _ in range(at_once)))

    async def _worker(self, waiting: Any) -> None:
        for job in waiting:
            try:
                self._record(await self._result(job))
            except FactoryError as error:
                self.trouble = self.trouble or error
                if isinstance(error, DiskFull):
                    return

    async def _result(self, job: Job) -> CellResult:
        known = cached(self._lab, job.key)
        if known is not None:
            return replace(known, block=job.cell.block, tree=job.task.arm.tree)
        loop = asyncio.get_running_loop()
        session, running = await loop.run_in_executor(None, self._sessions.run, job.task)
        if running is not None:
            await gone(running, stopped_seconds=_SILENCE_SECONDS)
        result = await loop.run_in_executor(None, self._graded, job, session)
        if self._judges is not None:
            result = await self._judges.judge(job.task, result)
        if result.proves:
            await loop.run_in_executor(None, self._keep, job, result)
        return result

    def _keep(self, job: Job, result: CellResult) -> None:
        """Let later runs know *result*."""
        path = cache_path(self._lab, job.key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(path, result_line(result))

    def _graded(self, job: Job, session: str) -> CellResult:
        folder = os.fspath(self._lab.state.session(session))
        end = load_end(folder) or bury(folder)
        self.ran += 1
        log = list(self._lab.stream(session).read())
        trouble = trouble_of(end, [event for _, event in log])
        if end is None or trouble:
            return replace(_bare(job, session), outcome="error", problem=trouble)
        result = self._of_session(job, session, end, log)
        self._lab.put_away(session)
        return result

    def _of_session(
        self, job: Job, session: str, end: SessionEnd, log: Sequence[tuple[int, Event]]
    ) -> CellResult:
        events = [event for _, event in log]
        task, story = job.task, read_story(enumerate(events))
        head = end.head or task.begin
        checks = self._grader.grade(task.scenario, task.begin, head, events)
        completeness, strict = grade(checks)
        isolated = is_isolated(events, self._words, task.scenario)
        outcome = GRADED if end.outcome not in _LIMITS else str(end.outcome)
        loaded = [str(one.data.get("name")) for one in events if one.type == "skill.loaded"]
        return replace(
            _bare(job, session),
            completeness=completeness,
            strict=strict,
            checks=checks,
            outcome=outcome if isolated else "leaked",
            problem="" if isolated else "the session read what is hidden from it",
            model=story.model or task.agent.model,
            version=_version(story),
            isolation_passed=isolated,
            skills_loaded=tuple(dict.fromkeys(loaded)),
            tokens=_tokens(events),
            cost_usd=end.cost_usd or None,
            seconds=_seconds(events),
            turns=story.requests,
            trace=skill_trace(self._tried(task), log, self._grader.tree(task.begin, head)),
        )

    def _tried(self, task: Task) -> Tried:
        named = (check.nn for check in task.scenario.checks if check.nn)
        exercised = frozenset((*task.scenario.rules, *named))
        run, scenario = self._run, task.scenario
        rules = run.arms.rules if scenario.loads is None else ()  # a query ends too early for them
        return Tried(run.suite.skill, rules, task.arm.places, exercised, scenario.prompt)

    def _record(self, result: CellResult) -> None:
        """Append *result* to the file of the run, safe on disk before it is told."""
        line = result_line(result).encode()
        path = os.fspath(self._run.results)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                _append(descriptor, path, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(path) from error
            raise
        self._recorded += result.proves
        self._tell(result, self._recorded, len(self._run.jobs))


def _append(descriptor: int, path: str, line: bytes) -> None:
    """Append *line*; what a killed write has left half is cut off first."""
    size = os.fstat(descriptor).st_size
    with open(path, "rb") as file:
        text = file.read()
    whole = text.rfind(b"\n") + 1
    if whole != size:
        os.truncate(path, whole)
    if os.write(descriptor, line) != len(line):
        os.truncate(path, whole)
        raise DiskFull(path)
    os.fsync(descriptor)


def _bare(job: Job, session: str) -> CellResult:
    cell = job.cell
    return CellResult(
        scenario=cell.scenario.id,
        condition=cell.condition.name,
        agent=cell.agent,
        repeat=cell.repeat,
        session=session,
        skill=session and job.task.scenario.skill,
        key=job.key,
        tree=job.task.arm.tree,
        model_asked=job.task.agent.model,
        kind=cell.scenario.kind,
        expect_fail=cell.scenario.expect_fail_baseline,
        block=cell.block,
    )


def _version(story: Story) -> str | None:
    told = story.began.data.get("version") if story.began else None
    return told if isinstance(told, str) else None


def _tokens(events: Sequence[Event]) -> dict[str, int]:
    sums = dict.fromkeys(("input", "output", "cached"), 0)
    for event in events:
        if event.type == "usage" and event.data.get("scope") == "request":
            for key in sums:
                value = event.data.get(key)
                sums[key] += value if isinstance(value, int) else 0
    return sums


def _seconds(events: Sequence[Event]) -> float | None:
    times = [seconds_of(event.ts) for event in events if isinstance(event.ts, str)]
    return round(times[-1] - times[0], 3) if len(times) > 1 else None
