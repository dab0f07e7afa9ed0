"""Check what an agent makes while it works: in a clone, now and then, told in its own log.

Claims are held against this and nothing else, and what gets worse is seen before the budget is
spent. The agent's workspace is only read. A tree that was checked is not checked again at the gate.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from darkfactory.clock import timestamp
from darkfactory.domain.change import HarnessResult
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.errors import FactoryError
from darkfactory.events.stream import Stream
from darkfactory.factory.beside_sessions import BesideSessions
from darkfactory.factory.line import Line
from darkfactory.harness.run import RunStopped
from darkfactory.harness.wanted import Wanted
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.refs import RefUpdate

LOOKED_AT = "refs/df/look/"
"""Where the trees lie that are checked while their agents work."""

_LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 5.0
_SHARE = 4
_LONGEST_SECONDS = 60.0
_NEWS = frozenset({"tool.finished", "file.changed"})


class EarlyChecks:
    """The checks of one run: one at a time, whatever the number of sessions."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._beside = BesideSessions(line, "early", at_once=1, wanted=Wanted.EARLY)

    @asynccontextmanager
    async def of(self, session: str, lane: Lane) -> AsyncIterator[None]:
        """Check the tree of *session* meanwhile, as often as its check is quick."""
        if not self._beside.has_begun:
            _forget_looks(self._line)
        command = self._command(lane)
        if command is None:
            yield
            return
        async with self._beside.watching(self._watch(session, command)):
            yield

    def stop(self) -> None:
        """End what runs and begin nothing more."""
        self._beside.stop()
        if self._beside.has_begun:
            _forget_looks(self._line)

    def _command(self, lane: Lane) -> str | None:
        """Return the check for *lane*, None where nothing changes or every check takes long."""
        if lane.autonomy is Autonomy.OBSERVE:
            return None
        settings = self._line.settings.harness
        if settings.quick:
            return settings.quick
        base = self._line.hub.ref(self._line.hub.base_ref)
        known = self._beside.tester.known(base, lane) if base else None
        is_quick = known is not None and known.seconds <= _LONGEST_SECONDS
        return (lane.harness or settings.command) if is_quick else None

    async def _watch(self, session: str, command: str) -> None:
        loop, watched = (
            asyncio.get_running_loop(),
            _Watched(self._line, self._beside, session, command),
        )
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if watched.is_due(loop.time()):
                seconds = await self._beside.run(watched.check)
                watched.rest(loop.time() + max(_PAUSE_SECONDS, _SHARE * seconds))


class _Watched:
    """One session, as far as its log was read."""

    def __init__(self, line: Line, beside: BesideSessions, session: str, command: str) -> None:
        self._line = line
        self._beside = beside
        self._tester = beside.tester
        self._session = session
        self._command = command
        self._log = Stream(line.state.streams, f"s/{session}")
        self._position = self._log.end()
        self._next = 0.0
        self._changed = False
        self._spoke = False
        self._base = ""
        self._tree: str | None = None
        self._failed: Mapping[str, object] | None = None

    def is_due(self, now: float) -> bool:
        """Tell whether the agent may have changed something, and enough time has passed."""
        if not self._next:
            self._next = now + _PAUSE_SECONDS
        for behind, event in self._log.read(self._position):
            self._position = behind
            self._changed = self._changed or event.type in _NEWS
            self._spoke = self._spoke or event.type == "message"
        return self._changed and now >= self._next

    def rest(self, until: float) -> None:
        """Leave the session alone *until* then."""
        self._next = until

    def check(self) -> float:
        """Check the tree if it is another one; return how many seconds that took."""
        self._changed = False
        taken = timestamp(self._line.clock.now())
        try:
            head = self._snapshot()
            if head is None:
                self._say_again(taken)
                return 0.0
            result = self._tester.run(head, self._command)
            self._say(result, self._tester.run(self._base, self._command), taken)
        except RunStopped:
            return 0.0
        except (FactoryError, OSError) as error:
            self._write("warning", {"text": f"its tree could not be checked: {error}"})
            return _LONGEST_SECONDS
        return result.seconds

    def _snapshot(self) -> str | None:
        """Return a commit of the workspace as it is now, None where its tree is known."""
        hub, line = self._line.hub, self._line
        workspace = line.agents_pool.find(self._session)
        if workspace is None:
            self._failed = None
            return None
        ref, when = LOOKED_AT + self._session, int(line.clock.now())
        found = collect(hub, workspace, ref=ref, message="As it was looked at", when=when)
        self._base = workspace.base
        head = found.head or workspace.base
        tree = hub.tree(head)
        if tree == (self._tree or workspace.tree):
            return None
        self._tree = tree
        return head

    def _say(self, result: HarnessResult, base: HarnessResult, taken: str) -> None:
        told = {**checked_data(result, base), "taken": taken}
        self._failed = told if result.result == "fail" else None
        self._spoke = False
        self._write("harness.finished", told)

    def _say_again(self, taken: str) -> None:
        """Tell that the tree which failed is still there, where words may need it to be judged."""
        if self._failed is not None and self._spoke:
            self._spoke = False
            self._write("harness.finished", {**self._failed, "taken": taken, "again": True})

    def _write(self, type_: str, data: Mapping[str, object]) -> None:
        self._beside.tell(self._session, type_, data, durable=False)


def checked_data(result: HarnessResult, base: HarnessResult) -> dict[str, object]:
    """Return the data of ``harness.finished`` for a tree that an agent works on."""
    new = result.new_failures(base)
    return {
        "tree": result.tree,
        "result": result.result,
        "passed": result.passed,
        "failed": result.failed,
        "failing": list(result.failing),
        "seconds": round(result.seconds, 3),
        "where": "workspace",
        "base": base.result,
        "new_failing": None if new is None else list(new),
    }


def _forget_looks(line: Line) -> None:
    """Delete the refs of trees that were looked at: whoever looked is gone."""
    found = line.hub.refs(LOOKED_AT)
    line.hub.update_refs([RefUpdate(name, None, old) for name, old in found.items()])
