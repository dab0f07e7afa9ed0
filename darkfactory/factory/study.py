"""A study: the suites of a repository, opened for one command, and the runs that it asks for."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from darkfactory.config.cache import cached_settings
from darkfactory.domain.settings import AgentKind
from darkfactory.evals.judges import judged_checks, votes_of
from darkfactory.evals.suite import Suite, load_suite, suite_folders
from darkfactory.factory.eval_lab import Lab, held
from darkfactory.factory.eval_plan import EvalRun, Job, Wish, cached, plan_run
from darkfactory.factory.host_room import check_disk
from darkfactory.factory.line import LANES_FILE
from darkfactory.factory.run_evals import OnResult, Progress, run_cells
from darkfactory.factory.state_folder import check_writable, make_state_folder, state_of
from darkfactory.gate.testing import UNCONFINED
from darkfactory.sessions.start import DIRECT, host_starter
from darkfactory.workspaces.base import exclude_state_folder


@dataclass(frozen=True)
class Study:
    """The runs of one command, in one laboratory."""

    lab: Lab
    runs: Sequence[EvalRun]

    def outlook(self, run: EvalRun) -> dict[str, Any]:
        """Return what is ahead of *run*: its cells, those known, what the rest may take.

        The estimate is the mean of what is known times what is open; None where nothing is.
        """
        done = [one for one in run.done().values() if one.proves]
        ahead = run.open()
        fresh = [job for job in ahead if cached(self.lab, job.key) is None]
        costs = [one.cost_usd for one in done if one.cost_usd is not None]
        tokens = [sum(one.tokens.values()) for one in done if one.tokens]
        priced = [job for job in fresh if job.task.agent.kind is not AgentKind.MOCK]
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
            "tokens": round(fmean(tokens) * len(priced)) if tokens else None,
            "cost_usd": round(fmean(costs) * len(priced), 4) if costs else None,
        }

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


def _with_scenarios(suites: Sequence[Suite], names: Sequence[str]) -> list[Suite]:
    """Return the suites that hold all of the scenarios *names*; the first one if none does."""
    wanted = set(names)
    found = [suite for suite in suites if wanted <= {one.id for one in suite.scenarios}]
    return found or [suites[0]]
