"""What each adapter tells its program when nobody has answered what it asked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.codex.approvals import COMMAND
from darkfactory.agents.mock.conversation import MockConversation
from darkfactory.agents.protocol import Conversation, Emit, Step
from tests.fakes.codex_transcripts import THREAD, TURN, command, line_of, working
from tests.fakes.rehearsal import Rehearsal


class Begun:
    """A conversation whose first turn has begun before it comes to a session."""

    def __init__(self, conversation: Conversation) -> None:
        self.hear = conversation.hear
        self.steer = conversation.steer
        self.interrupt = conversation.interrupt
        self.answer = conversation.answer
        self.finish = conversation.finish
        self.ended = conversation.ended

    def open(self, *, trigger: str) -> list[Step]:
        return [Emit("turn.started", {"trigger": trigger})]


def mock() -> tuple[Conversation, Sequence[dict[str, Any]]]:
    asked = {"request": "ask-1", "call": "t-1", "kind": "shell", "command": "ls"}
    return MockConversation({"prompt": "go"}), [{"type": "ask", **asked}]


def claude() -> tuple[Conversation, Sequence[dict[str, Any]]]:
    made = ClaudeConversation({"prompt": "go"})
    made.open(trigger="start")
    tool = {"tool_name": "Bash", "input": {"command": "ls"}, "tool_use_id": "t-1"}
    asked = {"subtype": "can_use_tool", **tool}
    return made, [{"type": "control_request", "request_id": "r-1", "request": asked}]


def codex() -> tuple[Conversation, Sequence[dict[str, Any]]]:
    about = {"threadId": THREAD, "turnId": TURN}
    return working("suggest").conversation, [
        {"method": "item/started", "params": {**about, "item": command("c-1", "ls")}},
        {"id": 7, "method": COMMAND, "params": {**about, "itemId": "c-1", "command": "ls"}},
    ]


NO = {
    mock: ("approve", False),
    claude: ("behavior", "deny"),
    codex: ("decision", "decline"),
}


def facts(message: Any) -> list[tuple[str, Any]]:
    """Return every plain value in *message* with its name."""
    if isinstance(message, list):
        return [fact for part in message for fact in facts(part)]
    if not isinstance(message, dict):
        return []
    plain = [(key, value) for key, value in message.items() if not isinstance(value, dict | list)]
    return plain + [fact for value in message.values() for fact in facts(value)]


@pytest.mark.parametrize("agent", NO, ids=lambda made: str(made.__name__))
def test_what_nobody_answers_is_denied_in_the_programs_own_words(
    tmp_path: Path, agent: Any
) -> None:
    conversation, asking = agent()
    session = Rehearsal(tmp_path, speaks=Begun(conversation), silence_seconds=60.0)
    session.agent_prints(*map(line_of, asking))
    session.at(0)
    (asked,) = session.data("approval.requested")
    before = len(session.sent)

    session.at(61)

    told = [fact for line in session.sent[before:] if line for fact in facts(json.loads(line))]
    assert NO[agent] in told
    assert session.data("approval.resolved") == [
        {"request": asked["request"], "decision": "deny", "by": "timeout"}
    ]
    assert session.supervisor.ending is None
