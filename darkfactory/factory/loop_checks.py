"""Measure what the turns of a loop are worth: in a clone, told in the session's own log.

The host waits for it between two turns. The agent's workspace is only read, and each state that was
measured is kept under a ref of its own, so that the best can be offered.
"""

import asyncio
import math
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.lane import Loop
from darkfactory.errors import DiskFull, FactoryError
from darkfactory.events.stream import Stream
from darkfactory.factory.beside_sessions import BesideSessions
from darkfactory.factory.early_checks import checked_data
from darkfactory.factory.line import Line
from darkfactory.harness.run import RunStopped
from darkfactory.harness.wanted import Wanted
from darkfactory.sessions.loop import CHECKPOINT, Checkpoint, LoopStory, checkpoint_data
from darkfactory.sessions.spec import SessionSpec, load_spec
from darkfactory.workspaces.collect import collect

MEASURED = "refs/df/loop/"
"""Where the states lie that were measured, by session and number."""

_LOOK_SECONDS = 0.25
_REST_SECONDS = 10.0
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]*\d)")


class LoopChecks:
    """The measurements of one run."""

    def __init__(self, line: Line) -> None:
        self._line = line
        runners = max(1, line.settings.gate.runners)
        self._beside = BesideSessions(line, "loop", at_once=runners, wanted=Wanted.NOW)

    @asynccontextmanager
    async def of(self, session: str) -> AsyncIterator[None]:
        """Measure the tree of *session* whenever its loop asks for it, if it has one."""
        spec = load_spec(os.fspath(self._line.state.session(session)))
        if spec is None or spec.loop is None:
            yield
            return
        watched = _Measured(self._line, self._beside, spec, Loop(**spec.loop))
        async with self._beside.watching(self._watch(watched)):
            yield

    def stop(self) -> None:
        """End what runs and begin nothing more; the next run measures it."""
        self._beside.stop()

    async def _watch(self, watched: "_Measured") -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if watched.is_due() and not await self._beside.run(watched.measure):
                await asyncio.sleep(_REST_SECONDS)


class _Measured:
    """The loop of one session, as far as its log was read."""

    def __init__(self, line: Line, beside: BesideSessions, spec: SessionSpec, loop: Loop) -> None:
        self._line = line
        self._beside = beside
        self._tester = beside.tester
        self._session = spec.session
        self._story = LoopStory(loop)
        lane = line.settings.lane(spec.lane)
        self._harness = (lane and lane.harness) or line.settings.harness.command
        self._log = Stream(line.state.streams, f"s/{spec.session}")
        self._position = 0

    def is_due(self) -> bool:
        """Tell whether the loop waits for a measurement."""
        for behind, event in self._log.read(self._position):
            self._position = behind
            self._story.tell(event)
        return self._story.check_is_due

    def measure(self) -> bool:
        """Measure the tree as it is now and tell it; return whether that could be told.

        What cannot be measured is no reward, and said.
        """
        try:
            made = self._measured()
        except (RunStopped, DiskFull):
            return False  # whoever comes next does it
        except (FactoryError, OSError) as error:
            problem = f"the tree could not be measured: {error}"
            made = self._story.weigh(None, None, ref="", tree="", problem=problem)
        try:
            self._write(CHECKPOINT, checkpoint_data(made))
        except DiskFull:
            return False
        return True

    def _measured(self) -> Checkpoint:
        hub, line, loop = self._line.hub, self._line, self._story.loop
        workspace = line.agents_pool.find(self._session)
        if workspace is None:
            return self._story.weigh(None, None, ref="", tree="", problem="it has no workspace")
        ref = f"{MEASURED}{self._session}/{self._story.number}"
        when = int(line.clock.now())
        found = collect(hub, workspace, ref=ref, message="As it was measured", when=when)
        command = loop.command or self._harness
        result = self._tester.run(found.head or workspace.base, command)
        base = self._tester.run(workspace.base, command)
        if loop.command is None:
            self._write("harness.finished", checked_data(result, base))
        value, problem = value_of(loop, result)
        return self._story.weigh(
            value,
            value_of(loop, base)[0],
            ref=ref if found.head else "",
            tree=result.tree,
            problem=problem,
        )

    def _write(self, type_: str, data: Mapping[str, object]) -> None:
        self._beside.tell(self._session, type_, data, durable=True)


def value_of(loop: Loop, result: HarnessResult) -> tuple[float | None, str]:
    """Return the value that *result* tells, and why it tells none where it does not."""
    if loop.command is None:
        return _failing(result)
    if not result.green:
        how = result.note or f"exit status {result.exit_code}"
        return None, f"`{loop.command}` failed: {how}"
    lines = result.output.strip().splitlines()
    numbers = _NUMBER.findall(lines[-1]) if lines else []
    value = float(numbers[-1]) if numbers else math.nan
    if not math.isfinite(value):
        return None, f"`{loop.command}` printed no number in its last line"
    return value, ""


def _failing(result: HarnessResult) -> tuple[float | None, str]:
    if result.green:
        return 0.0, ""
    count = result.failed or len(result.failing)
    if result.result is HarnessVerdict.FAIL and count:
        return float(count), ""
    why = result.note or "its output does not tell how many tests fail"
    return None, f"the harness gave no count: {why}"
