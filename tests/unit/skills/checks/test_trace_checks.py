"""Checks of what a session did, judged on its events."""

from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.skills.checks import Judged, judge, parse_check, trace_of
from tests.fakes.trees import FakeTree


def shell(call: str, command: str, status: str = "ok", paths: tuple[str, ...] = ()) -> list[Event]:
    return made(call, status, kind="shell", name="Bash", command=command, paths=list(paths))


def made(call: str, status: str = "ok", **data: Any) -> list[Event]:
    return [
        Event("tool.started", {"call": call, "command": None, "paths": [], **data}),
        Event("tool.finished", {"call": call, "status": status}),
    ]


def judged(body: Any, *events: list[Event]) -> Judged:
    whole = trace_of(event for group in events for event in group)
    return judge(parse_check({"trace": body}), whole, FakeTree())


def test_what_must_never_be_called_is_found_with_the_place_of_its_event() -> None:
    found = judged(
        {"never": {"tool": "shell", "arg": "--no-verify"}},
        shell("1", "git status"),
        shell("2", "git commit --no-verify"),
    )

    assert (found.passed, found.events) == (False, (2,))


@pytest.mark.parametrize("status", ["denied", "aborted"])
def test_a_call_that_did_not_take_place_breaks_no_rule(status: str) -> None:
    found = judged({"never": {"arg": "push"}}, shell("1", "git push", status))

    assert found.passed


def test_a_call_that_failed_took_place() -> None:
    found = judged({"never": {"arg": "push"}}, shell("1", "git push", "failed"))

    assert not found.passed


@pytest.mark.parametrize(
    ("commands", "passed", "exercised"),
    [
        (["pytest -q", "git commit"], True, True),
        (["git commit", "pytest -q"], False, True),
        (["pytest -q && git commit"], True, True),
        (["git commit && pytest -q"], False, True),
        (["pytest -q", "git commit", "git commit"], True, True),
        (["pytest -q"], False, False),
        ([], False, False),
    ],
)
def test_what_comes_first_is_judged_by_order(
    commands: list[str], passed: bool, exercised: bool
) -> None:
    body = {
        "before": {"tool": "shell", "arg": "pytest"},
        "then": {"tool": "shell", "arg": "git commit"},
    }

    found = judged(body, *(shell(str(at), command) for at, command in enumerate(commands)))

    assert (found.passed, found.exercised) == (passed, exercised)


@pytest.mark.parametrize(
    ("tool", "name", "fits"),
    [
        ("mcp:fake-db/get_advisors", "mcp__fake-db__get_advisors", True),
        ("mcp:fake-db/get_advisors", "fake-db.get_advisors", True),
        ("mcp:fake-db", "fake-db.list_tables", True),
        ("mcp:fake-db/get_advisors", "fake-db.list_tables", False),
        ("mcp:db", "fake-db.get_advisors", False),
    ],
)
def test_a_tool_of_a_server_is_known_in_each_agents_spelling(
    tool: str, name: str, fits: bool
) -> None:
    assert judged({"called": tool}, made("1", kind="mcp", name=name)).passed is fits


def test_a_tool_may_be_named_by_its_kind_or_by_its_name() -> None:
    call = made("1", kind="read", name="Read", paths=["a.py"])

    assert judged({"called": "read"}, call).passed
    assert judged({"called": "Read"}, call).passed
    assert not judged({"called": "Grep"}, call).passed


def test_what_an_edit_puts_in_is_part_of_its_argument_and_what_it_takes_away_is_not() -> None:
    text = "-@skip\n-try: x()\n+try:\n+    x()\n+except OSError:\n+    pass"
    call = made("1", kind="edit", name="Edit", paths=["a.py"], text=text)

    assert judged({"called": {"tool": "edit", "arg": r"except OSError:\s*pass"}}, call).passed
    assert judged({"called": {"tool": "edit", "arg": r"^a\.py$"}}, call).passed
    assert not judged({"called": {"tool": "edit", "arg": "@skip"}}, call).passed


def test_calls_are_counted_against_both_limits() -> None:
    calls = [shell(str(at), "pytest") for at in range(3)]
    body = {"tool": "shell", "arg": "pytest"}

    assert judged({"count": {**body, "min": 1, "max": 3}}, *calls).passed
    assert not judged({"count": {**body, "max": 2}}, *calls).passed
    assert not judged({"count": {**body, "min": 4}}, *calls).passed


def test_a_retry_is_the_same_failing_call_again_until_it_succeeds() -> None:
    failing = [shell(str(at), "make", "failed") for at in range(3)]

    assert not judged({"max_retries": 1}, *failing).passed
    assert judged({"max_retries": 2}, *failing).passed
    assert judged({"max_retries": 1}, *failing[:2], shell("9", "make"), failing[2]).passed


def test_a_file_is_read_by_a_tool_or_by_a_command() -> None:
    body = {"read_file": "docs/**"}

    assert judged(body, made("1", kind="read", name="Read", paths=["docs/a/b.md"])).passed
    assert judged(body, shell("1", "cat docs/a.md", paths=("docs/a.md",))).passed
    assert not judged(body, made("1", kind="edit", name="Edit", paths=["docs/a.md"])).passed


def test_a_loaded_skill_is_told_by_its_event() -> None:
    loaded = [Event("skill.loaded", {"name": "commit"})]

    assert judged({"skill_loaded": "commit"}, loaded).passed
    assert not judged({"skill_loaded": "other"}, loaded).passed


def test_what_others_post_into_a_session_proves_nothing() -> None:
    posted = [Event("skill.loaded", {"name": "commit"}, posted=True)]

    assert not judged({"skill_loaded": "commit"}, posted).passed


def test_the_last_words_of_the_agent_itself_are_its_output() -> None:
    events = [
        Event("message", {"role": "assistant", "text": "All tests pass."}),
        Event("message", {"role": "user", "text": "thanks"}),
        Event("message", {"role": "assistant", "text": "sub-agent"}, parent="call-1"),
    ]
    check = parse_check({"output_regex": {"all": "tests pass", "none": ["fail", "error"]}})

    assert judge(check, trace_of(events), FakeTree()).passed
