"""Whether graders grade: the reference passes, each mutant fails, nothing is vacuous. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from darkfactory.evals.result import CheckResult
from darkfactory.evals.scenario import Answer, Scenario
from darkfactory.skills.checks import Check

_OF_THE_TRACE = frozenset({"trace", "output_regex"})
_MAY_BE_EMPTY = frozenset({"negative", "trigger"})

Marks = Mapping[str, CheckResult]
"""How each check stands, by its id."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a scenario's graders; *check* None: with the scenario as a whole."""

    scenario: str
    check: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A kept answer and how the checks stand on it; *broken*: why it could not be tried."""

    answer: Answer
    marks: Marks
    broken: str = ""


def problems_of(
    scenario: Scenario, empty: Marks, reference: Trial | None, mutants: Sequence[Trial]
) -> Iterator[Problem]:
    """Yield what is wrong with the graders of *scenario*.

    Args:
        empty: How the checks stand on the workspace that nobody has touched.
    """
    counting = {check.id for check in scenario.checks if check.weight > 0} & empty.keys()
    if scenario.kind not in _MAY_BE_EMPTY and all(empty[each].passed for each in counting):
        told = "the workspace passes every check before anything is done"
        yield Problem(scenario.id, None, told)
    yield from _of_reference(scenario, reference)
    for trial in mutants:
        yield from _of_mutant(scenario, trial, counting)
    yield from _vacuous(scenario, empty, [trial.marks for trial in mutants if not trial.broken])


def judged_on(check: Check, answer: Answer) -> bool:
    """Tell whether *check* can be held against *answer*: one of the trace needs its events."""
    return check.kind not in _OF_THE_TRACE or answer.events is not None


def _of_reference(scenario: Scenario, trial: Trial | None) -> Iterator[Problem]:
    if trial is None:
        if scenario.kind not in _MAY_BE_EMPTY:
            told = "it has no reference, so nothing shows that its checks can pass"
            yield Problem(scenario.id, None, told)
        return
    if trial.broken:
        yield Problem(scenario.id, None, f"the reference cannot be tried: {trial.broken}")
        return
    for check in scenario.checks:
        mark = trial.marks.get(check.id)
        if mark is not None and not mark.passed and judged_on(check, trial.answer):
            yield Problem(scenario.id, check.id, f"the reference fails it: {mark.why}")


def _of_mutant(scenario: Scenario, trial: Trial, counting: set[str]) -> Iterator[Problem]:
    name, fails = trial.answer.name, trial.answer.fails
    if trial.broken:
        yield Problem(scenario.id, fails, f"mutant {name} cannot be tried: {trial.broken}")
        return
    if fails is not None:
        if fails not in trial.marks or trial.marks[fails].passed:
            yield Problem(scenario.id, fails, f"mutant {name} passes it")
        return
    if all(trial.marks[each].passed for each in counting):
        yield Problem(scenario.id, None, f"mutant {name} passes every check")


def _vacuous(scenario: Scenario, empty: Marks, mutants: Sequence[Marks]) -> Iterator[Problem]:
    for check in scenario.checks:
        if check.id not in empty or _may_always_pass(check):
            continue
        if all(marks[check.id].passed for marks in (empty, *mutants)):
            told = "vacuous: neither the empty workspace nor a mutant fails it"
            yield Problem(scenario.id, check.id, told)


def _may_always_pass(check: Check) -> bool:
    """Tell whether *check* forbids something: nothing done is no proof that it is vacuous."""
    never = check.kind == "trace" and "never" in check.body
    return never or check.kind == "file_absent"
