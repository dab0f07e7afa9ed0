"""The statistics hold on results that others have published and that were analysed by hand."""

from statistics import fmean

import pytest

from darkfactory.evals.compare import Comparison, Verdict, compare
from darkfactory.evals.reliability import cost_per_success, flake_rate, reliability
from darkfactory.evals.result import CellResult
from darkfactory.evals.statistics import bootstrap_interval
from tests.fakes.published_evals import baseten, supabase


def held(
    cells: list[CellResult], a: str, b: str, *, agent: str | None = None, metric: str
) -> Comparison:
    found = compare(cells, a, b, agent=agent, metric=metric)
    assert found is not None
    return found


def rounded(interval: tuple[float, float] | None, digits: int = 3) -> tuple[float, ...]:
    return tuple(round(each, digits) for each in interval or ())


def test_pooled_over_agents_the_best_of_two_attempts_proves_nothing() -> None:
    found = held(supabase(first_attempt=False), "baseline", "skill", metric="strict")

    assert (found.scenarios, round(found.delta, 4)) == (22, 0.0545)
    assert rounded(found.interval) == (-0.001, 0.111)
    assert round(found.p, 3) == 0.109
    assert found.verdict is Verdict.NOT_ENOUGH


def test_pooled_over_agents_first_attempts_are_seven_rises_and_one_fall() -> None:
    found = held(supabase(first_attempt=True), "baseline", "skill", metric="strict")

    assert (round(found.delta, 4), found.rises, found.falls) == (0.0545, 7, 1)
    assert rounded(found.interval) == (0.006, 0.103)
    assert round(found.p, 3) == 0.070
    assert found.verdict is Verdict.NOT_ENOUGH  # the interval alone would have said better
    assert found.bootstrap is None  # 22 scenarios


def test_completeness_of_the_last_attempt_shows_no_difference() -> None:
    found = held(supabase(first_attempt=False), "baseline", "skill", metric="completeness")

    assert round(found.delta, 3) == 0.008
    assert rounded(found.interval) == (-0.018, 0.033)
    assert round(found.p, 2) == 0.59
    assert found.verdict is Verdict.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("agent", "delta", "interval", "sides"),
    [
        ("claude-opus-5", 0.045, (-0.05, 0.14), (1, 0)),
        ("claude-sonnet-5", 0.091, (-0.10, 0.28), (3, 1)),
        ("gpt-5.6-sol", -0.091, (-0.22, 0.04), (0, 2)),
        ("gpt-5.4-mini", 0.182, (-0.04, 0.40), (5, 1)),
        ("kimi-k3", 0.045, (-0.05, 0.14), (1, 0)),
    ],
)
def test_no_single_agent_proves_that_the_skills_help(
    agent: str, delta: float, interval: tuple[float, float], sides: tuple[int, int]
) -> None:
    found = held(supabase(first_attempt=True), "baseline", "skill", agent=agent, metric="strict")

    assert round(found.delta, 3) == delta
    assert rounded(found.interval, 2) == interval
    assert (found.rises, found.falls) == sides
    assert found.verdict is Verdict.NOT_ENOUGH


def test_retries_until_a_pass_change_the_sign_for_an_agent() -> None:
    best, first = (
        held(
            supabase(first_attempt=first), "baseline", "skill", agent="gpt-5.6-sol", metric="strict"
        )
        for first in (False, True)
    )

    assert (round(best.delta, 3), round(first.delta, 3)) == (0.045, -0.091)


@pytest.mark.parametrize(
    ("first_attempt", "interval"), [(False, (0.009, 0.109)), (True, (0.009, 0.100))]
)
def test_a_bootstrap_says_yes_where_the_exact_test_says_no(
    first_attempt: bool, interval: tuple[float, float]
) -> None:
    cells = supabase(first_attempt=first_attempt)
    deltas = [
        fmean(
            bool(one.strict) * (1 if one.condition == "skill" else -1) * 2
            for one in cells
            if one.scenario == scenario
        )
        for scenario in sorted({one.scenario for one in cells})
    ]

    assert rounded(bootstrap_interval(deltas)) == interval


@pytest.mark.parametrize(
    ("a", "b", "delta", "p"),
    [
        ("s0b0d1", "s1b0d1", 0.022, 0.688),
        ("s0b1d1", "s1b1d1", 0.061, 0.031),
        ("s0b0d1", "s0b1d1", 0.055, 0.180),
        ("s1b0d1", "s1b1d1", 0.094, 0.062),
        ("s0b0d0", "s1b1d1", 0.078, 0.125),
    ],
)
def test_a_factorial_of_skill_and_servers_gives_its_published_deltas(
    a: str, b: str, delta: float, p: float
) -> None:
    found = held(baseten(), a, b, metric="completeness")

    assert (found.scenarios, round(found.delta, 3)) == (16, delta)
    assert found.p == pytest.approx(p, abs=6e-4)


def passes(cells: list[CellResult], mode: str) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for one in cells:
        if one.condition == mode:
            found.setdefault(one.scenario, []).append(bool(one.strict))
    return found


@pytest.mark.parametrize(
    ("mode", "told", "flakes", "cost"),
    [
        ("s0b0d0", (4, 0.80, 1.00, 0.56), 0.4375, 0.71),
        ("s1b1d1", (4, 0.89, 1.00, 0.75), 0.25, 0.62),
    ],
)
def test_all_of_four_moves_more_than_one_of_one_and_a_success_gets_cheaper(
    mode: str, told: tuple[float, ...], flakes: float, cost: float
) -> None:
    cells = baseten()
    found = passes(cells, mode)
    costs = [one.cost_usd for one in cells if one.condition == mode]

    assert tuple(round(each, 2) for each in reliability(found) or ()) == told
    assert flake_rate(found) == flakes
    assert cost_per_success(costs, sum(map(sum, found.values()))) == pytest.approx(cost, abs=5e-3)
