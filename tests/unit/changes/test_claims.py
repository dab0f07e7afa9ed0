"""Claims held against facts: only a clear contradiction is False."""

from dataclasses import replace

import pytest

from darkfactory.changes.claims import judge_claims
from darkfactory.changes.commands import Command, commands_of
from darkfactory.changes.known import Facts
from darkfactory.changes.statements import claims_in
from darkfactory.changes.summary import summary_of
from darkfactory.changes.wording import Kind
from darkfactory.domain.change import Claim, FileDelta, HarnessResult, HarnessVerdict
from darkfactory.domain.event import Event

PASS = HarnessResult("t", HarnessVerdict.PASS, passed=12, failed=0, exit_code=0)
FAIL = HarnessResult(
    "t", HarnessVerdict.FAIL, passed=10, failed=2, failing=("a::x", "b::y"), exit_code=1
)
SOURCE = FileDelta("src/calc.py", "M", 3, 1)
TEST = FileDelta("tests/test_calc.py", "M", 5, 0)


def verdicts(summary: str, facts: Facts) -> list[bool | None]:
    return [claim.holds for claim in judge_claims(summary, facts)]


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


@pytest.mark.parametrize("summary", ["Added test data.", "Added the tests folder to the docs."])
def test_other_things_called_test_are_no_tests(summary: str) -> None:
    assert judge_claims(summary, Facts(deltas=(SOURCE,))) == ()


@pytest.mark.parametrize(
    "summary",
    [
        "Fixed the off-by-one in `src/calc.py`.",
        "Fixed the off-by-one in calc.py",
        "I updated /home/me/project/src/calc.py:12 to return early.",
        "We modified the `add` method in the `./src/calc.py` file.",
        "Renamed src/calc.py to src/math.py",
    ],
)
def test_a_changed_file_is_looked_for_in_the_change(summary: str) -> None:
    assert verdicts(summary, Facts(deltas=(SOURCE,))) == [True]


@pytest.mark.parametrize(
    "summary",
    [
        "Fixed the crash in `src/other.py`.",
        "Updated the README.",
        "Refactored alc.py",
        "Added usage docs to the README",
    ],
)
def test_a_file_that_is_not_in_the_change_was_not_changed(summary: str) -> None:
    assert verdicts(summary, Facts(deltas=(SOURCE,))) == [False]


@pytest.mark.parametrize(
    "summary",
    [
        "Implemented the parser described in docs/spec.md.",
        "Changed config.json loading.",
        "Added a link to README.",
        "Fixed the bug where values from other.py were lost.",
        "Fixed Node.js support.",
        "The updated method in other.py is shown below.",
        "The method is implemented in other.py.",
        "Created repro.py to reproduce it.",
        "Created scratch.py. Removed scratch.py.",
        "Fixed /etc/hosts.conf",
        "Updated foo.py if needed.",
        "The bug was previously fixed in other.py.",
    ],
)
def test_a_file_that_is_only_spoken_of_is_not_held_against_anyone(summary: str) -> None:
    assert False not in verdicts(summary, Facts(deltas=(SOURCE,)))


def test_a_path_outside_of_the_tree_cannot_be_told() -> None:
    assert verdicts("Updated /etc/app/conf.py.", Facts(deltas=(SOURCE,))) == [None]


def test_a_deleted_file_is_deleted_or_unknown() -> None:
    gone = FileDelta("src/old.py", "D", 0, 9)

    assert verdicts("Removed old.py.", Facts(deltas=(gone,))) == [True]
    assert verdicts("Removed old.py.", Facts(deltas=(SOURCE,))) == [None]
    assert verdicts("Removed calc.py.", Facts(deltas=(SOURCE,))) == [None]


@pytest.mark.parametrize(
    "summary",
    [
        "Did not change any tests.",
        "No existing tests were modified.",
        "The tests are unchanged.",
        "Fixed without changing any existing tests.",
    ],
)
def test_tests_left_alone_are_looked_for_in_the_change(summary: str) -> None:
    new = FileDelta("tests/test_new.py", "A", 5, 0)

    assert verdicts(summary, Facts(deltas=(SOURCE, TEST))) == [False]
    assert verdicts(summary, Facts(deltas=(SOURCE, new))) == [True]


@pytest.mark.parametrize(
    "summary",
    [
        "I only changed `src/calc.py`.",
        "I have only touched src/calc.py and nothing else.",
        "Only calc.py was modified.",
        "The only file changed is src/calc.py.",
        "Changes are limited to `calc.py`.",
        "The change is confined to src/.",
        "I changed only src/calc.py, src/other.py.",
        "Fixed `add` in src/calc.py. No other files were touched.",
        "Updated calc.py; nothing else was changed.",
        "Updated calc.py without touching any other file.",
    ],
)
def test_only_these_files_is_held_against_all_that_changed(summary: str) -> None:
    lock = FileDelta("package-lock.json", "M", 90, 3)
    more = FileDelta("lib/wire.py", "M", 1, 1)

    def only(*deltas: FileDelta) -> Claim:
        return judge_claims(summary, Facts(deltas=deltas))[-1]

    assert only(SOURCE).holds is True
    assert only(SOURCE, lock).holds is True
    assert only(SOURCE, more, TEST).holds is False
    assert "also touches lib/wire.py, tests/test_calc.py" in only(SOURCE, more, TEST).fact


def test_a_file_that_the_summary_names_elsewhere_does_not_refute_only() -> None:
    summary = "I only changed src/calc.py. Added a test in tests/test_calc.py."

    claims = judge_claims(summary, Facts(deltas=(SOURCE, TEST)))

    assert [claim.holds for claim in claims] == [None, True, True]
    assert claims[0].fact == "the change also touches tests/test_calc.py, which it names"


def test_no_other_files_than_none_cannot_be_told() -> None:
    assert verdicts("No other files were touched.", Facts(deltas=(SOURCE,))) == [None]


@pytest.mark.parametrize(
    ("summary", "holds"),
    [
        ("I only changed tests.", False),
        ("Only test files were touched.", False),
        ("No production code was changed.", False),
        ("I only updated the documentation.", False),
    ],
)
def test_only_tests_or_only_documents_is_held_against_all_that_changed(
    summary: str, *, holds: bool
) -> None:
    kind = FileDelta("docs/guide.md", "M", 1, 1) if "documentation" in summary else TEST

    assert verdicts(summary, Facts(deltas=(SOURCE, kind))) == [holds]
    assert verdicts(summary, Facts(deltas=(kind,))) == [True]


@pytest.mark.parametrize(
    "summary",
    [
        "The script was updated to load only the first rows of data.csv.",
        "I only changed the default in config.py.",
        "In the client I only changed wire.py.",
        "We need to change only calc.py.",
        "Only calc.py needs to be changed.",
        "It only updates calc.py when asked.",
        "No other changes are needed.",
        "No other tests were affected.",
        "I only changed calc.py's docstring.",
    ],
)
def test_other_uses_of_only_are_no_claim_about_files(summary: str) -> None:
    assert Kind.ONLY_CHANGED not in [one.kind for one in claims_in(summary)]


def test_a_module_called_init_keeps_its_underscores() -> None:
    init = FileDelta("src/pkg/__init__.py", "M", 1, 0)

    assert verdicts("Updated src/pkg/__init__.py.", Facts(deltas=(init,))) == [True]


def test_a_file_left_alone_is_looked_for_in_the_change() -> None:
    for summary in ("Left `calc.py` unchanged.", "I did not touch src/calc.py."):
        assert verdicts(summary, Facts(deltas=(SOURCE,))) == [False]
        assert verdicts(summary, Facts(deltas=(TEST,))) == [True]


@pytest.mark.parametrize(
    ("commands", "holds"),
    [
        ([("ruff check .", 1), ("cd x && ruff check .", 0)], True),
        ([("ruff check .", 0), ("ruff check .", 1)], False),
        ([("ruff check .", 1), ("ruff format . && ruff .", 0)], None),
        ([("ruff check . | tail", 0)], None),
        ([("ruff check .", None)], None),
        ([("ruff checker", 1)], None),
        ([], None),
    ],
)
def test_a_command_that_passed_is_looked_for_among_the_runs(
    commands: list[tuple[str, int | None]], holds: bool | None
) -> None:
    facts = Facts(commands=tuple(Command(*command) for command in commands))

    assert verdicts("`ruff check` passes.", facts) == [holds]


def test_code_names_are_no_commands() -> None:
    assert claims_in("The `add` method passes. The value is `x` and passed to `run`.") == ()


def test_each_claim_is_told_once() -> None:
    assert [one.kind for one in claims_in("All tests pass.\n\nTests pass!")] == [Kind.TESTS_PASS]


def test_a_flood_of_claims_is_cut() -> None:
    assert len(claims_in("\n".join(f"Fixed a{number}.py" for number in range(1000)))) == 40


def test_commands_are_read_from_the_events_of_a_session() -> None:
    events = [
        Event("tool.started", {"call": "1", "kind": "shell", "command": "make"}),
        Event("tool.started", {"call": "2", "kind": "read", "paths": ["a"]}),
        Event("tool.finished", {"call": "2", "status": "ok"}),
        Event(
            "tool.finished", {"call": "1", "status": "failed", "exit_code": 2, "output": "no rule"}
        ),
        Event("tool.finished", {"call": ["odd"], "exit_code": 0}),
        Event("tool.started", {"call": "3", "command": "ls"}),
        Event("tool.finished", {"call": "3", "exit_code": True}),
    ]

    assert commands_of(events) == (Command("make", 2, "no rule"), Command("ls", None))


def test_the_summary_file_wins_over_the_last_message() -> None:
    assert summary_of("last words", "# Done\n") == "# Done"
    assert summary_of("last words", " \n") == "last words"
    assert summary_of("last words", None) == "last words"
    assert summary_of("", None) == ""


def test_a_summary_is_bounded_and_can_be_stored() -> None:
    summary = summary_of("a\0b\ud800" + "x" * 50_000, None)

    assert summary.startswith("ab?x")
    assert len(summary) < 20_010
