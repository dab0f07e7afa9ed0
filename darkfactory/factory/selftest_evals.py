"""Try the graders of scenarios on what is kept with them: no agent, no model."""

from collections.abc import Iterator
from pathlib import Path

from darkfactory.config.cache import cached_settings
from darkfactory.config.problems import LanesMissing
from darkfactory.domain.event import Event, event_of
from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.evals.result import CheckResult
from darkfactory.evals.scenario import Answer, Scenario
from darkfactory.evals.selftest import Problem, Trial, problems_of
from darkfactory.evals.suite import load_suite, suite_folders
from darkfactory.events.lines import decode_line
from darkfactory.factory.eval_grading import Grader
from darkfactory.factory.eval_lab import Lab, PatchFails, held
from darkfactory.factory.line import LANES_FILE
from darkfactory.factory.state_folder import check_writable, make_state_folder, state_of
from darkfactory.workspaces.base import exclude_state_folder


def selftest(root: Path, skill: str | None = None) -> list[Problem]:
    """Return what is wrong with the graders of the suites of the repository at *root*.

    Raises:
        UsageError: If a suite is wrong.
        HarnessNotConfinable: If a command of a check would have to run without a fence.
        EvalsRunning: If another command works in the evals.
    """
    state = state_of(root)
    suites = [load_suite(folder) for folder in suite_folders(root, skill)]
    make_state_folder(state)
    check_writable(state)
    exclude_state_folder(root)
    lab = Lab(state, _settings(state))
    with held(state):
        return [found for suite in suites for one in suite.scenarios for found in _tried(lab, one)]


def _settings(state: StateFolder) -> Settings:
    """Return lanes.yaml, or what graders need where there is none."""
    try:
        return cached_settings(state.repository / LANES_FILE, state.settings)
    except LanesMissing:
        return Settings(HarnessSettings("true"), lanes=(), agents={})


def _tried(lab: Lab, scenario: Scenario) -> Iterator[Problem]:
    begin = lab.begin_of(scenario)
    empty = _marks(lab, scenario, begin, begin, None)
    reference = solved = None
    if scenario.reference is not None:
        solved, reference = _trial(lab, scenario, scenario.reference, begin, None)
    known = scenario.reference.events if scenario.reference else None
    mutants = [_trial(lab, scenario, one, begin, solved, known)[1] for one in scenario.mutants]
    yield from problems_of(scenario, empty, reference, mutants)


def _trial(
    lab: Lab,
    scenario: Scenario,
    answer: Answer,
    begin: str,
    solved: str | None,
    known: Path | None = None,
) -> tuple[str | None, Trial]:
    """Return the commit of *answer* and how it did.

    Args:
        solved: The commit of the reference: a patch that does not fit the workspace is one of it.
        known: The events of the reference, for a mutant that has none of its own.
    """
    try:
        head = _patched(lab, answer, begin, solved)
    except PatchFails as error:
        return None, Trial(answer, {}, error.problem)
    return head, Trial(answer, _marks(lab, scenario, begin, head, answer.events or known))


def _patched(lab: Lab, answer: Answer, begin: str, solved: str | None) -> str:
    if answer.patch is None:
        return solved or begin
    try:
        return lab.patched(begin, answer.patch)
    except PatchFails:
        if solved is None:
            raise
        return lab.patched(solved, answer.patch)


def _marks(
    lab: Lab, scenario: Scenario, begin: str, head: str, events: Path | None
) -> dict[str, CheckResult]:
    told = list(_events(events)) if events else []
    return {mark.id: mark for mark in Grader(lab).grade(scenario, begin, head, told)}


def _events(path: Path) -> Iterator[Event]:
    for line in path.read_bytes().splitlines():
        event = event_of(decode_line(line))
        if event is not None:
            yield event
