"""Calls and their results, one decision at a time."""

from typing import Any

import pytest

from darkfactory.agents.claude_code.files import change_of
from darkfactory.agents.claude_code.tools import (
    OUTPUT_TAIL,
    Call,
    call_of,
    finished,
    hash_of,
    kind_of,
    result_of,
    shown_path,
)

WORKSPACE = "/my space/repo"


def call(name: str = "Bash", at: str | None = None, **given: Any) -> Call:
    made = call_of({"id": "c", "name": name, "input": given}, workspace=WORKSPACE, at=at)
    assert made is not None
    return made


def status(text: str, *, meta: dict[str, Any] | None = None, refused: bool = False) -> str:
    block = {"content": text, "is_error": True}
    metas = None if meta is None else [{"id": "other"}, {"id": "c", **meta}]
    return result_of(call(), block, details=None, meta=metas, refused=refused).status


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Bash", "shell"),
        ("Read", "read"),
        ("Grep", "search"),
        ("Glob", "search"),
        ("Edit", "edit"),
        ("MultiEdit", "edit"),
        ("NotebookEdit", "edit"),
        ("Write", "write"),
        ("Task", "agent"),
        ("Agent", "agent"),
        ("mcp__server__ping", "mcp"),
        ("Skill", "other"),
        ("SomethingNew", "other"),
    ],
)
def test_each_tool_has_its_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/my space/repo/src/a.py", "src/a.py"),
        ("/my space/repo/src/../a.py", "a.py"),
        ("src/a.py", "src/a.py"),
        ("/my space/repository/a.py", "/my space/repository/a.py"),
        ("/my space/repo/../other/a.py", "/my space/other/a.py"),
        ("/etc/passwd", "/etc/passwd"),
    ],
)
def test_paths_inside_the_workspace_are_shown_from_its_root(path: str, shown: str) -> None:
    assert shown_path(path, WORKSPACE) == shown


def test_a_command_said_differently_but_equal_has_the_same_hash() -> None:
    one = call("Bash", command="make test", description="Run the tests")
    two = call("Bash", command="make test", description="Try again")

    assert one.started()["input_hash"] == two.started()["input_hash"]


def test_the_order_of_keys_does_not_change_a_hash() -> None:
    one = call("Edit", file_path="a", old_string="x", new_string="y")
    two = call("Edit", new_string="y", old_string="x", file_path="a")
    other = call("Edit", new_string="z", old_string="x", file_path="a")

    assert one.started()["input_hash"] == two.started()["input_hash"]
    assert one.started()["input_hash"] != other.started()["input_hash"]


def test_a_hash_is_taken_of_anything() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert hash_of(deep)
    assert hash_of("\ud800") != hash_of("\ud801")


def test_a_call_without_an_id_is_no_call() -> None:
    assert call_of({"name": "Bash"}, workspace="", at=None) is None


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"permission_decision": {"decision": "reject", "source": "config"}}, "denied"),
        ({"non_execution_kind": "permission-rule"}, "denied"),
        ({"non_execution_kind": "user-rejected"}, "aborted"),
        ({"permission_decision": {"decision": "accept"}}, "failed"),
        (None, "failed"),
    ],
)
def test_what_stopped_a_call_is_told_by_its_decision(
    meta: dict[str, Any] | None, expected: str
) -> None:
    assert status("Exit code 1", meta=meta) == expected


def test_a_call_announced_as_denied_is_denied() -> None:
    assert status("whatever", refused=True) == "denied"


def test_without_details_an_interrupted_call_is_known_by_its_words() -> None:
    text = "The user doesn't want to proceed with this tool use. The tool use was rejected"

    assert status(text) == "aborted"


def test_a_tool_that_was_taken_away_is_denied() -> None:
    text = "<tool_use_error>Error: No such tool available: Bash. Bash is disabled</tool_use_error>"

    assert status(text) == "denied"


@pytest.mark.parametrize(
    ("text", "failed", "details", "code"),
    [
        ("Exit code 3\nno", True, None, 3),
        ("Error: Exit code 127\nno such", True, None, 127),
        ("fine", False, {"stdout": "fine"}, 0),
        ("", False, {"returnCodeInterpretation": "No matches found"}, None),
        ("Command running in background", False, {"backgroundTaskId": "b1"}, None),
        ("Blocked: sleep 9", True, None, None),
    ],
)
def test_an_exit_status_is_told_only_where_it_is_known(
    text: str, failed: bool, details: dict[str, Any] | None, code: int | None
) -> None:
    block = {"content": text, "is_error": failed}

    result = result_of(call(), block, details=details, meta=None, refused=False)

    assert result.exit_code == code


def test_only_commands_have_an_exit_status() -> None:
    block = {"content": "Exit code 3"}

    assert result_of(call("Read"), block, details=None, meta=None, refused=False).exit_code is None


def test_of_a_long_output_the_end_is_kept_and_the_whole_is_hashed() -> None:
    one, two = "a" + "x" * OUTPUT_TAIL, "b" + "x" * OUTPUT_TAIL

    told = [
        finished(
            call(),
            result_of(call(), {"content": text}, details=None, meta=None, refused=False),
            None,
        )
        for text in (one, two)
    ]

    assert told[0]["output"] == told[1]["output"] == "x" * OUTPUT_TAIL
    assert told[0]["output_hash"] != told[1]["output_hash"]


def test_time_is_taken_from_the_lines_stamps() -> None:
    started = call(at="2026-11-21T09:00:00.250Z")
    result = result_of(started, {"content": ""}, details=None, meta=None, refused=False)

    assert finished(started, result, "2026-11-21T09:00:01.500Z")["ms"] == 1250
    assert finished(started, result, "2026-11-21T08:00:00.000Z")["ms"] == 0
    assert finished(started, result, "yesterday")["ms"] is None


PATCH = [{"lines": [" a", "-b", "+c", "+d"]}, {"lines": ["-e"]}]


@pytest.mark.parametrize(
    ("name", "given", "details", "counts"),
    [
        ("Edit", {"file_path": "a"}, {"structuredPatch": PATCH}, (2, 2)),
        ("Write", {"file_path": "a", "content": "1\n2\n"}, {"originalFile": None}, None),
        ("Write", {"file_path": "a", "content": "1\n2\n"}, {"type": "create"}, (2, 0)),
        ("Write", {"file_path": "a", "content": "1"}, {"originalFile": "1"}, (0, 0)),
        ("Write", {"file_path": "a", "content": "1\n2\n"}, None, (2, None)),
        (
            "Edit",
            {"file_path": "a", "old_string": "x\ny\nz", "new_string": "x\nq\nz"},
            None,
            (1, 1),
        ),
        ("Edit", {"file_path": "a", "old_string": "x", "new_string": "x\ny"}, None, (1, 0)),
        (
            "MultiEdit",
            {
                "file_path": "a",
                "edits": [
                    {"old_string": "a", "new_string": "b\nc"},
                    {"old_string": "d\ne", "new_string": ""},
                ],
            },
            None,
            (2, 3),
        ),
        ("NotebookEdit", {"notebook_path": "a", "new_source": "x"}, None, (None, None)),
    ],
)
def test_lines_are_counted_from_the_best_there_is(
    name: str, given: dict[str, Any], details: Any, counts: tuple[Any, Any] | None
) -> None:
    change = change_of(call(name, **given), details, WORKSPACE)

    assert change is not None
    assert (change["added"], change["removed"]) == (counts or (2, 0))


def test_the_hash_of_an_edit_is_the_hash_of_what_the_file_holds_then() -> None:
    edit = call("Edit", file_path="a", old_string="b", new_string="c")
    told = {"originalFile": "a b b", "oldString": "b", "newString": "c"}

    once = change_of(edit, told, WORKSPACE)
    every = change_of(edit, {**told, "replaceAll": True}, WORKSPACE)
    unsure = change_of(edit, {**told, "userModified": True}, WORKSPACE)

    assert once is not None
    assert every is not None
    assert unsure is not None
    assert once["content_hash"] == hash_of("a c b")
    assert every["content_hash"] == hash_of("a c c")
    assert unsure["content_hash"] is None


def test_what_changes_no_file_is_no_change() -> None:
    assert change_of(call("Read", file_path="a"), {"filePath": "a"}, WORKSPACE) is None
    assert change_of(call("Edit"), None, WORKSPACE) is None
