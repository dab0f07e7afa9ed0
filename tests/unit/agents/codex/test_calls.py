"""Calls: what an item says of one, and what is told when Codex says too little."""

from typing import Any

import pytest

from darkfactory.agents.codex.items import call_end, call_start, changed_files
from darkfactory.agents.codex.unseen import output_text
from darkfactory.agents.told import plain_command
from tests.fakes.codex_transcripts import TURN, WORKSPACE, Replay, command, working
from tests.fakes.event_contract import problems_in


def made_call(made: Replay, id_: str, name: str = "exec_command", **more: Any) -> None:
    item = {"type": "function_call", "call_id": id_, "name": name, "arguments": "{}", **more}
    made.note("rawResponseItem/completed", item=item)


def answered(made: Replay, id_: str, output: Any) -> None:
    item = {"type": "function_call_output", "call_id": id_, "output": output}
    made.note("rawResponseItem/completed", item=item)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("/bin/bash -lc 'make test'", "make test"),
        ("bash -c \"echo 'a b'\"", "echo 'a b'"),
        ("/usr/bin/zsh -lc ls", "ls"),
        ("make test", "make test"),
        ("bash -lc a b", "bash -lc a b"),
        ("python3 -c 'print(1)'", "python3 -c 'print(1)'"),
        ("bash -lc 'unclosed", "bash -lc 'unclosed"),
        ("", ""),
        ("bash -lc '" + "x" * 100_000 + "'", "bash -lc '" + "x" * 100_000 + "'"),
    ],
)
def test_a_command_is_shown_as_the_script_that_its_shell_runs(given: str, shown: str) -> None:
    assert plain_command(given) == shown


@pytest.mark.parametrize(
    ("item", "kind", "name"),
    [
        ({"type": "commandExecution", "command": "ls"}, "shell", "exec_command"),
        ({"type": "fileChange", "changes": []}, "edit", "apply_patch"),
        ({"type": "mcpToolCall", "server": "s", "tool": "t"}, "mcp", "s.t"),
        ({"type": "collabAgentToolCall", "tool": "spawnAgent"}, "agent", "spawnAgent"),
        ({"type": "subAgentActivity", "kind": "started"}, "agent", "sub-agent started"),
        ({"type": "webSearch", "query": "q"}, "search", "web_search"),
        ({"type": "imageView", "path": "a.png"}, "read", "view_image"),
        ({"type": "dynamicToolCall", "tool": "mine"}, "other", "mine"),
        ({"type": "sleep"}, "other", "sleep"),
        ({"type": "of a later version"}, "other", "of a later version"),
    ],
)
def test_each_type_of_item_has_a_kind_and_a_name(
    item: dict[str, Any], kind: str, name: str
) -> None:
    start = call_start(item, WORKSPACE)

    assert (start.kind, start.name) == (kind, name)


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ({"status": "completed"}, "ok"),
        ({"status": "failed"}, "failed"),
        ({"status": "declined"}, "denied"),
        ({"status": "interrupted"}, "aborted"),
        ({"status": "of a later version"}, "unknown"),
        ({}, "ok"),
    ],
)
def test_each_end_of_an_item_has_a_status(item: dict[str, Any], status: str) -> None:
    assert call_end(item).status == status


def test_a_call_takes_as_long_as_its_stamps_say() -> None:
    stamps = {"startedAtMs": 1000, "completedAtMs": 1250, "durationMs": 0}

    assert call_end(stamps).ms == 250
    assert call_end({"durationMs": 30}).ms == 30
    assert call_end({"startedAtMs": 5, "completedAtMs": 4}).ms is None


def test_an_edit_is_counted_by_file() -> None:
    changes = [
        {"path": f"{WORKSPACE}/new", "kind": {"type": "add"}, "diff": "a\nb\n"},
        {"path": "old", "kind": {"type": "delete"}, "diff": "a\n"},
        {"path": "x", "kind": {"type": "update"}, "diff": "@@ -1 +1,2 @@\n-a\n+++b\n+c\n d\n"},
        {"path": "y", "kind": {"type": "update", "move_path": "z"}, "diff": ""},
    ]

    files = changed_files({"changes": changes}, WORKSPACE)

    counted = [(file.path, file.added, file.removed) for file in files]
    assert counted == [("new", 2, 0), ("old", 0, 1), ("x", 2, 1), ("z", 0, 0)]


def test_only_the_same_edit_has_the_same_content_hash() -> None:
    def hashed(diff: str, kind: str = "update", path: str = "a") -> str:
        change = {"path": path, "kind": {"type": kind}, "diff": diff}
        return changed_files({"changes": [change]}, WORKSPACE)[0].content_hash

    assert hashed("+a") == hashed("+a")
    assert hashed("+a") != hashed("+b")
    assert hashed("+a") != hashed("+a", path="b")
    assert hashed("same text", "add") == hashed("same text", "add", path="b")


def test_a_call_whose_start_was_missed_is_told_whole() -> None:
    made = working()

    made.note("item/completed", item=command("c-1", status="completed", exitCode=0))

    assert made.types()[-2:] == ["tool.started", "tool.finished"]


def test_an_id_that_comes_again_is_another_call() -> None:
    made = working()

    for _ in range(2):
        made.note("item/started", item=command("c-1"))
        made.note("item/completed", item=command("c-1", status="completed"))
    made.end()

    assert len({call["call"] for call in made.of("tool.started")}) == 2
    assert not problems_in(made.events)


def test_output_of_a_call_that_does_not_run_is_not_told() -> None:
    made = working()

    made.note("item/commandExecution/outputDelta", itemId="c-1", delta="who am I")

    assert not made.of("tool.output")


def test_what_a_call_prints_is_told_as_it_comes_and_its_end_at_the_end() -> None:
    made = working()
    made.note("item/started", item=command("c-1"))

    for delta in ("a", "", "b"):
        made.note("item/commandExecution/outputDelta", itemId="c-1", delta=delta)
    done = command("c-1", status="completed", aggregatedOutput="x" * 10_000 + "end", exitCode=0)
    made.note("item/completed", item=done)

    assert [part["delta"] for part in made.of("tool.output")] == ["a", "b"]
    output = made.only("tool.finished")["output"]
    assert output.endswith("end")
    assert len(output) < 9000


def test_a_call_without_an_item_is_told_from_the_raw_stream() -> None:
    made = working()

    made_call(made, "c-1", arguments='{"cmd": "echo no > /etc/x"}')
    answered(made, "c-1", "Process exited with code 1\nOutput:\nRead-only file system\n")

    assert made.only("tool.started")["command"] == "echo no > /etc/x"
    assert made.only("denied")["call"] == "c-1"
    assert made.only("tool.finished")["status"] == "denied"
    assert made.only("tool.finished")["exit_code"] == 1


def test_a_call_with_an_item_is_told_once() -> None:
    made = working()

    made_call(made, "c-1")
    made.note("item/started", item=command("c-1"))
    made.note("item/completed", item=command("c-1", status="completed", exitCode=0))
    answered(made, "c-1", "Process exited with code 0\n")

    assert len(made.of("tool.started")) == len(made.of("tool.finished")) == 1


@pytest.mark.parametrize(
    ("name", "output", "kind", "status"),
    [
        ("get_goal", "no goal", "other", "ok"),
        ("spawn_agent", "unsupported call: spawn_agent", "agent", "failed"),
        ("exec_command", "exec_command failed: no such folder", "shell", "failed"),
        ("exec_command", 'exec_command failed: Rejected("no")', "shell", "denied"),
        ("exec_command", "Process exited with code 0", "shell", "ok"),
        ("write_stdin", "Process running with session ID 7", "shell", "ok"),
        ("exec_command", "aborted by user", "shell", "aborted"),
        ("apply_patch", "patch rejected: writing outside of the project", "edit", "denied"),
    ],
)
def test_the_answer_says_how_a_call_without_an_item_ended(
    name: str, output: str, kind: str, status: str
) -> None:
    made = working()

    made_call(made, "c-1", name)
    answered(made, "c-1", output)

    assert made.only("tool.started")["kind"] == kind
    assert made.only("tool.finished")["status"] == status


def test_a_script_whose_steps_have_items_is_not_told_itself() -> None:
    made = working()
    script = {"type": "custom_tool_call", "call_id": "s-1", "name": "exec", "input": "…"}

    made.note("rawResponseItem/completed", item=script)
    made.note("item/started", item=command("c-1"))
    made.note("item/completed", item=command("c-1", status="completed"))
    answered(made, "s-1", [{"type": "input_text", "text": "Script completed\n"}])

    assert made.only("tool.started")["call"] == "c-1"


def test_an_approved_step_of_a_script_that_the_sandbox_stops_ends_with_the_script() -> None:
    made = working("suggest")
    script = {"type": "custom_tool_call", "call_id": "s-1", "name": "exec", "input": "…"}

    made.note("rawResponseItem/completed", item=script)
    made.note("item/started", item=command("c-1"))
    answered(made, "s-1", "Script completed\nOutput:\nx: Read-only file system\n")

    assert made.only("tool.finished")["call"] == "c-1"
    assert made.only("tool.finished")["status"] == "denied"


def test_a_command_that_runs_on_in_the_background_stays_open_until_the_turn_ends() -> None:
    made = working()

    made_call(made, "c-1")
    made.note("item/started", item=command("c-1"))
    answered(made, "c-1", "Process running with session ID 7")
    before = made.of("tool.finished")
    made.note("turn/completed", turn={"id": TURN, "status": "completed"})

    assert before == []
    assert made.only("tool.finished")["status"] == "unknown"


def test_calls_that_were_never_answered_are_forgotten_with_their_turn() -> None:
    made = working()
    made_call(made, "c-1")
    made.note("turn/completed", turn={"id": TURN, "status": "completed"})
    made.steer("more")
    made.reply(turn={"id": "turn-2"})

    answered(made, "c-1", "Process exited with code 1")

    assert not made.of("tool.started")


def test_output_may_be_a_text_or_parts() -> None:
    assert output_text("a") == "a"
    assert output_text([{"text": "a"}, {"image_url": "x"}, 7, {"text": "b"}]) == "ab"
    assert output_text(None) == ""
