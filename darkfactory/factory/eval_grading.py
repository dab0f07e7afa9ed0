"""Hold what a session did and left against the checks of its scenario.

Commands of checks run what an agent wrote, so they run where the harness runs such things: in a
workspace that no agent has touched, in the harness's fence. The hidden part is put there only then.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from darkfactory.clock import SystemClock
from darkfactory.domain.event import Event
from darkfactory.evals.result import CheckResult
from darkfactory.evals.scenario import HIDDEN, Scenario
from darkfactory.factory.eval_lab import Lab
from darkfactory.gate.testing import UNCONFINED, HarnessNotConfinable
from darkfactory.harness.check import Place
from darkfactory.harness.run import run_check
from darkfactory.processes.fence import fence
from darkfactory.processes.probe import probe
from darkfactory.sessions.confine import harness_bounds
from darkfactory.sessions.hub_tree import HubTree
from darkfactory.skills.checks import Check, Judged, Trace, judge, trace_of
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.scratch import scratch_folder, sweep_scratch

_RUN_SECONDS = 60.0
_LAST_WORDS = 200
LOADED = "loaded"
"""The one check of a scenario that only asks whether the skill is loaded."""


@dataclass(frozen=True)
class Grader:
    """Grades the work of one laboratory. Safe to use from threads."""

    lab: Lab

    def grade(
        self, scenario: Scenario, begin: str, head: str, events: Sequence[Event]
    ) -> tuple[CheckResult, ...]:
        """Return how each check of *scenario* stands on commit *head*, which began at *begin*.

        A check that only a model can judge is left out.

        Raises:
            HarnessNotConfinable: If a command would have to run without a fence.
            DiskFull: If there is no room to run one.
        """
        trace, tree = trace_of(events), self.tree(begin, head)
        if scenario.loads is not None:
            return (_query_result(wanted=scenario.loads, loaded=scenario.skill in trace.loaded),)
        return tuple(
            self._graded(check, scenario, head, trace, tree)
            for check in scenario.checks
            if check.kind != "judge"
        )

    def tree(self, begin: str, head: str) -> HubTree:
        """Return commit *head*, which began at *begin*, as checks see it."""
        return HubTree(self.lab.hub, begin, head)

    def _graded(
        self, check: Check, scenario: Scenario, head: str, trace: Trace, tree: HubTree
    ) -> CheckResult:
        if check.kind == "run":
            judged = Judged(*self._run(check, scenario, head))
        else:
            judged = judge(check, trace, tree)
        because = "" if judged.passed else judged.because
        told = (check.id, judged.passed, check.weight, check.nn, because)
        return CheckResult(*told, decided=judged.decided)

    def _run(self, check: Check, scenario: Scenario, head: str) -> tuple[bool, str]:
        body = check.body if isinstance(check.body, dict) else {"cmd": check.body}
        seconds = float(body.get("timeout_s", _RUN_SECONDS))
        settings = replace(self.lab.own.harness, timeout_seconds=seconds, env={}, network=False)
        with self._laid_out(scenario, head) as place:
            run = run_check(
                body["cmd"],
                place.folder,
                settings=settings,
                wrap=lambda argv: self._fenced(argv, place),
                home=place.home,
                temp=place.temp,
                output_file=os.path.join(os.path.dirname(place.home), "output"),
                clock=SystemClock(),
            )
        if run.timed_out:
            return False, f"took longer than {seconds:g} s"
        if run.exit_code is None:
            return False, run.problem
        passed = run.exit_code == body.get("exit", 0)
        said = (run.output.strip().splitlines() or [""])[-1][:_LAST_WORDS]
        return passed, f"exit status {run.exit_code}: {said}"

    def _fenced(self, argv: Sequence[str], place: Place) -> Sequence[str]:
        own = replace(self.lab.own, harness=replace(self.lab.own.harness, network=False))
        bounds = harness_bounds(
            place.folder, place.home, place.temp, state=self.lab.state, settings=own
        )
        fenced = fence(argv, bounds, host=probe(), inner_sandbox=False)
        if fenced.missing and os.environ.get(UNCONFINED) != "1":
            raise HarnessNotConfinable(fenced.missing)
        return fenced.argv

    @contextmanager
    def _laid_out(self, scenario: Scenario, head: str) -> Iterator[Place]:
        """Check *head* out with the hidden part beside it; each check has a checkout of its own."""
        pool = Pool(self.lab.state, "gate", self.lab.hub)
        sweep_scratch(self.lab.state, pool)
        with scratch_folder(self.lab.state) as folder:
            home, temp = folder / "home", folder / "tmp"
            home.mkdir(0o700)
            temp.mkdir(0o700)
            workspace = pool.lease(folder.name, head)
            try:
                _put_hidden(scenario.hidden, workspace.path / HIDDEN)
                yield Place(os.fspath(workspace.path), os.fspath(home), os.fspath(temp))
            finally:
                pool.release(folder.name, kept=True)


def _query_result(*, wanted: bool, loaded: bool) -> CheckResult:
    why = "the skill was loaded" if loaded else "the skill was not loaded"
    return CheckResult(LOADED, passed=loaded is wanted, why="" if loaded is wanted else why)


def _put_hidden(source: Path, target: Path) -> None:
    """Copy the hidden part to *target*, whatever an agent has left there."""
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
