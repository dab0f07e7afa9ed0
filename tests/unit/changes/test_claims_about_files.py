"""Claims about files and commands, held against the change and the log."""

import pytest

from darkfactory.changes.claims import judge_claims
from darkfactory.changes.commands import Command, commands_of
from darkfactory.changes.known import Facts
from darkfactory.changes.statements import claims_in
from darkfactory.changes.summary import summary_of
from darkfactory.changes.wording import Kind
from darkfactory.domain.change import Claim, FileDelta
from darkfactory.domain.event import Event
from tests.unit.changes.claimed import SOURCE, TEST, verdicts


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
