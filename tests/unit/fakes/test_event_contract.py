"""The check of events finds what it should find: a check that never fails proves nothing."""

from typing import Any

import pytest

from darkfactory.agents.protocol import Emit
from tests.fakes.event_contract import problems_in, problems_of

USAGE = {
    "scope": "request",
    "input": 1,
    "output": 1,
    "cached": 0,
    "reasoning": 0,
    "total_session": 2,
    "cost_usd": None,
    "cost_source": "none",
}
STARTED = {
    "call": "c",
    "kind": "shell",
    "name": "Bash",
    "command": "ls",
    "paths": [],
    "input_hash": "h",
}
FINISHED = {
    "call": "c",
    "status": "ok",
    "exit_code": 0,
    "output": "",
    "output_hash": "h",
    "ms": 1,
}
BEGIN = Emit("turn.started", {"trigger": "start"})
END = Emit("turn.finished", {"reason": "done", "text": ""})
TOOL, TOOL_END = Emit("tool.started", STARTED), Emit("tool.finished", FINISHED)


def test_a_sound_turn_has_no_problems() -> None:
    assert problems_in([BEGIN, TOOL, TOOL_END, Emit("usage", USAGE), END]) == []


@pytest.mark.parametrize(
    ("type_", "data", "problem"),
    [
        ("turn.begun", {}, "there is no such event"),
        ("thought", {}, "no text"),
        ("thought", {"text": "x", "mood": "y"}, "unknown key mood"),
        ("message", {"role": "robot", "text": "x"}, "role is 'robot'"),
        ("usage", {**USAGE, "input": -1}, "input is -1"),
        ("usage", {**USAGE, "input": True}, "input is True"),
        ("tool.started", {**STARTED, "paths": [1]}, "paths is [1]"),
        ("tool.finished", {**FINISHED, "status": "fine"}, "status is 'fine'"),
        ("session.ended", {"outcome": "won"}, "outcome is 'won'"),
        ("nn.kept", {"id": "n", "check": {1, 2}}, "is no JSON"),
    ],
)
def test_one_wrong_event_is_found(type_: str, data: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in problems_of(Emit(type_, data)))


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([TOOL, BEGIN, TOOL_END, END], "tool.started outside a turn"),
        ([BEGIN, BEGIN, END], "turn.started inside a turn"),
        ([BEGIN, END, END], "turn.finished outside a turn"),
        ([BEGIN], "the last turn is not finished"),
        ([BEGIN, TOOL, END], "turn.finished while running: ['c']"),
        ([BEGIN, TOOL_END, END], "tool.finished, not running: c"),
        ([BEGIN, TOOL, TOOL_END, TOOL, END], "tool.started twice: c"),
        (
            [BEGIN, Emit("tool.output", {"call": "c", "delta": "x"}), END],
            "tool.output, not running: c",
        ),
        ([BEGIN, Emit("denied", {"call": "c", "reason": "no"}), END], "denied of an unknown call"),
        (
            [BEGIN, Emit("usage", USAGE), Emit("usage", {**USAGE, "total_session": 1}), END],
            "total_session fell from 2 to 1",
        ),
        ([BEGIN, Emit("message", {"role": "user", "text": "x"}), END], "the host's to log"),
    ],
)
def test_a_wrong_order_is_found(events: list[Emit], problem: str) -> None:
    assert any(problem in found for found in problems_in(events))
