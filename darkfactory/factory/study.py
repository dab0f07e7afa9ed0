"""A study: the suites of a repository, opened for one command, and the runs that it asks for."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.config.cache import cached_settings
from darkfactory.domain.settings import AgentKind
from darkfactory.evals.judges import judged_checks, votes_of
from darkfactory.evals.reliability import estimate
from darkfactory.evals.result import CellResult
from darkfactory.evals.suite import Suite, load_suite, suite_folders
from darkfactory.factory.eval_lab import Lab, held
from darkfactory.factory.eval_plan import EvalRun, Job, Wish, cached, plan_run, read_file
from darkfactory.factory.eval_results import runs_of
from darkfactory.factory.eval_session import was_done
from darkfactory.factory.host_room import check_disk
from darkfactory.factory.line import LANES_FILE
from darkfactory.factory.run_evals import OnResult, Progress, run_cells
from darkfactory.factory.state_folder import check_writable, make_state_folder, state_of
from darkfactory.gate.testing import UNCONFINED
from darkfactory.sessions.start import DIRECT, host_starter
from darkfactory.workspaces.base import exclude_state_folder

_LOOKED_BACK = 5
"""How many earlier runs tell what a cell takes."""


@dataclass(frozen=True)
class Study:
    """The runs of one command, in one laboratory."""

    lab: Lab
    runs: Sequence[EvalRun]

    def outlook(self, run: EvalRun) -> dict[str, Any]:
        """Return what is ahead of *run*: its cells, those known, what the rest may take.

        The estimate is what cells of each agent took on average, in this run and the last others of
        the skill, for each that needs a session; None where one of these agents is not known.
        """
        done = [one for one in (*run.done().values(), *self._before(run)) if one.proves]
        ahead = run.open()
        fresh = [job for job in ahead if cached(self.lab, job.key) is None]
        real = [job for job in fresh if job.task.agent.kind is not AgentKind.MOCK]
        priced = [job for job in real if not was_done(self.lab, job.task)]
        agents = [job.cell.agent for job in priced]
        tokens = estimate(agents, ((one.agent, sum(one.tokens.values()) or None) for one in done))
        cost = estimate(agents, ((one.agent, one.cost_usd) for one in done))
        return {
            "skill": run.suite.skill,
            "run": run.folder.name,
            "seed": run.seed,
            "cells": len(run.jobs),
            "known": len(run.jobs) - len(fresh),
            "open": len(fresh),
            "priced": len(priced),
            "scenarios": len({job.cell.scenario.id for job in run.jobs}),
            "conditions": list(dict.fromkeys(sorted(job.cell.condition.name for job in run.jobs))),
            "agents": list(dict.fromkeys(sorted(job.cell.agent for job in run.jobs))),
            "judge_sessions": _judge_sessions(run, fresh),
            "tokens": None if tokens is None else round(tokens),
            "cost_usd": None if cost is None else round(cost, 4),
            "notes": list(_notes(run)),
        }

    def _before(self, run: EvalRun) -> Iterator[CellResult]:
        """Yield the cells of the last other runs of the skill of *run*."""
        for file in runs_of(self.lab.home.repository, run.suite.skill)[: _LOOKED_BACK + 1]:
            if file != run.results:
                yield from read_file(file)

    def run(self, run: EvalRun, *, at_once: int, unconfined: bool, tell: OnResult) -> Progress:
        """Do what of *run* is open; see :func:`darkfactory.factory.run_evals.run_cells`."""
        check_disk(self.lab.home.root)
        if unconfined:
            os.environ[UNCONFINED] = "1"
        with host_starter(direct=os.environ.get(DIRECT) == "1") as start:
            return run_cells(
                self.lab, run, start=start, at_once=at_once, unconfined=unconfined, tell=tell
            )


def _judge_sessions(run: EvalRun, jobs: Sequence[Job]) -> int:
    """Return how many sessions judging *jobs* takes at the most, of those that cost something."""
    if run.judge is None or run.judge.kind is AgentKind.MOCK:
        return 0
    checks = [check for job in jobs for check in judged_checks(job.cell.scenario)]
    return sum(map(votes_of, checks))


@contextmanager
def open_study(
    root: Path, skill: str | None, wish: Wish | Callable[[Lab, Suite], Wish]
) -> Iterator[Study]:
    """Give the runs that *wish* asks for of the repository at *root*; nobody else works in them.

    Args:
        wish: What is asked for, or what makes it for a suite.

    Raises:
        EvalsRunning: If another command does.
        UsageError: If a suite, lanes.yaml or *wish* is wrong.
        NotReady: If the surroundings are not ready.
    """
    state = state_of(root)
    settings = cached_settings(root / LANES_FILE, state.settings)
    suites = [load_suite(folder) for folder in suite_folders(root, skill)]
    if isinstance(wish, Wish) and wish.scenarios and len(suites) > 1:
        suites = _with_scenarios(suites, wish.scenarios)
    make_state_folder(state)
    check_writable(state)
    exclude_state_folder(root)
    lab = Lab(state, settings)
    with held(state):
        asked = [wish if isinstance(wish, Wish) else wish(lab, suite) for suite in suites]
        yield Study(lab, [plan_run(lab, *pair) for pair in zip(suites, asked, strict=True)])


def _notes(run: EvalRun) -> Iterator[str]:
    if not run.suite.mcp:
        names = dict.fromkeys(job.cell.condition.name for job in run.jobs if job.cell.condition.mcp)
        if names:
            told = ", ".join(sorted(names))
            yield f"{run.suite.skill}: suite.yaml names no server, so mcp adds nothing to {told}"


def _with_scenarios(suites: Sequence[Suite], names: Sequence[str]) -> list[Suite]:
    """Return the suites that hold all of the scenarios *names*; the first one if none does."""
    wanted = set(names)
    found = [suite for suite in suites if wanted <= {one.id for one in suite.scenarios}]
    return found or [suites[0]]
