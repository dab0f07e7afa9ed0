"""The scripted model keeps its own promise: it plays the script on every API and holds no state."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.scripted_model import ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
CLAUDE_TOOLS = [{"name": name} for name in ("Bash", "Read", "Write", "Edit", "mcp__brass__polish")]
CODEX_TOOLS = [
    {"type": "function", "name": "exec_command"},
    {"type": "custom", "name": "apply_patch"},
    {"type": "namespace", "name": "brass", "tools": [{"type": "function", "name": "polish"}]},
]
GEMINI_TOOLS = [
    {"name": "run_shell_command"},
    {"name": "read_file", "parametersJsonSchema": {"properties": {"file_path": {}}}},
    {"name": "replace", "parametersJsonSchema": {"required": ["instruction"]}},
]
CODE_TOOLS = [{"type": "custom", "name": "exec"}]
EDIT = {"edit": {"path": "{cwd}/a", "old": "one", "new": "two"}}
WRITE = {"write": {"path": "{cwd}/a", "content": "one\n"}}
POLISH = {"mcp": {"name": "polish", "input": {"hard": True}}}


def script(*turns: Mapping[str, Any], **others: list[dict[str, Any]]) -> dict[str, Any]:
    sessions = [{"marker": "ITEM-1", "turns": list(turns)}]
    sessions += [{"marker": marker, "turns": played} for marker, played in others.items()]
    return {"sessions": sessions, "side": "a title"}


def post(model: ScriptedModel, path: str, body: Any) -> tuple[int, bytes]:
    """Send one request and read all of its answer."""
    host = model.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("POST", path, json.dumps(body), {"authorization": "Bearer secret"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def messages(*said: Any, **more: Any) -> dict[str, Any]:
    """Return a Messages request; texts are the user's, lists and dicts are taken as they are."""
    turns = [m if isinstance(m, dict) else {"role": "user", "content": m} for m in said]
    system = "Primary working directory: /w/here\n"
    return {"model": "m", "system": system, "messages": turns, "tools": CLAUDE_TOOLS, **more}


def ask(model: ScriptedModel, *said: Any, **more: Any) -> dict[str, Any]:
    """Ask on the Messages API without a stream; return the message."""
    status, answer = post(model, "/v1/messages", messages(*said, **more))
    assert status == 200
    message: dict[str, Any] = json.loads(answer)
    return message


def respond(model: ScriptedModel, tools: Any, text: str = "ITEM-1") -> list[dict[str, Any]]:
    """Ask on the Responses API; return the output items."""
    where = {"type": "message", "role": "user", "content": [{"text": "<cwd>/w/here</cwd>"}]}
    said = {"type": "message", "role": "user", "content": [{"text": text}]}
    _, answer = post(model, "/v1/responses", {"model": "m", "input": [where, said], "tools": tools})
    items: list[dict[str, Any]] = json.loads(answer)["output"]
    return items


def generate(
    model: ScriptedModel, *contents: Mapping[str, Any], stream: bool = False
) -> list[dict[str, Any]]:
    """Ask on the Gemini API; return the parts of the answer, put together from its pieces."""
    here = {"parts": [{"text": "**Workspace Directories:**\n  - /w/here\nITEM-1"}]}
    body = {
        "contents": [{"role": "user", **here}, *contents],
        "tools": [{"functionDeclarations": GEMINI_TOOLS}],
    }
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    _, answer = post(model, f"/v1beta/models/m:{method}", body)
    whole = re.findall(rb"data: (.+)\n\n", answer) if stream else [answer]
    pieces = [json.loads(piece) for piece in whole]
    assert pieces[-1]["candidates"][0]["finishReason"] == "STOP"
    return [part for piece in pieces for part in piece["candidates"][0]["content"]["parts"]]


def frames(answer: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    for frame in re.finditer(rb"event: (.+)\ndata: (.+)\n\n", answer):
        yield frame.group(1).decode(), json.loads(frame.group(2))


def test_actions_become_the_tools_that_claude_offers() -> None:
    turn = {"do": [{"shell": "ls"}, {"read": "{cwd}/a"}, WRITE, EDIT, POLISH]}

    with ScriptedModel(script(turn)) as model:
        message = ask(model, "do ITEM-1")

    calls = [(block["name"], block["input"]) for block in message["content"]]
    assert calls == [
        ("Bash", {"command": "ls", "description": "scripted"}),
        ("Read", {"file_path": "/w/here/a"}),
        ("Write", {"file_path": "/w/here/a", "content": "one\n"}),
        ("Edit", {"file_path": "/w/here/a", "old_string": "one", "new_string": "two"}),
        ("mcp__brass__polish", {"hard": True}),
    ]
    assert message["stop_reason"] == "tool_use"


def test_actions_become_the_tools_that_codex_offers() -> None:
    turn = {"do": [{"shell": "ls"}, {"read": "/a b"}, EDIT, POLISH]}

    with ScriptedModel(script(turn)) as model:
        shell, read, edit, polish = respond(model, CODEX_TOOLS)

    assert json.loads(shell["arguments"]) == {"cmd": "ls"}
    assert json.loads(read["arguments"]) == {"cmd": "cat '/a b'"}
    assert edit["type"] == "custom_tool_call"
    assert "*** Update File: /w/here/a\n@@\n-one\n+two\n" in edit["input"]
    assert (polish["name"], polish["namespace"]) == ("polish", "brass")


def test_actions_become_code_where_the_model_writes_code() -> None:
    with ScriptedModel(script({"do": [{"shell": "ls"}, WRITE, POLISH]})) as model:
        shell, write, polish = respond(model, CODE_TOOLS)

    assert 'tools.exec_command({cmd: "ls"})' in shell["input"]
    assert "tools.apply_patch(" in write["input"]
    assert "*** Add File: /w/here/a\\n+one\\n" in write["input"]
    assert '.endsWith("polish")' in polish["input"]


def test_actions_become_the_tools_that_gemini_offers_and_its_history_says_which_turn_comes() -> (
    None
):
    turns: list[dict[str, Any]] = [
        {"say": "Looking.", "do": [{"shell": "ls"}, {"read": "{cwd}/a"}, EDIT]},
        {"say": "end {last_result}"},
    ]
    result = {"functionResponse": {"name": "replace", "response": {"output": "42"}}}

    with ScriptedModel(script(*turns)) as model:
        said, *calls = generate(model, stream=True)
        called = {"role": "model", "parts": [said, *calls]}
        last = generate(model, called, {"role": "user", "parts": [result]})

    assert said == {"text": "Looking."}
    assert [(part["functionCall"]["name"], part["functionCall"]["args"]) for part in calls] == [
        ("run_shell_command", {"command": "ls", "is_background": False}),
        ("read_file", {"file_path": "/w/here/a"}),
        (
            "replace",
            {
                "file_path": "/w/here/a",
                "old_string": "one",
                "new_string": "two",
                "instruction": "scripted",
            },
        ),
    ]
    assert last == [{"text": "end 42"}]


def test_the_history_alone_says_which_turn_comes() -> None:
    turns: list[dict[str, Any]] = [
        {"do": [{"shell": "one"}]},
        {"do": [{"shell": "two"}]},
        {"say": "end {last_result}"},
    ]
    result = {"role": "user", "content": [{"type": "tool_result", "content": "42"}]}

    with ScriptedModel(script(*turns)) as model:
        first = ask(model, "ITEM-1")
        second = ask(model, "ITEM-1", first, result)
        retried = ask(model, "ITEM-1", first, result)
        last = ask(model, "ITEM-1", first, result, second, result)
        shortened = ask(model, "ITEM-1", second, result)

    commands = [m["content"][0]["input"]["command"] for m in (first, second, retried)]
    assert commands == ["one", "two", "two"]
    assert [m["content"][0]["text"] for m in (last, shortened)] == ["end 42", "end 42"]


def test_texts_count_as_turns_too() -> None:
    said = {"role": "assistant", "content": [{"type": "text", "text": "one"}]}

    with ScriptedModel(script({"say": "one"}, {"say": "two"})) as model:
        answer = ask(model, "ITEM-1", said, "go on")

    assert answer["content"][0]["text"] == "two"


def test_a_new_marker_switches_and_the_old_one_again_does_not() -> None:
    said = {"role": "assistant", "content": [{"type": "text", "text": "one"}]}
    played = script({"say": "one"}, {"say": "two"}, PLAN=[{"say": "plan"}])

    with ScriptedModel(played) as model:
        again = ask(model, "ITEM-1", said, "ITEM-1 (continued)")
        switched = ask(model, "ITEM-1", said, "ITEM-1, but as PLAN says")

    assert again["content"][0]["text"] == "two"
    assert switched["content"][0]["text"] == "plan"


def test_a_stream_of_messages_adds_up_to_the_message() -> None:
    turn = {"think": "hm", "say": "x" * 100, "do": [WRITE], "usage": {"input": 900, "cached": 600}}

    with ScriptedModel(script(turn)) as model:
        _, answer = post(model, "/v1/messages?beta=1", messages("ITEM-1", stream=True))

    heard = list(frames(answer))
    deltas = [data["delta"] for name, data in heard if name == "content_block_delta"]
    assert "".join(delta.get("text", "") for delta in deltas) == "x" * 100
    sent = "".join(delta.get("partial_json", "") for delta in deltas)
    assert json.loads(sent) == {"file_path": "/w/here/a", "content": "one\n"}
    usage = heard[-2][1]["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (300, 600)
    assert heard[-1][0] == "message_stop"


def test_a_stream_of_a_response_adds_up_to_the_response() -> None:
    turn = {"think": "hm", "say": "x" * 100, "do": [EDIT], "usage": {"output": 9, "reasoning": 5}}
    body = {"input": "ITEM-1", "tools": CODEX_TOOLS, "stream": True}

    with ScriptedModel(script(turn)) as model:
        _, answer = post(model, "/responses", body)

    heard = list(frames(answer))
    assert [data["sequence_number"] for _, data in heard] == list(range(len(heard)))
    text = "".join(data["delta"] for name, data in heard if name == "response.output_text.delta")
    assert text == "x" * 100
    whole = heard[-1][1]["response"]
    done = [data["item"] for name, data in heard if name == "response.output_item.done"]
    assert whole["output"] == done
    assert whole["usage"]["output_tokens_details"] == {"reasoning_tokens": 5}


def test_a_fault_strikes_as_often_as_it_says_and_only_its_conversation() -> None:
    fault = {"kind": "http", "status": 429, "times": 2, "retry_after": 1, "message": "slow down"}

    with ScriptedModel(script({"say": "at last", "fault": fault})) as model:
        answers = [post(model, "/v1/messages", messages("ITEM-1 a")) for _ in range(3)]
        other, _ = post(model, "/v1/messages", messages("ITEM-1 b"))
        served = model.served()

    assert [status for status, _ in answers] == [429, 429, 200]
    assert b"slow down" in answers[0][1]
    assert other == 429
    assert served == [{"input": 1000, "output": 50, "cached": 0, "reasoning": 0}]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/responses"])
def test_a_cut_stream_has_no_finished_piece(path: str) -> None:
    body = {**messages("ITEM-1", stream=True), "input": "ITEM-1"}

    with ScriptedModel(script({"say": "x" * 200, "fault": {"kind": "cut"}})) as model:
        with pytest.raises(http.client.IncompleteRead) as caught:
            post(model, path, body)
        model.wait_for(lambda seen: seen[0].outcome == "faulted")

    names = [name for name, _ in frames(caught.value.partial)]
    assert names
    assert "content_block_stop" not in names
    assert "response.output_item.done" not in names


def test_garbage_stands_between_whole_events() -> None:
    with ScriptedModel(script({"say": "x" * 200, "fault": {"kind": "garbage"}})) as model:
        _, answer = post(model, "/v1/messages", messages("ITEM-1", stream=True))

    assert b"data: {not json\n\n" in answer
    assert list(frames(answer.replace(b"data: {not json\n\n", b"")))[-1][0] == "message_stop"


@pytest.mark.parametrize("kind", ["hang", "cut"])
def test_a_spoiled_answer_without_a_stream_is_no_answer(kind: str) -> None:
    fault = {"kind": kind, "seconds": 0.1}

    with (
        ScriptedModel(script({"say": "never", "fault": fault})) as model,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        post(model, "/v1/messages", messages("ITEM-1"))


def test_a_client_that_hangs_up_is_noticed_while_the_model_thinks() -> None:
    with ScriptedModel(script({"say": "late", "sleep": 600})) as model:
        connection = http.client.HTTPConnection(model.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/v1/messages", json.dumps(messages("ITEM-1")))
        model.wait_for(len)
        connection.close()
        (request,) = model.wait_for(lambda seen: seen[0].outcome == "gone")

    assert request.turn == 0


def test_a_turn_for_several_sessions_is_held_until_all_have_come() -> None:
    both = {"say": "all here", "together": 2}
    played = script(both, other=[both])

    with ScriptedModel(played) as model, ThreadPoolExecutor(1) as thread:
        first = thread.submit(ask, model, "ITEM-1")
        (held,) = model.wait_for(len)
        before = held.outcome
        second = ask(model, "other")
        answers = [first.result(10), second]

    assert before == "open"
    assert [answer["content"][0]["text"] for answer in answers] == ["all here"] * 2


def test_what_reached_the_model_is_remembered_without_secrets() -> None:
    with ScriptedModel(script({"say": "hi"})) as model:
        ask(model, "ITEM-1 é")
        (request,) = model.requests

    assert request.holds("ITEM-1 é")
    assert request.headers["authorization"] == "<set>"
    assert (request.marker, request.turn, request.folder) == ("ITEM-1", 0, "/w/here")
    assert request.tools[0] == "Bash"


def test_requests_without_tools_get_the_side_answer() -> None:
    with ScriptedModel(script({"say": "hi"})) as model:
        message = ask(model, "a title for ITEM-1", tools=[])
        turns = model.turns()

    assert message["content"][0]["text"] == "a title"
    assert turns == []


def test_it_counts_tokens_and_names_models() -> None:
    with ScriptedModel(script()) as model:
        _, counted = post(model, "/v1/messages/count_tokens", messages("ITEM-1"))
        connection = http.client.HTTPConnection(model.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/v1/models")
        listed = json.loads(connection.getresponse().read())
        connection.close()

    assert json.loads(counted)["input_tokens"] > 10
    assert listed["data"][0]["id"] == "scripted"


def test_a_wait_in_vain_says_what_was_seen() -> None:
    with ScriptedModel(script({"say": "hi"})) as model:
        ask(model, "ITEM-1")

        with pytest.raises(TimeoutError, match="ITEM-1"):
            model.wait_for(lambda seen: len(seen) > 1, seconds=0.01)


def test_it_serves_a_script_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("sessions: [{marker: ITEM-1, turns: [{say: hi}]}]")
    files = ["--script", f"{tmp_path}/s.yaml", "--port-file", f"{tmp_path}/port"]
    command = [sys.executable, "-m", "tests.fakes.scripted_model", *files]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        line = server.stdout.readline() if server.stdout else b""
        server.terminate()

    assert json.loads(line)["url"] == (tmp_path / "port").read_text()
