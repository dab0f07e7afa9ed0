"""The gate of a skill: rules that break, completeness that falls, data that are too few."""

import pytest

from darkfactory.evals.gating import Gate, judge_gate, usual_pair
from darkfactory.evals.result import CellResult, CheckResult

OLD, NEW = "skill@old", "skill"


def cells(
    before: list[float], after: list[float], *, rule: tuple[int, int] | None = None, usd: float = 0
) -> list[CellResult]:
    found = []
    for condition, values, kept in (
        (OLD, before, rule and rule[0]),
        (NEW, after, rule and rule[1]),
    ):
        for number, value in enumerate(values):
            held = () if kept is None else (CheckResult("c", number < kept, rule="NN-1"),)
            cost = 1 + (usd if condition == NEW else 0)
            found.append(
                CellResult(
                    f"s{number}", condition, "x", 1, value, value == 1, checks=held, cost_usd=cost
                )
            )
    return found


def gate(given: list[CellResult]) -> Gate:
    return judge_gate(given, OLD, NEW, margin=0.05).verdict


def test_what_is_as_good_as_before_passes() -> None:
    assert gate(cells([1.0] * 6, [1.0] * 6)) is Gate.PASS
    assert gate(cells([0.5] * 6, [1.0] * 6)) is Gate.PASS


def test_completeness_that_falls_beyond_the_margin_is_a_regression() -> None:
    found = judge_gate(cells([1.0] * 6, [0.8, 0.7, 0.8, 0.7, 0.8, 0.7]), OLD, NEW, margin=0.05)

    assert found.verdict is Gate.REGRESSION
    assert "completeness falls by 0.250" in found.reasons[0]


def test_a_rule_that_was_kept_and_no_longer_is_is_a_regression_whatever_else_rises() -> None:
    found = judge_gate(cells([0.5] * 6, [0.9] * 6, rule=(6, 0)), OLD, NEW, margin=0.05)

    assert found.verdict is Gate.REGRESSION
    assert found.reasons == ("NN-1 is no longer kept: 6/6 -> 0/6",)


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ((6, 2), Gate.REGRESSION),  # p 0.03
        ((6, 3), Gate.PASS),  # half is kept
        ((4, 0), Gate.PASS),  # it was not kept before
    ],
)
def test_a_rule_is_broken_when_chance_does_not_explain_it(
    rule: tuple[int, int], verdict: Gate
) -> None:
    assert gate(cells([1.0] * 6, [1.0] * 6, rule=rule)) is verdict


@pytest.mark.parametrize(
    ("before", "after"),
    [([1.0] * 5, [1.0] * 5), ([1, 0, 1, 0, 1, 0.5], [0, 1, 1, 0, 1, 0.5]), ([], [])],
)
def test_too_little_data_are_no_pass(before: list[float], after: list[float]) -> None:
    assert gate(cells(before, after)) is Gate.UNSURE


def test_a_cell_that_could_not_be_graded_leaves_the_gate_without_an_answer() -> None:
    lost = CellResult("s0", NEW, "x", 2, outcome="error", problem="crashed: no model")
    made_good = CellResult("s0", NEW, "x", 1, outcome="error", problem="made good by another try")

    found = judge_gate([*cells([1.0] * 6, [1.0] * 6), lost, made_good], OLD, NEW, margin=0.05)

    assert found.verdict is Gate.BROKEN
    assert found.reasons == ("s0 skill x #2: crashed: no model",)


def test_a_dearer_success_without_a_lift_is_warned_of() -> None:
    found = judge_gate(cells([1.0] * 6, [1.0] * 6, usd=0.5), OLD, NEW, margin=0.05)

    assert found.verdict is Gate.PASS
    assert found.warnings == ("a success costs 1.50 USD instead of 1.00, and none more succeed",)


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (["skill", "skill@main", "baseline"], ("skill@main", "skill")),
        (["mcp+skill", "mcp+skill@v1"], ("mcp+skill@v1", "mcp+skill")),
        (["skill", "skill@HEAD@{1}"], ("skill@HEAD@{1}", "skill")),
        (["mcp", "mcp+skill", "baseline", "null-skill"], ("baseline", "mcp+skill")),
        (["baseline"], ("", "")),
    ],
)
def test_what_is_held_against_what_follows_from_the_conditions(
    names: list[str], pair: tuple[str, str]
) -> None:
    assert usual_pair([CellResult("s", name, "x") for name in names]) == pair
