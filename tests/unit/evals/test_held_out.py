"""Scenarios that whoever words an edit never saw, and what they say of it by themselves."""

from darkfactory.evals.gating import Gate
from darkfactory.evals.held_out import held_out, judge_held_out
from darkfactory.evals.result import CellResult, CheckResult

OLD, NEW = "skill@old", "skill@new"
NAMES = [f"s{at}" for at in range(15)]


def cells(after: dict[str, float], *, names: list[str] = NAMES) -> list[CellResult]:
    """Return results in which each scenario was done before, and *after* says how it went since."""
    found = []
    for name in names:
        for condition, value in ((OLD, 1.0), (NEW, after.get(name, 1.0))):
            kept = (CheckResult("c", value > 0, rule="NN-1"),)
            found.append(CellResult(name, condition, "x", 1, value, value == 1, checks=kept))
    return found


def test_four_of_ten_are_held_out_and_always_the_same() -> None:
    whole = held_out("docs", NAMES)

    assert len(whole) == 6
    assert held_out("docs", reversed(NAMES)) == whole
    assert held_out("commit", NAMES) != whole
    assert [len(held_out("docs", NAMES[:count])) for count in (0, 1, 2, 3)] == [0, 0, 1, 1]


def test_an_edit_that_is_as_good_on_both_passes() -> None:
    shown = set(NAMES) - held_out("docs", NAMES)

    judged = judge_held_out(cells({}), (OLD, NEW), margin=0.05, shown=shown)

    assert judged.passes
    assert judged.held_out is not None
    assert judged.held_out.comparison is not None
    assert judged.held_out.comparison.scenarios == 6


def test_a_rule_that_only_unseen_scenarios_find_broken_keeps_an_edit_from_passing() -> None:
    apart = held_out("docs", NAMES)

    judged = judge_held_out(
        cells(dict.fromkeys(apart, 0.0)), (OLD, NEW), margin=0.05, shown=set(NAMES) - apart
    )

    assert judged.held_out is not None
    assert judged.held_out.verdict is Gate.REGRESSION
    assert "NN-1 is no longer kept: 6/6 -> 0/6" in judged.held_out.reasons
    assert not judged.passes


def test_too_few_unseen_scenarios_leave_the_word_to_a_person() -> None:
    names = NAMES[:6]
    shown = set(names) - held_out("docs", names)

    judged = judge_held_out(cells({}, names=names), (OLD, NEW), margin=0.05, shown=shown)

    assert judged.whole.verdict is Gate.PASS
    assert judged.held_out is not None
    assert judged.held_out.verdict is Gate.UNSURE
    assert not judged.passes


def test_a_scenario_that_came_after_the_draft_was_never_seen() -> None:
    judged = judge_held_out(cells({}), (OLD, NEW), margin=0.05, shown=["s0"])

    assert judged.held_out is not None
    assert judged.held_out.comparison is not None
    assert judged.held_out.comparison.scenarios == 14
