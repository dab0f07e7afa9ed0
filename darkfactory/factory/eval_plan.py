"""What a run of evals has to do: its cells, what decides their results, what is known already."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.agents.registry import adapter
from darkfactory.domain.settings import AgentKind, AgentSettings
from darkfactory.errors import UnknownAgent, UsageError, did_you_mean
from darkfactory.evals.condition import parse_condition
from darkfactory.evals.judges import judged_checks
from darkfactory.evals.matrix import Cell, matrix
from darkfactory.evals.result import FILE, CellResult
from darkfactory.evals.result_lines import read_results
from darkfactory.evals.scenario import Scenario
from darkfactory.evals.suite import Suite
from darkfactory.factory.eval_arms import Arms, folder_digest
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_servers import check_servers
from darkfactory.factory.eval_session import Task
from darkfactory.files import read_json, write_json
from darkfactory.sessions.prepare import find_program, program_version, read_script

RUN = "run.json"
_CELLS = "cells"
_FORM = 1
_GRADING = 2
"""Rises when a result holds more than before: old sessions are then graded again."""
_SEED_BITS = 32


class UnknownScenario(UsageError):
    """A name that no scenario of the suite has."""

    code = "evals.scenario"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no scenario {name!r}",
            fix=f"{did_you_mean(name, known)}use one of: {', '.join(known)}",
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks of a run; empty means: as the suite says."""

    scenarios: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    repeats: int | None = None
    seed: int | None = None
    old: str | None = None
    unconfined: bool = False
    fresh: str = ""
    """Results of a run without this word, or with another, are not known."""
    judge: str = ""
    """Which agent is asked what only a model can judge; empty: nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """One cell with its task; *key* is the hash of all that decides its result."""

    cell: Cell
    task: Task
    key: str


@dataclass(frozen=True)
class EvalRun:
    """A planned run: *folder* holds its results, *jobs* are in the order to do them.

    *judge* is who is asked what only a model can judge, None: nobody.
    """

    suite: Suite
    folder: Path
    seed: int
    jobs: tuple[Job, ...]
    arms: Arms
    judge: AgentSettings | None = None

    @property
    def results(self) -> Path:
        """The file with a line for each cell."""
        return self.folder / FILE

    @property
    def unjudged(self) -> int:
        """How many checks of its scenarios only a model could judge, and nobody is asked."""
        scenarios = {job.cell.scenario.id: job.cell.scenario for job in self.jobs}
        checks = [check for one in scenarios.values() for check in judged_checks(one)]
        return 0 if self.judge else len(checks)

    def done(self) -> dict[tuple[str, str, str, int], CellResult]:
        """Return what is recorded, by cell; the last word on a cell counts."""
        return {one.place: one for one in read_file(self.results)}

    def open(self) -> list[Job]:
        """Return the jobs without a result that proves something."""
        done = self.done()
        return [
            job
            for job in self.jobs
            if job.cell.place not in done or not done[job.cell.place].proves
        ]


def plan_run(lab: Lab, suite: Suite, wish: Wish) -> EvalRun:
    """Return the run that *wish* asks for; the same plan is the same run, which goes on.

    Raises:
        UsageError: If something that is named is not there.
        AgentMissing: If an agent's program is not installed.
        ServerMissing: If what starts a server is not installed.
    """
    arms = Arms(lab, suite, wish.old)
    agents = _agents(lab, suite, wish)
    conditions = [parse_condition(name) for name in wish.conditions] or list(suite.conditions)
    check_servers(suite, conditions)
    scenarios = _scenarios(suite, wish)
    identities = {agent.name: identity(lab, agent) for agent in agents}
    judge = _agent(lab, wish.judge) if wish.judge else None
    judged = [judge.name, identity(lab, judge)] if judge else []
    begins = {one.id: lab.begin_of(one) for one in scenarios}
    grading = {one.id: _grading(one) for one in scenarios}
    by_name = {agent.name: agent for agent in agents}

    def job(cell: Cell) -> Job:
        scenario = cell.scenario
        arm = arms.of(cell.condition, scenario, by_name[cell.agent].kind)
        decides = [
            *(_FORM, scenario.id, scenario.prompt, begins[scenario.id], str(scenario.limits)),
            *(arm.digest, identities[cell.agent], cell.repeat),
            *(["query"] if scenario.loads is not None else []),
            *filter(None, [wish.fresh]),
        ]
        # Two agents or conditions that are alike are still tried each by itself.
        key = _hash([*decides, cell.condition.name, cell.agent])
        task = Task(scenario, arm, by_name[cell.agent], begins[scenario.id], key)
        asked = judged if judged_checks(scenario) else []
        return Job(cell, task, _hash([key, grading[scenario.id], *arms.rules, *asked]))

    repeats = wish.repeats or suite.repeats
    ordered = matrix(scenarios, conditions, list(by_name), repeats, seed=0)
    jobs = {one.cell.place: one for one in map(job, ordered)}
    name = f"{suite.skill}-{_hash(sorted(one.key for one in jobs.values()))[:10]}"
    folder = lab.home.evals / name
    seed = _seed(folder, wish, len(jobs))
    ordered = matrix(scenarios, conditions, list(by_name), repeats, seed=seed)
    return EvalRun(suite, folder, seed, tuple(_placed(jobs, cell) for cell in ordered), arms, judge)


def read_file(path: Path) -> list[CellResult]:
    """Return the results in the file at *path*, none where there is no file.

    Raises:
        ResultsInvalid: If a line of it is none.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return list(read_results(text, path.name))


def cached(lab: Lab, key: str) -> CellResult | None:
    """Return the result that an earlier run had for the very same cell, or None."""
    path = lab.home.evals / _CELLS / f"{key}.json"
    found = read_file(path)
    return found[-1] if found else None


def cache_path(lab: Lab, key: str) -> Path:
    """Return where the result of a cell is kept for later runs."""
    return lab.home.evals / _CELLS / f"{key}.json"


def identity(lab: Lab, agent: AgentSettings) -> Mapping[str, Any]:
    """Return what of *agent* decides what it does; no secret, no address.

    Raises:
        AgentMissing: If its program is not installed.
    """
    program = find_program(agent, adapter(agent.kind), os.environ)
    script = read_script(agent, os.fspath(lab.home.repository))
    is_mock = agent.kind is AgentKind.MOCK
    return {
        "kind": agent.kind,
        "model": agent.model,
        "version": program_version(agent.kind, program),
        "args": list(agent.args),
        "command": None if is_mock else [os.path.basename(program[0]), *program[1:]],
        "script": script,
    }


def _placed(jobs: Mapping[tuple[str, str, str, int], Job], cell: Cell) -> Job:
    job = jobs[cell.place]
    return Job(cell, job.task, job.key)


def _agents(lab: Lab, suite: Suite, wish: Wish) -> list[AgentSettings]:
    names = wish.agents or suite.agents or tuple(lab.own.agents)
    return [_agent(lab, name) for name in dict.fromkeys(names)]


def _agent(lab: Lab, name: str) -> AgentSettings:
    known = lab.own.agents
    if name not in known:
        raise UnknownAgent(name, list(known))
    return known[name]


def _scenarios(suite: Suite, wish: Wish) -> list[Scenario]:
    known = {one.id: one for one in suite.scenarios}
    for name in wish.scenarios:
        if name not in known:
            raise UnknownScenario(name, list(known))
    return [known[name] for name in wish.scenarios or known]


def _grading(scenario: Scenario) -> str:
    """Return a hash of all that decides how work on *scenario* is graded."""
    hidden = folder_digest(scenario.hidden) if scenario.hidden.is_dir() else ""
    return _hash([_GRADING, str(scenario.checks), sorted(scenario.rules), hidden, scenario.loads])


def _seed(folder: Path, wish: Wish, cells: int) -> int:
    """Return the seed of the order; the first call of a run chooses it and writes it down."""
    known = read_json(folder / RUN)
    if isinstance(known, dict) and isinstance(known.get("seed"), int):
        return int(known["seed"])
    seed = int.from_bytes(os.urandom(_SEED_BITS // 8)) if wish.seed is None else wish.seed
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(folder / RUN, {"version": 1, "seed": seed, "cells": cells}, durable=True)
    return seed


def _hash(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
