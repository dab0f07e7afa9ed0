import json
from collections.abc import Iterable
from typing import Any

import pytest

from darkfactory.factory.foreign_logs import UnknownLog, events_of_log
from darkfactory.waffle.log import score_events

COMMAND = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "make"}}
ANSWER = {"type": "tool_result", "tool_use_id": "t1", "content": "Exit code 2\nno rule"}


def told(lines: Iterable[dict[str, Any]]) -> list[tuple[int, str, Any]]:
    """Return line, type and essence of each event."""
    rows = []
    for at, (events, _) in enumerate(events_of_log(map(json.dumps, lines), name="a.jsonl")):
        for event in events:
            if event.type != "usage":
                keys = ("text", "command", "status", "path")
                rows.append((at, event.type, next(filter(None, map(event.data.get, keys)), None)))
    return rows


def claude(kind: str, *blocks: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    content = blocks[0] if blocks and isinstance(blocks[0], str) else list(blocks)
    return {"type": kind, "message": {"role": kind, "content": content}, **more}


def test_a_transcript_of_claude_code_is_read() -> None:
    more = {"sessionId": "s", "isSidechain": False, "cwd": "/w"}
    lines = [
        {"type": "queue-operation", "sessionId": "s"},
        claude("user", "mend it", **more),
        claude("assistant", {"type": "text", "text": "Looking."}, COMMAND, **more),
        claude("user", {**ANSWER, "is_error": True}, toolUseResult="Error", **more),
    ]

    assert told(lines) == [
        (1, "message", "mend it"),
        (2, "message", "Looking."),
        (2, "tool.started", "make"),
        (3, "tool.finished", "failed"),
    ]


def test_agents_on_the_side_of_a_transcript_are_apart() -> None:
    side = {"sessionId": "s", "isSidechain": True, "agentId": "a1"}
    lines = [claude("assistant", {"type": "text", "text": "Hm."}, **side)]

    ((event,),) = [events for events, _ in events_of_log(map(json.dumps, lines), name="a")]

    assert event.parent == "a1"


def test_what_claude_code_prints_is_read() -> None:
    lines = [
        {"type": "system", "subtype": "init", "session_id": "s", "cwd": "/w"},
        claude("assistant", COMMAND, session_id="s"),
        claude("user", {**ANSWER, "is_error": False}, session_id="s"),
        {"type": "result", "session_id": "s"},
    ]

    assert told(lines) == [(1, "tool.started", "make"), (2, "tool.finished", "ok")]


def test_what_codex_prints_is_read() -> None:
    run = {"id": "i1", "type": "command_execution", "command": "/bin/bash -lc 'make all'"}
    edit = {"id": "i2", "type": "file_change", "changes": [{"path": "a.py", "kind": "update"}]}
    lines: list[dict[str, Any]] = [
        {"type": "thread.started", "thread_id": "t"},
        {"type": "item.completed", "item": {"id": "i0", "type": "agent_message", "text": "Hm."}},
        {"type": "item.started", "item": {**run, "status": "in_progress"}},
        {"type": "item.completed", "item": {**run, "status": "failed", "exit_code": 2}},
        {"type": "item.completed", "item": {**edit, "status": "completed"}},
    ]

    assert told(lines) == [
        (1, "message", "Hm."),
        (2, "tool.started", "make all"),
        (3, "tool.finished", "failed"),
        (4, "tool.started", None),
        (4, "file.changed", "a.py"),
        (4, "tool.finished", "ok"),
    ]


def rollout(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": "2026-11-21T10:00:00Z", "type": kind, "payload": payload}


def test_a_rollout_of_codex_is_read() -> None:
    item = {
        "type": "FileChange",
        "id": "c2",
        "status": "completed",
        "changes": {"/w/a.py": {"type": "update", "unified_diff": "@@\n-a\n+b\n"}},
    }
    lines = [
        rollout("session_meta", cwd="/w"),
        rollout("response_item", type="message", role="user", content=[{"text": "<env>"}]),
        rollout("response_item", type="message", role="user", content=[{"text": "mend it"}]),
        rollout("event_msg", type="item_completed", item=item),
        rollout("response_item", type="message", role="assistant", content=[{"text": "Done."}]),
    ]

    assert told(lines) == [
        (2, "message", "mend it"),
        (3, "tool.started", "-a\n+b"),
        (3, "file.changed", "a.py"),
        (3, "tool.finished", "ok"),
        (4, "message", "Done."),
    ]


def test_an_older_rollout_tells_of_commands_by_call_and_answer_only() -> None:
    arguments = json.dumps({"command": ["bash", "-lc", "make"]})
    output = json.dumps({"output": "no rule", "metadata": {"exit_code": 2}})
    call = {"call_id": "c1", "name": "shell"}
    lines = [
        rollout("session_meta", cwd="/w"),
        rollout("response_item", type="function_call", arguments=arguments, **call),
        rollout("response_item", type="function_call_output", call_id="c1", output=output),
    ]

    assert [row[1:] for row in told(lines)] == [
        ("tool.started", "bash -lc make"),
        ("tool.finished", "failed"),
    ]


def test_evidence_in_a_foreign_log_is_named_by_its_lines() -> None:
    lines: list[dict[str, Any]] = [{"type": "system", "session_id": "s"}]
    for number in range(4):
        call = {**COMMAND, "id": f"t{number}"}
        lines.append(claude("assistant", {"type": "text", "text": f"Try {number}"}, call))
        answer = {**ANSWER, "tool_use_id": f"t{number}", "is_error": True}
        lines.append(claude("user", answer))

    scored = score_events(events_of_log(map(json.dumps, lines), name="a"), file="a")

    assert scored["signals"][0]["name"] == "exact_loop"
    assert scored["signals"][0]["events"] == [2, 4, 6, 8]


@pytest.mark.parametrize("keys", [{"role": "x"}, {"type": "tool_use", "tool_name": "shell"}])
def test_an_unknown_form_says_so(keys: dict[str, str]) -> None:
    with pytest.raises(UnknownLog, match="no log that can be scored"):
        list(events_of_log([json.dumps(keys)], name="a.jsonl"))


def test_our_own_logs_pass_as_they_are() -> None:
    lines = ["", '{"type": "message", "data": {"role": "assistant", "text": "Hm."}}', "no json"]

    rows = [(len(events), why) for events, why in events_of_log(lines, name="a")]

    assert rows == [(0, ""), (1, ""), (0, "it is no JSON")]


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "x", ["a"], {"a": 1}], ids=repr)
@pytest.mark.parametrize(
    "kind", ["assistant", "user", "item.completed", "item.started", "response_item", "event_msg"]
)
def test_lines_of_a_wrong_shape_do_no_harm(kind: str, wrong: object) -> None:
    first = {"assistant": "system", "user": "system"}.get(kind, "thread.started")
    head = rollout("session_meta") if kind in ("response_item", "event_msg") else {"type": first}
    keys = ("message", "content", "item", "payload", "cwd", "toolUseResult", "isSidechain")
    body = {"type": kind, "session_id": "s", **dict.fromkeys(keys, wrong)}
    inner = {**body, "item": {"type": wrong, "id": wrong, "changes": wrong, "command": wrong}}

    lines = [json.dumps({**head, "session_id": "s"}), json.dumps(body), json.dumps(inner)]

    assert len(list(events_of_log(lines, name="a"))) == 3
