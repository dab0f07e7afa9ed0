"""What a comparison of conditions may say, and when it must say that the data are too few."""

import pytest

from darkfactory.evals.compare import (
    Verdict,
    compare,
    compare_all,
    condition_order,
    verdict,
    widest_pair,
)
from darkfactory.evals.reliability import (
    cost_per_success,
    estimate,
    flake_rate,
    pass_all,
    pass_at,
    reliability,
)
from darkfactory.evals.report import standings, too_easy
from darkfactory.evals.result import CellResult


def cell(
    scenario: str, condition: str, completeness: float | None, *, agent: str = "x", repeat: int = 1
) -> CellResult:
    return CellResult(scenario, condition, agent, repeat, completeness, completeness == 1)


def study(*deltas: float) -> list[CellResult]:
    return [
        cell(f"s{number}", condition, value)
        for number, delta in enumerate(deltas)
        for condition, value in (("baseline", 0.0), ("skill", delta))
    ]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ((1.0, 1.0, 1.0, 1.0, 1.0), Verdict.NOT_ENOUGH),
        ((0.5, 0.6, 0.5, 0.6, 0.5, 0.6), Verdict.BETTER),
        ((1.0, 1.0, 1.0, 1.0, 1.0, 1.0), Verdict.BETTER),
        ((0.5, 0.6, 0.5, 0.6, 0.5, 0.0), Verdict.NOT_ENOUGH),
        ((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), Verdict.NO_DIFFERENCE),
        ((0.0, 0.0, 0.0), Verdict.NOT_ENOUGH),
    ],
)
def test_a_verdict_needs_six_scenarios_an_interval_and_an_exact_test(
    deltas: tuple[float, ...], expected: Verdict
) -> None:
    found = compare(study(*deltas), "baseline", "skill")

    assert found is not None
    assert found.verdict is expected


def test_the_same_differences_the_other_way_round_are_worse() -> None:
    found = compare(study(0.5, 0.6, 0.5, 0.6, 0.5, 0.6), "skill", "baseline")

    assert found is not None
    assert (found.verdict, found.rises, found.falls) == (Verdict.WORSE, 0, 6)


def test_an_interval_within_the_margin_is_a_claim_and_a_wider_one_is_none() -> None:
    assert verdict(20, (-0.04, 0.05), 0.6, 0.05) is Verdict.NO_DIFFERENCE
    assert verdict(20, (-0.04, 0.06), 0.6, 0.05) is Verdict.NOT_ENOUGH


def test_agents_are_averaged_inside_of_a_scenario_and_only_where_both_conditions_are() -> None:
    cells = [
        cell("s", "baseline", 0.0, agent="x"),
        cell("s", "skill", 1.0, agent="x"),
        cell("s", "baseline", 0.5, agent="y"),
        cell("s", "skill", 0.5, agent="y"),
        cell("s", "skill", 0.0, agent="z"),
        cell("t", "baseline", 0.0, agent="x"),
    ]

    found = compare(cells, "baseline", "skill")

    assert found is not None
    assert (found.scenarios, found.delta) == (1, 0.5)


def test_every_repeat_counts_and_a_cell_that_proves_nothing_does_not() -> None:
    cells = [
        cell("s", "baseline", 0.0),
        cell("s", "skill", 1.0, repeat=1),
        cell("s", "skill", 0.0, repeat=2),
        CellResult("s", "skill", "x", 3, outcome="error"),
        CellResult("s", "skill", "x", 4, 0.0, strict=False, outcome="leaked"),
    ]

    found = compare(cells, "baseline", "skill")

    assert found is not None
    assert found.delta == 0.5


def test_all_pairs_are_compared_what_has_less_first_and_all_agents_together_first() -> None:
    cells = [
        cell("s", condition, 0.0, agent=agent)
        for condition in ("mcp+skill", "baseline", "mcp")
        for agent in ("y", "x")
    ]

    found = compare_all(cells)

    assert [(one.a, one.b, one.agent) for one in found if one.metric == "strict"] == [
        (a, b, agent)
        for a, b in (("baseline", "mcp"), ("baseline", "mcp+skill"), ("mcp", "mcp+skill"))
        for agent in (None, "x", "y")
    ]


def test_an_unknown_condition_stands_behind_the_known_ones() -> None:
    names = ["skill+distractors:5", "zeta", "alpha", "mcp+skill", "baseline"]

    assert sorted(names, key=condition_order) == [
        "baseline", "mcp+skill", "alpha", "zeta", "skill+distractors:5",
    ]  # fmt: skip


def test_an_older_revision_stands_before_the_skill_as_it_is() -> None:
    names = ["mcp+skill", "skill", "skill@HEAD~1", "mcp+skill@v1", "mcp", "mcp+null-skill"]

    assert sorted(names, key=condition_order) == [
        "mcp", "mcp+null-skill", "skill@HEAD~1", "skill", "mcp+skill@v1", "mcp+skill",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (["distractors", "skill", "null-skill", "baseline", "mcp"], ("baseline", "skill")),
        (["baseline", "distractors"], ("", "")),
        ([], ("", "")),
    ],
)
def test_the_widest_pair_leaves_out_what_is_only_there_to_be_compared_with(
    names: list[str], pair: tuple[str, str]
) -> None:
    assert widest_pair(names) == pair


def test_a_scenario_whose_repeats_failed_counts_as_much_as_the_others() -> None:
    cells = [
        cell("hard", "skill", 0.0, repeat=1),
        *(cell("easy", "skill", 1.0, repeat=repeat) for repeat in (1, 2, 3)),
    ]

    (found,) = standings(cells)

    assert (found.completeness, found.strict, found.pass_1) == (0.5, 0.5, 0.5)


def test_pass_at_k_and_pass_all_k_are_unbiased() -> None:
    assert pass_at(2, 4, 1) == pytest.approx(0.5)
    assert pass_all(2, 4, 3) == pytest.approx(0.5)
    assert pass_at(4, 4, 1) == 1.0
    assert pass_all(4, 4, 3) == 0.0


def test_k_is_the_fewest_tries_of_a_scenario() -> None:
    found = reliability({"s": [True, False], "t": [True, True, False]})

    assert found == pytest.approx((2, 7 / 12, 1.0, (0 + 1 / 3) / 2))
    assert reliability({}) is None


def test_what_cannot_be_known_is_none_and_not_zero() -> None:
    assert cost_per_success([0.5, 0.5], 0) is None
    assert cost_per_success([0.5, None], 1) is None
    assert flake_rate({"s": [True]}) is None


@pytest.mark.parametrize(("passed", "named"), [((True, True), ["s"]), ((True, False), [])])
def test_a_scenario_that_is_passed_without_the_skill_though_meant_not_to_be_is_named(
    passed: tuple[bool, bool], named: list[str]
) -> None:
    cells = [
        CellResult("s", "baseline", "x", number, float(held), strict=held, expect_fail=True)
        for number, held in enumerate(passed)
    ]

    assert too_easy([*cells, CellResult("t", "baseline", "x", 1, 1.0, strict=True)]) == named


@pytest.mark.parametrize(
    ("agents", "expected"), [(["x", "x", "y"], 14.0), (["y"], 10.0), (["x", "z"], None), ([], None)]
)
def test_an_estimate_counts_each_agent_by_itself(agents: list[str], expected: float | None) -> None:
    took = [("x", 1.0), ("x", 3.0), ("y", 10.0), ("y", None), ("z", None)]

    assert estimate(agents, took) == expected
