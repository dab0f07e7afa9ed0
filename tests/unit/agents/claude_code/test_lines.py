"""Lines that are broken, strange or meant to hurt."""

import json
import time

import pytest

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.protocol import Emit, Step
from tests.fakes.event_contract import problems_in


def hear(*lines: bytes) -> list[Emit]:
    conversation = ClaudeConversation({})
    steps: list[Step] = [*conversation.open(trigger="start")]
    for line in lines:
        steps += conversation.hear(line)
    steps += conversation.ended(0, None)
    return [step for step in steps if isinstance(step, Emit)]


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"\xff\xfe\x00\x01",
        b"[]",
        b"7",
        b'"text"',
        b"null",
        b'{"type":"assistant","message":{"content":[{"type":"te',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"type":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda line: repr(line[:24]),
)
def test_what_is_no_json_object_is_a_warning_and_no_more(line: bytes) -> None:
    events = hear(line)

    assert [event.type for event in events] == ["turn.started", "warning", "turn.finished"]
    assert len(json.dumps(events[1].data)) < 2000


def test_empty_lines_are_nothing() -> None:
    assert [event.type for event in hear(b"", b"  ")] == ["turn.started", "turn.finished"]


def test_a_flood_of_garbage_does_not_flood_the_log() -> None:
    events = hear(*[b"garbage"] * 10_000)

    assert 8 <= len([event for event in events if event.type == "warning"]) <= 30


def test_a_type_that_nobody_knows_is_warned_of_once() -> None:
    line = json.dumps({"type": "brand_new", "text": "x"}).encode()

    warnings = [event.data["text"] for event in hear(line, line) if event.type == "warning"]

    assert warnings == ["lines of unknown type 'brand_new'"]


def test_a_flood_of_types_does_not_flood_the_log() -> None:
    lines = [json.dumps({"type": f"new-{n}"}).encode() for n in range(1000)]

    warnings = [event for event in hear(*lines) if event.type == "warning"]

    assert len(warnings) == 64


@pytest.mark.parametrize(
    "body",
    [
        {"type": "assistant"},
        {"type": "assistant", "message": []},
        {"type": "assistant", "message": {"content": "text"}},
        {
            "type": "assistant",
            "message": {"id": [], "content": [7, {"type": []}, {"type": "text"}]},
        },
        {"type": "assistant", "message": {"content": [{"type": "tool_use", "id": 7}]}},
        {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": {}}]}},
        {"type": "user", "isReplay": True, "uuid": ["x"]},
        {"type": "stream_event", "event": "x"},
        {"type": "stream_event", "event": {"type": "message_delta", "usage": 7}},
        {"type": "stream_event", "event": {"type": "message_start", "message": {"id": {}}}},
        {"type": "system", "subtype": {}},
        {"type": "system", "subtype": "permission_denied", "tool_use_id": {}, "message": 7},
        {"type": "system", "subtype": "api_retry", "attempt": "x", "error_status": -1},
        {"type": "command_lifecycle", "command_uuid": {}, "state": []},
        {"type": "control_request", "request_id": "r", "request": {"subtype": "can_use_tool"}},
        {"type": "control_request", "request": {}},
        {"type": "control_response", "response": {"request_id": "cost-1", "response": 7}},
        {"type": {}},
        {},
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_shapes_that_should_not_be_are_survived(body: object) -> None:
    events = hear(json.dumps(body).encode())

    assert not problems_in(events)
    assert events[-1].data["reason"] == "killed"


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"is_error": "yes", "terminal_reason": 7, "usage": [], "errors": {}},
        {"permission_denials": [{"tool_use_id": []}, 7], "result": {}},
        {"model_usage_since_last_result": {"a": 7}, "total_cost_usd": "free"},
    ],
)
def test_a_result_of_any_shape_ends_the_turn(result: dict[str, object]) -> None:
    events = hear(json.dumps({"type": "result", **result}).encode())

    assert not problems_in(events)
    assert events[-1].data["reason"] == "done"


def test_text_with_nul_and_half_characters_passes_through() -> None:
    text = "a\x00b\ud800c"
    line = json.dumps(
        {"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}}
    ).encode()

    (message,) = [event for event in hear(line) if event.type == "message"]

    assert message.data["text"] == text


def test_a_very_long_text_is_cut_and_says_so() -> None:
    line = json.dumps(
        {"type": "assistant", "message": {"content": [{"type": "text", "text": "x" * 10**6}]}}
    ).encode()

    (message,) = [event for event in hear(line) if event.type == "message"]

    assert len(message.data["text"]) < 70_000
    assert message.data["text"].endswith("more characters)")


def test_eight_mebibytes_in_one_line_are_read_within_a_second() -> None:
    text = "x" * (8 * 1024 * 1024)
    line = json.dumps(
        {"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}}
    ).encode()
    began = time.process_time()

    hear(line, line[:-100])

    assert time.process_time() - began < 1
