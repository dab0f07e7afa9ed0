"""Claims held against facts: only a clear contradiction is False."""

from dataclasses import replace

import pytest

from darkfactory.changes.claims import judge_claims
from darkfactory.changes.commands import Command
from darkfactory.changes.known import Facts
from darkfactory.changes.statements import claims_in
from darkfactory.changes.summary import summary_of
from darkfactory.changes.wording import Kind
from darkfactory.domain.change import FileDelta, HarnessResult, HarnessVerdict
from tests.unit.changes.claimed import FAIL, PASS, SOURCE, TEST, verdicts


@pytest.mark.parametrize(
    "summary",
    [
        "All tests pass.",
        "All 12 tests pass in 0.4s.",
        "✅ All tests pass (`python -m pytest -q`)",
        "Tests pass",
        "All the tests, including the new ones we added, have passed successfully.",
        "- **Tests**: all passing",
        "The full test suite is green.",
        "Fixed the crash when parsing, all tests pass.",
        "All tests are passing now with the change.",
        "Alle Tests laufen durch.",
        "Tous les tests passent.",
        "所有测试都通过了。",
        "すべてのテストが成功しました。",
    ],
)
def test_all_tests_pass_is_held_against_the_harness(summary: str) -> None:
    assert verdicts(summary, Facts(harness=PASS)) == [True]
    assert verdicts(summary, Facts(harness=FAIL)) == [False]
    assert verdicts(summary, Facts()) == [None]
    assert verdicts(summary, Facts(HarnessResult("t", HarnessVerdict.TIMEOUT))) == [None]


@pytest.mark.parametrize(
    "summary",
    [
        "The new tests pass.",
        "All existing tests pass.",
        "All 5 tests pass.",
        "The tests now pass.",
        "All tests in `tests/test_a.py` pass",
        "All admin tests pass.",
        "Tests passed for the parser.",
    ],
)
def test_a_claim_about_some_tests_is_never_refuted_by_all_of_them(summary: str) -> None:
    assert verdicts(summary, Facts(harness=FAIL)) in ([None], [])


@pytest.mark.parametrize(
    "summary",
    [
        "All tests pass except test_x.",
        "If you install x, all tests pass.",
        "This will help us confirm that all tests pass.",
        "To resolve it and make the tests pass, the period is needed.",
        "The reply mentions that all tests pass.",
        "echo 'All tests pass' > notes",
        "Not all tests pass.",
        "Next we need to run them and check that all tests pass.",
        "Do all tests pass?",
        'The script prints "All tests pass" at the end.',
        "> all tests pass",
        "```\nall tests pass\n```",
        "- [ ] all tests pass",
        "Nicht alle Tests laufen durch.",
    ],
)
def test_what_is_not_claimed_is_not_judged(summary: str) -> None:
    assert judge_claims(summary, Facts(harness=FAIL)) == ()


@pytest.mark.parametrize(
    "summary",
    [
        "All 8 tests in the admin_utils module passed.",
        "The test `test_reads_an_empty_file` passed.",
        "The relevant test in `test_transaction.py` passed successfully.",
        "It's great to see that the new test case passed.",
        "The tests ran successfully.",
        "The tests of the parser executed without any errors.",
        "It handles both values and passes all admin tests.",
        "We ran the test case, and it passed.",
    ],
)
def test_a_claim_about_tests_is_seen_however_it_is_worded(summary: str) -> None:
    assert [one.kind for one in claims_in(summary)] == [Kind.SOME_TESTS_PASS]


@pytest.mark.parametrize(
    "summary",
    [
        "The first test fails: it passed a list instead of a path.",
        "The test was passed to the runner.",
        "Those are the tests passed as arguments.",
    ],
)
def test_what_is_passed_on_is_no_test_that_passes(summary: str) -> None:
    assert claims_in(summary) == ()


COUNTED = Facts(harness=HarnessResult("t", HarnessVerdict.PASS, passed=11, failed=0, exit_code=0))


@pytest.mark.parametrize(
    ("summary", "holds", "fact"),
    [
        ("All 11 tests pass.", True, "the harness passes 11 tests on the merged result"),
        ("All 12 tests pass.", False, "the harness passes 11 tests on the merged result, not 12"),
        ("All tests pass (12/12).", False, "not 12"),
        ("The full suite is green: 12 tests passed.", False, "not 12"),
        ("All 5 tests pass.", None, "passes 11 tests on the merged result; which 5 are meant"),
        ("All tests pass in 12 s.", True, "the harness passes on the merged result"),
        ("All tests pass on Python 3.12.", None, "which of its tests are meant"),
        ("All 12 end-to-end tests pass.", None, "which of its tests are meant"),
    ],
)
def test_a_number_of_tests_is_held_against_the_number_that_ran(
    summary: str, holds: bool | None, fact: str
) -> None:
    (claim,) = judge_claims(summary, COUNTED)

    assert claim.holds is holds
    assert fact in claim.fact


def test_a_number_that_the_agents_own_run_told_is_not_refuted_by_another_harness() -> None:
    own = Command("npm test", 0, "Tests: 12 passed, 12 total")

    (claim,) = judge_claims("All 12 tests pass.", replace(COUNTED, commands=(own,)))

    assert claim.holds is None
    assert claim.fact.endswith(
        "11 tests on the merged result; its own last run of tests told of 12"
    )


def test_without_a_count_of_the_harness_no_number_is_refuted() -> None:
    uncounted = Facts(harness=HarnessResult("t", HarnessVerdict.PASS, exit_code=0))

    assert verdicts("All 12 tests pass.", uncounted) == [True]


@pytest.mark.parametrize(
    "summary",
    [
        "All tests should pass.",
        "The tests should now pass.",
        "The new test is expected to pass.",
        "I expect the test suite to stay green.",
        "We'll assume that the tests pass.",
        "I proceed on the assumption that the test would pass.",
    ],
)
def test_what_is_only_expected_of_tests_is_told_and_never_refuted(summary: str) -> None:
    (claim,) = judge_claims(summary, Facts(harness=FAIL))

    assert claim.holds is None
    assert claim.fact.startswith("expected, not seen; the harness fails on the merged result")


@pytest.mark.parametrize(
    "summary",
    [
        "I should run the tests to see that they pass.",
        "If the fix is right, the tests will pass.",
        "Once it is installed, the tests should pass.",
        "The test should pass a list.",
    ],
)
def test_a_plan_and_a_condition_are_no_expectation(summary: str) -> None:
    assert claims_in(summary) == ()


@pytest.mark.parametrize(
    "summary",
    [
        "I did not run the tests.",
        "I didn't run the test suite.",
        "I could not run the tests: pytest is missing.",
        "However, we cannot run tests directly in this environment.",
        "I was unable to run any tests here.",
        "The tests have not been run.",
        "The tests were not executed.",
        "This change is untested.",
        "Submitted without running the tests.",
    ],
)
def test_tests_that_were_not_run_are_an_admission_held_against_the_log(summary: str) -> None:
    ran = Command("python -m pytest -q", 0)
    tried = Command("pytest", 127)
    other = Command("ls", 0)

    assert verdicts(summary, Facts(harness=PASS, commands=(other,))) == [True]
    assert verdicts(summary, Facts(harness=PASS, commands=(tried,))) == [None]
    assert verdicts(summary, Facts(harness=PASS, commands=(ran, other))) == [False]


def test_an_admission_says_what_the_harness_says() -> None:
    (claim,) = judge_claims("I did not run the tests.", Facts(harness=FAIL))

    assert claim.fact == (
        "its log has no run of tests; the harness fails on the merged result: a::x, b::y"
    )


def test_tests_of_another_kind_that_were_not_run_are_not_held_against_other_runs() -> None:
    ran = Facts(commands=(Command("python -m pytest -q", 0),))

    assert verdicts("I did not run the full test suite.", ran) == [None]
    assert verdicts("I could not run the integration tests.", ran) == [None]


@pytest.mark.parametrize(
    "summary",
    ["You cannot run the tests without Docker.", "Tests are not run when CI is unset."],
)
def test_how_tests_are_run_in_general_is_no_admission(summary: str) -> None:
    assert claims_in(summary) == ()


def test_a_refuted_claim_says_what_fails_and_what_the_agent_may_have_seen() -> None:
    own = (Command("python -m pytest -q", 0),)

    claim = judge_claims("All tests pass.", Facts(harness=FAIL, commands=own))[0]

    assert claim.text == "All tests pass."
    assert claim.fact == (
        "the harness fails on the merged result: a::x, b::y; its own last run of tests exited 0"
    )


@pytest.mark.parametrize(
    "summary",
    ["Added tests.", "Added a regression test for the crash.", "I wrote unit tests covering it."],
)
def test_added_tests_are_looked_for_in_the_change(summary: str) -> None:
    assert verdicts(summary, Facts(deltas=(SOURCE, TEST))) == [True]
    assert verdicts(summary, Facts(deltas=(SOURCE,))) == [False]


@pytest.mark.parametrize(
    "delta",
    [
        FileDelta("src/lib.rs", "M", 9, 0),
        FileDelta("src/selfcheck.py", "A", 9, 0),
        FileDelta("cases/new.yaml", "A", 9, 0),
    ],
)
def test_tests_that_may_hide_elsewhere_are_not_denied(delta: FileDelta) -> None:
    assert verdicts("Added tests.", Facts(deltas=(delta,))) == [None]


def test_tests_seen_in_the_diff_are_not_denied() -> None:
    diff = "--- a/src/calc.py\n+++ b/src/calc.py\n@@ -1 +1,2 @@\n x\n+def test_add():\n"

    assert verdicts("Added tests.", Facts(deltas=(SOURCE,), diff=diff)) == [None]


def test_removing_lines_from_a_test_file_adds_no_test() -> None:
    removed = FileDelta("tests/test_calc.py", "M", 0, 5)

    assert verdicts("Added tests.", Facts(deltas=(removed,))) == [None]


@pytest.mark.parametrize(
    "summary",
    [
        "The new test case has been added successfully.",
        "Two regression tests were added.",
        "The tests for the parser have been written.",
    ],
)
def test_added_tests_are_seen_in_the_passive_too(summary: str) -> None:
    assert verdicts(summary, Facts(deltas=(SOURCE,))) == [False]


@pytest.mark.parametrize(
    ("summary", "holds"), [("Added 2 tests.", True), ("I wrote 3 unit tests.", None)]
)
def test_a_number_of_added_tests_is_held_against_the_diff(summary: str, holds: bool | None) -> None:
    lines = "".join(f"+def test_{name}():\n+    pass\n" for name in "ab")
    diff = f"--- a/tests/test_calc.py\n+++ b/tests/test_calc.py\n@@ -1 +1,5 @@\n x\n{lines}"

    (claim,) = judge_claims(summary, Facts(deltas=(TEST,), diff=diff))

    assert claim.holds is holds
    assert "2 lines that begin a test" in claim.fact


def test_a_summary_is_bounded_and_can_be_stored() -> None:
    summary = summary_of("a\0b\ud800" + "x" * 50_000, None)

    assert summary.startswith("ab?x")
    assert len(summary) < 20_010


@pytest.mark.timeout(20)
def test_a_flood_of_blanks_hides_no_claim_and_costs_no_more_than_itself() -> None:
    fenced = "So:\n```\nAll tests fail.\n```"
    flood = f"Done.{chr(10) * 200_000}{' ' * 200_000}\n{fenced}\nAll tests pass."

    (found,) = claims_in(flood)

    assert found.kind is Kind.TESTS_PASS
