"""The mock's lines become events; nothing that it could say breaks the host."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from darkfactory.agents.mock.conversation import MockConversation
from darkfactory.agents.protocol import Applied, CloseInput, Emit, Refused, Send, Step

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TYPES = st.sampled_from(
    ["hello", "user", "message", "usage", "tool", "tool_end", "ask", "done", "changed", "refused"]
)
KEYS = st.sampled_from(["call", "kind", "id", "text", "input", "output", "paths", "status", "path"])


def said(type_: str, **fields: Any) -> bytes:
    return json.dumps({"type": type_, **fields}).encode()


def conversation(**spec: Any) -> MockConversation:
    return MockConversation({"prompt": "ITEM-1", "workspace": "/w", **spec})


def emitted(steps: list[Step]) -> list[tuple[str, Any]]:
    return [(step.type, dict(step.data)) for step in steps if isinstance(step, Emit)]


def usage(**tokens: int) -> bytes:
    return said("usage", **{"input": 0, "output": 0, "cached": 0, "reasoning": 0, **tokens})


def tool(call: str) -> bytes:
    return said("tool", call=call, kind="shell", command="ls", paths=[], input="ls")


def test_it_opens_with_a_turn_and_the_prompt() -> None:
    turn, prompt = conversation().open(trigger="resume")

    assert turn == Emit("turn.started", {"trigger": "resume"})
    assert isinstance(prompt, Send)
    assert json.loads(prompt.line) == {"type": "prompt", "id": "prompt", "text": "ITEM-1"}


def test_an_edit_tells_what_it_takes_away_and_what_it_puts_in() -> None:
    edit = {"path": "a.py", "old": "x\ny\n", "new": "x\nz\n"}
    write = {"path": "a.py", "content": "one\ntwo\n"}
    texts = []

    for kind, value in (("edit", edit), ("write", write), ("shell", "ls")):
        line = said("tool", call="1", kind=kind, command=None, paths=["a.py"], input=value)
        texts.append(emitted(conversation().hear(line))[0][1].get("text"))

    assert texts == ["-y\n+z", "+one\n+two", None]


def test_the_total_goes_on_from_what_was_used_before() -> None:
    talk = conversation(total_before=500)

    totals = [emitted(talk.hear(usage(input=n, output=1)))[0][1]["total_session"] for n in (10, 20)]

    assert totals == [511, 532]


def test_a_steer_that_finds_the_mock_idle_begins_a_turn() -> None:
    talk = conversation()
    talk.open(trigger="start")
    talk.hear(said("done", reason="done", text="."))

    steps = talk.hear(said("user", id="c-1", text="more", opens=True))

    assert steps == [Emit("turn.started", {"trigger": "steer"}), Applied("c-1")]


def test_an_interrupt_of_an_idle_agent_is_refused() -> None:
    talk = conversation()
    talk.open(trigger="start")
    talk.hear(said("done", reason="done", text="."))

    assert talk.interrupt("c-1") == [Refused("c-1", "no turn is running")]


def test_finish_closes_its_input() -> None:
    assert conversation().finish()[-1] == CloseInput()


def test_what_was_open_at_its_end_is_closed_once() -> None:
    talk = conversation()
    talk.open(trigger="start")
    talk.hear(tool("call-1"))

    first, second = talk.ended(None, 9), talk.ended(None, 9)

    assert [type_ for type_, _ in emitted(first)] == ["tool.finished", "turn.finished"]
    assert emitted(first)[0][1]["status"] == "unknown"
    assert emitted(first)[1][1]["reason"] == "killed"
    assert second == []


def test_paths_outside_the_workspace_stay_whole() -> None:
    talk = conversation()
    change = {"call": "c", "added": 1, "removed": 0, "content_hash": "h"}

    told = [
        emitted(talk.hear(said("changed", path=path, **change)))[0][1]["path"]
        for path in ("/w/a/../b", "/w2/a", "../x", "sub/c")
    ]

    assert told == ["b", "/w2/a", "/x", "sub/c"]


@given(st.binary())
def test_any_bytes_are_a_warning_at_most(line: bytes) -> None:
    types = {type_ for type_, _ in emitted(conversation().hear(line))}

    assert types <= {"warning"}


@given(TYPES, st.dictionaries(KEYS, JSON))
def test_lines_with_wrong_fields_never_raise(type_: str, fields: dict[str, Any]) -> None:
    talk = conversation()
    talk.open(trigger="start")

    steps = talk.hear(said(type_, **fields))

    assert all(json.dumps(data) for _, data in emitted(steps))
