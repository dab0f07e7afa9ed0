"""When a change is green; the rule of the contract, case by case."""

import pytest

from darkfactory.changes.green import Judgement, green, hangs_on_proof
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


PASS, FAIL = ran("pass"), ran("fail")


def test_exit_status_0_on_the_merged_result_is_green_whatever_else_is_known() -> None:
    assert green(PASS, None, None).green
    assert green(PASS, ran("fail", "a"), FAIL).green


def test_a_failure_on_a_green_base_is_not_green_even_if_done_when_passes() -> None:
    told = green(ran("fail", "a", "b", "c", "d"), PASS, PASS)

    assert not told.green
    assert told.why == "the harness fails on the merged result: a, b, c and 1 more"


def test_a_failure_that_names_no_test_is_told_by_its_last_line() -> None:
    failed = HarnessResult("t", HarnessVerdict.FAIL, exit_code=2, output="1\n  no calc here \n\n")

    told = green(failed, PASS, None)

    assert told.why == "the harness fails on the merged result: exit status 2: no calc here"


def test_a_failure_without_a_run_on_the_base_is_not_green() -> None:
    assert not green(ran("fail", "a"), None, PASS).green


def test_on_a_red_base_nothing_new_and_done_when_passing_is_green() -> None:
    told = green(ran("fail", "a"), ran("fail", "a", "b"), PASS)

    assert (told.green, told.unproved) == (True, False)
    assert "done_when passes" in told.why


def test_on_a_red_base_a_new_failure_is_not_green_and_is_named() -> None:
    told = green(ran("fail", "a", "new"), ran("fail", "a"), PASS)

    assert (told.green, told.why) == (False, "fails here and not on the red base: new")


def test_on_a_red_base_what_has_no_command_to_pass_is_green_and_told_to_be_unproved() -> None:
    told = green(ran("fail", "a"), ran("fail", "a"), None)

    assert (told.green, told.unproved) == (True, True)
    assert told.why == "the base is red; nothing new fails; no command proves the item"


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        (FAIL, "the done_when command fails"),
        (ran("error", note="no such program"), "command could not be run: no such program"),
        (ran("timeout", note="not done after 9 s"), "command could not be run: not done after 9 s"),
    ],
    ids=["fails", "cannot be run", "does not end"],
)
def test_on_a_red_base_a_command_that_does_not_pass_is_not_green(
    proof: HarnessResult, why: str
) -> None:
    told = green(ran("fail", "a"), ran("fail", "a"), proof)

    assert not told.green
    assert why in told.why


@pytest.mark.parametrize(
    ("merged", "base", "waits"),
    [
        (ran("fail"), ran("fail", "a"), False),
        (ran("fail", "a"), ran("fail"), True),
        (ran("fail"), ran("fail"), True),
        (ran("fail", "a", complete=False), ran("fail", "a"), False),
        (ran("fail", "a", complete=False), ran("fail", "a", complete=False), True),
        (ran("fail", "a", "b"), ran("fail", "a", complete=False), True),
    ],
    ids=[
        "no names here",
        "no names there",
        "no names",
        "stopped early here",
        "stopped early",
        "stopped early there",
    ],
)
def test_what_cannot_be_told_is_not_green_and_waits_where_the_base_hides_it(
    merged: HarnessResult, base: HarnessResult, *, waits: bool
) -> None:
    told = green(merged, base, PASS)

    assert (told.green, told.waits) == (False, waits)
    assert "cannot be told" in told.why
    assert ("tested again when the base moves" in told.why) is waits


def test_the_note_of_a_run_that_stopped_early_is_the_reason() -> None:
    merged = ran("fail", "a", complete=False, note="pytest stopped early")

    assert "pytest stopped early" in green(merged, ran("fail", "a"), PASS).why


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("error", "the harness could not be run on the merged result: no such program"),
        ("timeout", "the harness did not end on the merged result: no such program"),
    ],
)
def test_a_run_that_did_not_end_is_the_fault_of_what_did_not_end_before(
    result: str, why: str
) -> None:
    broken = ran(result, note="no such program")

    assert green(broken, ran("fail", "a"), PASS) == Judgement(green=False, why=why)
    assert green(broken, PASS, PASS) == Judgement(green=False, why=why)
    assert green(broken, broken, PASS).waits
    assert green(ran("fail", "a"), broken, PASS).waits


def test_the_command_is_asked_only_where_it_decides() -> None:
    assert hangs_on_proof(ran("fail", "a"), ran("fail", "a", "b"))
    assert not hangs_on_proof(ran("fail", "a", "new"), ran("fail", "a"))
    assert not hangs_on_proof(ran("fail"), ran("fail", "a"))
    assert not hangs_on_proof(ran("fail", "a"), PASS)
    assert not hangs_on_proof(ran("fail", "a"), ran("error"))
