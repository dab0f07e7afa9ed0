"""Run the harness on a commit of the hub, in a workspace that no agent ever touched."""

import copy
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from darkfactory.clock import Clock, SystemClock
from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.gitio import GitFailed
from darkfactory.harness.cache import CacheKey, HarnessCache
from darkfactory.harness.check import Place, check_tree, key_of
from darkfactory.harness.run import RunStopped, Stopped, never
from darkfactory.harness.wanted import Wanted, is_to_wait
from darkfactory.processes.bounds import HostFences
from darkfactory.processes.fence import fence
from darkfactory.sessions.confine import harness_bounds
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.scratch import ranks_going, scratch_folder, sweep_scratch
from darkfactory.workspaces.written import refusal_of

UNCONFINED = "DARKFACTORY_UNCONFINED"
_LOOK_SECONDS = 0.2


class HarnessNotConfinable(NotReady):
    """The harness runs what agents wrote, and nothing here can fence it in."""

    code = "harness.confinement"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(
            f"the harness cannot be confined on this host: {'; '.join(missing)}",
            fix=f"`df doctor` says what to install; {UNCONFINED}=1 accepts it as it is",
        )


@dataclass(slots=True)
class HarnessTester:
    """Tests commits of one hub; a tree that was tested before costs nothing.

    At most ``gate.runners`` of lanes.yaml run at once in one process. What is not *wanted* now
    begins only while fewer than these go on, in any process, for which somebody waits more.
    """

    state: StateFolder
    settings: Settings
    hub: Hub
    host: HostFences
    clock: Clock = field(default_factory=SystemClock)
    unconfined: bool = field(default_factory=lambda: os.environ.get(UNCONFINED) == "1")
    _slots: threading.BoundedSemaphore = field(init=False)
    _stopped: threading.Event = field(default_factory=threading.Event)
    unwanted: Stopped = never
    again: bool = False
    wanted: Wanted = Wanted.NOW

    def __post_init__(self) -> None:
        self._slots = threading.BoundedSemaphore(max(1, self.settings.gate.runners))

    def until(self, unwanted: Stopped, *, again: bool = False) -> "HarnessTester":
        """Return this tester with runs that are killed once *unwanted* says yes.

        Args:
            again: Run whatever is asked for, known or not; the newer result is kept.
        """
        other = copy.copy(self)  # it shares the slots
        other.unwanted, other.again = unwanted, again
        return other

    def for_whom(self, wanted: Wanted) -> "HarnessTester":
        """Return this tester with runs that are *wanted* so."""
        other = copy.copy(self)
        other.wanted = wanted
        return other

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        """Return what the harness says of the tree of *commit*.

        Raises:
            HarnessNotConfinable: If this host cannot confine it and nobody accepted that.
            RunStopped: If :meth:`stop` was called meanwhile.
            DiskFull: If its output cannot be stored.
        """
        return self.run(commit, (lane and lane.harness) or self.settings.harness.command)

    def run(self, commit: str, command: str) -> HarnessResult:
        """Return what *command* says of the tree of *commit*; see :meth:`__call__`."""
        key = self._key(commit, command)
        cache = self._cache()
        known = None if self.again else cache.get(key)
        if known is not None:
            return known
        self._wait_for_turn(command)
        try:
            result, _ = check_tree(
                key,
                command,
                place=lambda: self._tree(commit),
                settings=self.settings.harness,
                fence=self._fenced,
                cache=cache,
                clock=self.clock,
                stopped=self._is_over,
                again=self.again,
            )
        except GitFailed:
            # Nobody else is to wait for a tree that git will never lay out; other failures pass.
            why = refusal_of(self.hub, commit, folder=self.state.root)
            if not why:
                raise
            return HarnessResult(self.hub.tree(commit), HarnessVerdict.ERROR, note=why)
        return result

    def stop(self) -> None:
        """Kill what runs and let nothing more run: whoever wanted it goes away."""
        self._stopped.set()

    def known(self, commit: str, lane: Lane | None) -> HarnessResult | None:
        """Return what the harness has said of the tree of *commit*, None if it never ran there."""
        command = (lane and lane.harness) or self.settings.harness.command
        return self._cache().get(self._key(commit, command))

    def _is_over(self) -> bool:
        return self._stopped.is_set() or self.unwanted()

    def _wait_for_turn(self, command: str) -> None:
        """Return once this run may begin; nobody else waits for what it holds meanwhile."""
        runners = max(1, self.settings.gate.runners)
        while is_to_wait(self.wanted, ranks_going(self.state), runners):
            if self._is_over():
                raise RunStopped(command)
            self._stopped.wait(_LOOK_SECONDS)

    def _cache(self) -> HarnessCache:
        return HarnessCache(self.state.root / "harness")

    def _key(self, commit: str, command: str) -> CacheKey:
        nowhere = Place("", "", "")
        return key_of(self.hub.tree(commit), command, self.settings.harness, nowhere)

    def _fenced(self, argv: Sequence[str], place: Place) -> Sequence[str]:
        bounds = harness_bounds(
            place.folder, place.home, place.temp, state=self.state, settings=self.settings
        )
        fenced = fence(argv, bounds, host=self.host, inner_sandbox=False)
        if fenced.missing and not self.unconfined:
            raise HarnessNotConfinable(fenced.missing)
        return fenced.argv

    @contextmanager
    def _tree(self, commit: str) -> Iterator[Place]:
        """Check *commit* out into a slot of the gate's own pool, with a fresh private home.

        Waits until fewer than ``gate.runners`` are open.
        """
        with self._slots:
            yield from self._checked_out(commit)

    def _checked_out(self, commit: str) -> Iterator[Place]:
        pool = Pool(self.state, "gate", self.hub, keep=self.settings.workspace.keep)
        sweep_scratch(self.state, pool)
        with scratch_folder(self.state, rank=self.wanted) as folder:
            home, temp = folder / "home", folder / "tmp"
            home.mkdir(0o700)
            temp.mkdir(0o700)
            workspace = pool.lease(folder.name, commit)
            try:
                yield Place(os.fspath(workspace.path), os.fspath(home), os.fspath(temp))
            finally:
                pool.release(folder.name, kept=True)
