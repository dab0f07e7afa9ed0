"""Claims held against facts: only a clear contradiction is False."""

import pytest

from darkfactory.changes.claims import Facts, judge_claims
from darkfactory.changes.commands import Command, commands_of
from darkfactory.changes.statements import claims_in
from darkfactory.changes.summary import summary_of
from darkfactory.changes.wording import Kind
from darkfactory.domain.change import FileDelta, HarnessResult, HarnessVerdict
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
        "All tests should pass.",
        "All tests pass except test_x.",
        "If you install x, all tests pass.",
        "I could not run the tests.",
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
        Event("tool.finished", {"call": "1", "status": "failed", "exit_code": 2}),
        Event("tool.finished", {"call": ["odd"], "exit_code": 0}),
        Event("tool.started", {"call": "3", "command": "ls"}),
        Event("tool.finished", {"call": "3", "exit_code": True}),
    ]

    assert commands_of(events) == (Command("make", 2), Command("ls", None))


def test_the_summary_file_wins_over_the_last_message() -> None:
    assert summary_of("last words", "# Done\n") == "# Done"
    assert summary_of("last words", " \n") == "last words"
    assert summary_of("last words", None) == "last words"
    assert summary_of("", None) == ""


def test_a_summary_is_bounded_and_can_be_stored() -> None:
    summary = summary_of("a\0b\ud800" + "x" * 50_000, None)

    assert summary.startswith("ab?x")
    assert len(summary) < 20_010
