"""Graders that do not grade are named: a failing reference, a surviving mutant, a vacuous check."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.evals.result import CheckResult
from darkfactory.evals.scenario import Answer, Scenario
from darkfactory.evals.selftest import Problem, Trial, problems_of
from darkfactory.skills.checks import Check

EXISTS = Check("file_exists", "a", "made")
CLEAN = Check("git", {"untouched": ["tests/**"]}, "clean")
NEVER = Check("trace", {"never": "shell"}, "never")
CALLED = Check("trace", {"called": "shell"}, "called")
PATCH = Path("m.patch")


def scenario(*checks: Check, **more: Any) -> Scenario:
    return Scenario("s", Path("s"), "p", checks, **more)


def marks(**passed: bool) -> dict[str, CheckResult]:
    return {name: CheckResult(name, held, why="because") for name, held in passed.items()}


def found(*args: Any) -> list[tuple[str | None, str]]:
    return [(one.check, one.problem) for one in problems_of(*args)]


def trial(answer: Answer | None = None, broken: str = "", **passed: bool) -> Trial:
    return Trial(answer or Answer(PATCH), marks(**passed), broken)


GOOD = trial(made=True, clean=True)


def test_a_suite_that_tells_reference_and_mutants_apart_has_no_problem() -> None:
    mutants = [trial(Answer(PATCH, fails="clean"), made=True, clean=False)]

    assert found(scenario(EXISTS, CLEAN), marks(made=False, clean=True), GOOD, mutants) == []


def test_a_check_that_its_mutant_passes_is_named() -> None:
    mutants = [trial(Answer(PATCH, fails="clean"), made=True, clean=True)]

    assert found(scenario(EXISTS, CLEAN), marks(made=False, clean=True), GOOD, mutants) == [
        ("clean", "mutant m.patch passes it"),
        ("clean", "vacuous: neither the empty workspace nor a mutant fails it"),
    ]


def test_a_reference_that_fails_a_check_is_told_with_the_reason() -> None:
    reference = trial(made=False, clean=True)

    told = found(scenario(EXISTS), marks(made=False), reference, [])

    assert told == [("made", "the reference fails it: because")]


def test_a_workspace_that_passes_before_anything_is_done_is_told() -> None:
    told = found(scenario(EXISTS), marks(made=True), trial(made=True), [])

    assert [check for check, _ in told] == [None, "made"]
    assert found(scenario(NEVER, kind="negative"), marks(never=True), None, []) == []


def test_a_scenario_without_a_reference_proves_nothing_of_itself() -> None:
    ((check, problem),) = found(scenario(EXISTS), marks(made=False), None, [])

    assert check is None
    assert "no reference" in problem


def test_checks_of_the_trace_are_not_held_against_a_patch_without_events() -> None:
    one = scenario(CALLED, NEVER)
    empty = marks(called=False, never=True)

    assert found(one, empty, trial(called=False, never=True), []) == []
    with_events = Trial(Answer(PATCH, Path("e")), marks(called=False, never=True))
    assert [check for check, _ in found(one, empty, with_events, [])] == ["called"]


def test_a_mutant_that_names_no_check_must_fail_some() -> None:
    told = found(scenario(EXISTS), marks(made=False), trial(made=True), [trial(made=True)])

    assert told == [(None, "mutant m.patch passes every check")]


@pytest.mark.parametrize("broken", ["m.patch does not apply: x"])
def test_a_patch_that_does_not_apply_is_a_problem(broken: str) -> None:
    told = list(
        problems_of(
            scenario(EXISTS), marks(made=False), trial(broken=broken), [trial(broken=broken)]
        )
    )

    assert told == [
        Problem("s", None, f"the reference cannot be tried: {broken}"),
        Problem("s", None, f"mutant m.patch cannot be tried: {broken}"),
    ]
