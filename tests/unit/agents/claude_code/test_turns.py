"""When turns begin and end, and what becomes of steers, interrupts and answers."""

import json
from typing import Any

import pytest

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.protocol import Applied, CloseInput, Emit, Refused, Send, Step
from tests.fakes.claude_transcripts import lines_of, replay

INIT = {"type": "system", "subtype": "init", "session_id": "n", "model": "m"}
IDLE = {"type": "system", "subtype": "session_state_changed", "state": "idle"}
DONE = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "terminal_reason": "completed",
    "result": "Done.",
}


def line(**body: Any) -> bytes:
    return json.dumps(body).encode()


def lifecycle(message: str, state: str) -> bytes:
    return line(type="command_lifecycle", command_uuid=message, state=state)


def says(text: str = "Hello.") -> bytes:
    content = [{"type": "text", "text": text}]
    return line(type="assistant", message={"id": "m1", "content": content})


def asks(request: str = "r1", command: str = "ls") -> bytes:
    asked = {
        "subtype": "can_use_tool",
        "tool_name": "Bash",
        "input": {"command": command},
        "tool_use_id": "t1",
    }
    return line(type="control_request", request_id=request, request=asked)


def opened(**request: Any) -> ClaudeConversation:
    """Return a conversation whose messages are called m-1, m-2 and so on; m-1 is the prompt."""
    numbers = iter(range(1, 100))
    conversation = ClaudeConversation(
        {"prompt": "go", **request}, new_id=lambda: f"m-{next(numbers)}"
    )
    conversation.open(trigger="start")
    return conversation


def told(steps: list[Step]) -> list[tuple[str, Any]]:
    """Return the turn events among *steps*: type, and trigger or reason."""
    return [
        (step.type, step.data.get("trigger") or step.data.get("reason"))
        for step in steps
        if isinstance(step, Emit) and step.type.startswith("turn.")
    ]


def sent(steps: list[Step]) -> list[dict[str, Any]]:
    return [json.loads(step.line) for step in steps if isinstance(step, Send)]


def test_the_prompt_is_sent_as_a_named_message() -> None:
    conversation = ClaudeConversation({"prompt": "Fix it. ü"}, new_id=lambda: "m-1")

    steps = conversation.open(trigger="resume")

    assert told(steps) == [("turn.started", "resume")]
    *_, prompt = sent(steps)
    assert prompt["uuid"] == "m-1"
    assert prompt["message"]["content"] == [{"type": "text", "text": "Fix it. ü"}]


def test_a_text_with_a_slash_in_front_is_a_text_and_no_command() -> None:
    (message,) = sent(opened().steer("s", "/clear the table"))

    assert message["message"]["content"][0]["text"] == " /clear the table"


def test_a_steer_that_the_running_turn_takes_is_applied_now() -> None:
    made = replay("stream-steer-now")

    assert made.answers == {"steer-1": Applied("steer-1", "now")}
    assert len(made.of("turn.finished")) == 1


def test_steers_that_come_after_the_last_call_become_one_turn_of_their_own() -> None:
    made = replay("stream-steer-late")

    assert made.answers == {
        "steer-1": Applied("steer-1", "queued"),
        "steer-2": Applied("steer-2", "queued"),
    }
    assert [turn["trigger"] for turn in made.of("turn.started")] == ["start", "steer"]
    assert [turn["text"] for turn in made.of("turn.finished")] == ["First answer.", "Late answer."]


def test_between_a_turn_and_the_steer_that_follows_the_agent_is_never_idle() -> None:
    conversation = opened()
    conversation.steer("s", "more")

    steps = conversation.hear(line(**DONE))

    assert told(steps) == [("turn.finished", "done"), ("turn.started", "steer")]


def test_a_steer_sent_while_the_program_goes_idle_is_not_lost() -> None:
    conversation = opened()
    conversation.hear(lifecycle("m-1", "started"))
    conversation.steer("s", "more")

    crossed = [*conversation.hear(line(**DONE)), *conversation.hear(line(**IDLE))]
    taken = conversation.hear(lifecycle("m-2", "started"))

    assert told(crossed) == [("turn.finished", "done"), ("turn.started", "steer")]
    assert taken == [Applied("s", "queued")]


def test_a_steer_of_an_idle_agent_is_a_turn_and_applied_now() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    steps = conversation.steer("s", "more")
    taken = conversation.hear(lifecycle("m-2", "started"))

    assert told(steps) == [("turn.started", "steer")]
    assert taken == [Applied("s", "now")]


def test_a_program_without_lifecycle_lines_confirms_a_steer_by_its_replay() -> None:
    conversation = opened()
    conversation.steer("s", "more")

    taken = conversation.hear(line(type="user", isReplay=True, uuid="m-2", message={}))

    assert taken == [Applied("s", "now")]


def test_an_interrupt_ends_the_turn_and_its_command() -> None:
    made = replay("stream-interrupt")

    assert [turn["reason"] for turn in made.of("turn.finished")] == ["interrupted", "done"]
    assert made.only("tool.finished")["status"] == "aborted"
    assert made.answers["interrupt-1"] == Applied("interrupt-1")


def test_an_interrupt_takes_the_steers_with_it_that_were_still_waiting() -> None:
    made = replay("stream-interrupt")

    assert isinstance(made.answers["steer-1"], Refused)
    assert made.answers["steer-2"] == Applied("steer-2", "now")


def test_an_interrupt_asks_the_program_to_drop_what_is_queued() -> None:
    conversation = opened()

    steps = conversation.interrupt("i")

    assert [message["request"] for message in sent(steps)] == [
        {"subtype": "interrupt", "cancel_queued": True}
    ]


def test_an_interrupt_before_the_prompt_was_read_ends_the_turn_without_a_result() -> None:
    made = replay("stream-interrupt-early")

    assert made.only("turn.finished") == {"reason": "interrupted", "text": ""}
    assert made.answers == {"interrupt-1": Applied("interrupt-1")}


def test_an_interrupt_in_the_middle_of_an_answer_keeps_what_was_said() -> None:
    made = replay("stream-interrupt-midway")

    ended = made.only("turn.finished")
    assert ended["reason"] == "interrupted"
    assert ended["text"].startswith("some words that stop")


def test_an_interrupt_of_an_idle_agent_is_refused() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    assert conversation.interrupt("i") == [Refused("i", "no turn is running")]


def test_an_interrupt_that_the_program_turns_down_is_refused_with_its_reason() -> None:
    conversation = opened()
    request = sent(conversation.interrupt("i"))[0]["request_id"]
    failure = {"subtype": "error", "request_id": request, "error": "not now"}

    refused = conversation.hear(line(type="control_response", response=failure))
    ended = conversation.hear(line(**DONE))

    assert refused == [Refused("i", "not now")]
    assert not [step for step in ended if isinstance(step, Applied)]


def test_an_interrupt_that_comes_too_late_is_applied_to_a_turn_that_is_done() -> None:
    conversation = opened()
    conversation.interrupt("i")

    steps = conversation.hear(line(**DONE))

    assert told(steps) == [("turn.finished", "done")]
    assert Applied("i") in steps


def test_idle_without_a_result_ends_a_turn_that_had_begun() -> None:
    conversation = opened()
    conversation.hear(says("All is well."))

    steps = conversation.hear(line(**IDLE))

    assert told(steps) == [("turn.finished", "done")]
    assert conversation.hear(line(**IDLE)) == []


def test_idle_says_nothing_of_a_prompt_that_was_not_read_yet() -> None:
    conversation = opened()

    assert conversation.hear(line(**IDLE)) == []


def test_a_program_that_goes_on_by_itself_has_begun_a_turn() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    steps = [
        *conversation.hear(says("A task of mine has ended.")),
        *conversation.hear(line(**DONE)),
    ]

    assert told(steps) == [("turn.started", "resume"), ("turn.finished", "done")]


def test_a_result_without_a_turn_is_no_turn() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    assert conversation.hear(line(**DONE)) == []


def test_each_call_that_needs_a_person_is_asked_for_and_answered() -> None:
    made = replay("stream-approvals")

    asked = [(a["kind"], a["command"]) for a in made.of("approval.requested")]
    finished = [call["status"] for call in made.of("tool.finished")]
    assert asked == [
        ("shell", "echo approved"),
        ("shell", "echo refused"),
        ("shell", "echo pending"),
    ]
    assert finished == ["ok", "ok", "denied", "aborted"]
    assert len(made.of("denied")) == 1
    assert made.only("turn.finished")["reason"] == "interrupted"


@pytest.mark.parametrize(
    ("approve", "answer"),
    [(True, {"behavior": "allow"}), (False, {"behavior": "deny", "message": "not today"})],
)
def test_an_answer_reaches_the_program_in_its_own_words(
    approve: bool, answer: dict[str, str]
) -> None:
    conversation = opened()
    conversation.hear(asks("r1"))

    steps = conversation.answer("c", "r1", approve=approve, note="not today")

    (message,) = sent(steps)
    assert message["response"] == {
        "subtype": "success",
        "request_id": "r1",
        "response": answer,
    }
    assert steps[-1] == Applied("c")


def test_an_approval_is_answered_once() -> None:
    conversation = opened()
    conversation.hear(asks("r1"))
    conversation.answer("c1", "r1", approve=True, note="")

    (again,) = conversation.answer("c2", "r1", approve=True, note="")

    assert isinstance(again, Refused)


def test_an_approval_dies_with_its_turn() -> None:
    conversation = opened()
    conversation.hear(asks("r1"))
    conversation.hear(line(**DONE))

    (late,) = conversation.answer("c", "r1", approve=True, note="")

    assert isinstance(late, Refused)


def test_a_question_between_turns_is_denied_for_nobody_would_answer() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    steps = conversation.hear(asks("r1"))

    assert sent(steps)[0]["response"]["response"]["behavior"] == "deny"


def test_what_the_program_asks_beyond_approvals_is_turned_down() -> None:
    conversation = opened()

    steps = conversation.hear(
        line(type="control_request", request_id="h", request={"subtype": "hook_callback"})
    )

    assert sent(steps)[0]["response"]["subtype"] == "error"
    assert [step.type for step in steps if isinstance(step, Emit)] == ["warning"]


def test_finish_closes_the_input() -> None:
    assert opened().finish() == [CloseInput()]


@pytest.mark.parametrize(
    ("exit_code", "signal", "status"),
    [(None, 9, "aborted"), (143, None, "aborted"), (1, None, "unknown"), (0, None, "unknown")],
)
def test_a_program_that_is_gone_leaves_no_call_and_no_turn_open(
    exit_code: int | None, signal: int | None, status: str
) -> None:
    made = replay("stream-killed", exit_code=exit_code, signal=signal)

    assert made.only("tool.finished")["status"] == status
    assert made.only("turn.finished") == {"reason": "killed", "text": "Long."}


def test_a_program_that_ends_while_idle_has_nothing_left_to_say() -> None:
    conversation = opened()
    conversation.hear(line(**DONE))

    assert conversation.ended(0, None) == []


def test_a_start_that_fails_is_a_failed_turn_with_the_reason() -> None:
    conversation = opened()

    steps = conversation.hear(
        line(
            type="result",
            subtype="error_during_execution",
            is_error=True,
            errors=["No conversation found with session ID: x"],
        )
    )

    assert told(steps) == [("turn.finished", "api_error")]
    error = next(s.data for s in steps if isinstance(s, Emit) and s.type == "error")
    assert error["text"] == "No conversation found with session ID: x"


def test_events_of_the_program_between_turns_stay_out_of_the_log() -> None:
    recording = lines_of("stream-work")
    conversation = opened()
    for heard in recording:
        conversation.hear(heard)
    denied = line(type="system", subtype="permission_denied", tool_use_id="x", message="no")

    steps = conversation.hear(denied)

    assert steps == []


def test_a_turn_whose_mcp_server_did_not_start_is_ended_and_has_failed() -> None:
    conversation = opened(mcp=[{"name": "docs", "command": ["x"]}, {"name": "fine"}])
    states = [{"name": "docs", "status": "failed"}, {"name": "fine", "status": "connected"}]

    begun = conversation.hear(line(**INIT, mcp_servers=states))
    again = conversation.hear(line(**INIT, mcp_servers=states))
    ended = conversation.hear(line(**DONE))

    errors = [step.data for step in begun if isinstance(step, Emit)]
    assert errors == [{"code": "mcp.start", "text": "MCP servers that did not start: docs"}]
    assert [message["request"]["subtype"] for message in sent(begun)] == ["interrupt"]
    assert again == []
    assert told(ended) == [("turn.finished", "api_error")]


def test_of_a_turn_that_is_ended_for_its_server_the_server_is_the_only_error() -> None:
    conversation = opened(mcp=[{"name": "docs", "command": ["x"]}])
    conversation.hear(line(**INIT, mcp_servers=[{"name": "docs", "status": "failed"}]))

    ended = conversation.hear(
        line(type="result", subtype="error_during_execution", is_error=True, errors=[])
    )

    assert told(ended) == [("turn.finished", "api_error")]
    assert not any(isinstance(step, Emit) and step.type == "error" for step in ended)


def test_a_server_that_nobody_gave_the_session_may_fail() -> None:
    conversation = opened(mcp=[{"name": "docs", "command": ["x"]}])
    states = [{"name": "own", "status": "failed"}, {"name": "docs", "status": "connected"}, 7]

    begun = conversation.hear(line(**INIT, mcp_servers=states))

    assert not any(isinstance(step, Emit | Send) for step in begun)
