"""A session's log as a person follows it."""

from typing import Any

import pytest

from darkfactory.cli.transcript import event_text
from darkfactory.domain.event import Event


@pytest.mark.parametrize(
    ("type_", "data", "text"),
    [
        ("message", {"role": "assistant", "text": "Done."}, "ASSISTANT: Done."),
        ("tool.started", {"kind": "shell", "name": "sh", "command": "make"}, "  > sh: make"),
        (
            "tool.finished",
            {"status": "failed", "exit_code": 2, "output": "a\nb"},
            "    FAILED (exit 2) b",
        ),
        (
            "control.requested",
            {"op": "steer", "by": "ada", "text": "Be quick."},
            "  * ada: steer: Be quick.",
        ),
        ("control.requested", {"op": "interrupt", "by": "ada"}, "  * ada: interrupt"),
        ("control.accepted", {"op": "steer"}, ""),
        ("control.applied", {"op": "steer"}, ""),
        (
            "control.rejected",
            {"op": "approve", "reason": "no open approval"},
            "  * approve rejected: no open approval",
        ),
        (
            "approval.requested",
            {"request": "r-1", "kind": "shell", "command": "make"},
            "  ? r-1 wants your yes to make",
        ),
        (
            "approval.resolved",
            {"request": "r-1", "decision": "deny", "by": "ada"},
            "  ? r-1: deny by ada",
        ),
        ("waffle.scored", {"score": 0.2, "action": "none", "signals": []}, ""),
        (
            "waffle.scored",
            {"score": 0.8, "action": "steer", "signals": [{"because": "a loop"}, 7]},
            "  ! waffle 0.8, steer: a loop",
        ),
        ("harness.finished", {"result": "pass"}, "  * harness pass"),
        (
            "harness.finished",
            {"result": "fail", "failing": ["a", "b"]},
            "  * harness fail: a, b",
        ),
        ("warning", {"text": "careful"}, "  ! warning: careful"),
        (
            "session.ended",
            {"outcome": "cancelled", "reason": "cancelled by ada"},
            "== cancelled: by ada",
        ),
        ("session.ended", {"outcome": "reported"}, "== reported: no reason told"),
        ("nn.kept", {"id": "NN1", "check": ""}, "  * nn.kept"),
        ("usage", {"total_session": 7}, ""),
    ],
)
def test_each_event_is_told_in_words(type_: str, data: dict[str, Any], text: str) -> None:
    assert event_text(Event(type_, data)).rstrip() == text


@pytest.mark.parametrize("odd", [None, 7, "x", [1], {"a": []}])
def test_odd_data_can_be_told_too(odd: Any) -> None:
    keys = ("text", "reason", "signals", "failing", "op", "by", "request", "action", "outcome")
    types = ("message", "control.requested", "waffle.scored", "harness.finished", "session.ended")

    assert all(event_text(Event(type_, dict.fromkeys(keys, odd))) is not None for type_ in types)
