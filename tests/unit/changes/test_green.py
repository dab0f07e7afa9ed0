"""When a change is green; the rule of the contract, case by case."""

import pytest

from darkfactory.changes.green import green
from darkfactory.domain.change import HarnessResult, HarnessVerdict


def ran(result: str, *failing: str, complete: bool = True, note: str = "") -> HarnessResult:
    code = {"pass": 0, "fail": 1}.get(result)
    return HarnessResult(
        "t",
        HarnessVerdict(result),
        failing=failing,
        exit_code=code,
        complete=complete,
        note=note,
    )


def test_exit_status_0_on_the_merged_result_is_green_whatever_else_is_known() -> None:
    assert green(ran("pass"), None, None)[0]
    assert green(ran("pass"), ran("fail", "a"), done_when_passes=False)[0]


def test_a_failure_on_a_green_base_is_not_green_even_if_done_when_passes() -> None:
    verdict, why = green(ran("fail", "a", "b", "c", "d"), ran("pass"), done_when_passes=True)

    assert not verdict
    assert why == "the harness fails on the merged result: a, b, c and 1 more"


def test_a_failure_without_a_run_on_the_base_is_not_green() -> None:
    assert not green(ran("fail", "a"), None, done_when_passes=True)[0]


def test_on_a_red_base_nothing_new_and_done_when_passing_is_green() -> None:
    verdict, why = green(ran("fail", "a"), ran("fail", "a", "b"), done_when_passes=True)

    assert verdict
    assert "done_when passes" in why


def test_on_a_red_base_a_new_failure_is_not_green_and_is_named() -> None:
    verdict, why = green(ran("fail", "a", "new"), ran("fail", "a"), done_when_passes=True)

    assert (verdict, why) == (False, "fails here and not on the red base: new")


@pytest.mark.parametrize(("passes", "why"), [(None, "no done_when"), (False, "command fails")])
def test_on_a_red_base_the_work_must_be_proved_by_done_when(passes: bool | None, why: str) -> None:
    verdict, reason = green(ran("fail", "a"), ran("fail", "a"), passes)

    assert not verdict
    assert why in reason


@pytest.mark.parametrize(
    ("merged", "base"),
    [
        (ran("fail"), ran("fail", "a")),
        (ran("fail", "a"), ran("fail")),
        (ran("fail", "a", complete=False), ran("fail", "a")),
        (ran("fail", "a", "b"), ran("fail", "a", complete=False)),
    ],
    ids=["no names here", "no names there", "stopped early here", "stopped early there"],
)
def test_what_cannot_be_told_is_not_green_and_says_so(
    merged: HarnessResult, base: HarnessResult
) -> None:
    verdict, why = green(merged, base, done_when_passes=True)

    assert not verdict
    assert "cannot be told" in why


def test_the_note_of_a_run_that_stopped_early_is_the_reason() -> None:
    merged = ran("fail", "a", complete=False, note="pytest stopped early")

    assert "pytest stopped early" in green(merged, ran("fail", "a"), done_when_passes=True)[1]


@pytest.mark.parametrize("result", ["error", "timeout"])
def test_a_run_that_did_not_end_is_not_green_on_either_side(result: str) -> None:
    broken = ran(result, note="no such program")

    assert green(broken, ran("fail", "a"), done_when_passes=True) == (
        False,
        {
            "error": "the harness could not be run on the merged result: no such program",
            "timeout": "the harness did not end on the merged result: no such program",
        }[result],
    )
    assert not green(ran("fail", "a"), broken, done_when_passes=True)[0]
