"""Claims of the program that cannot be taken at their word; each test names one.

tests/clients/test_claude_code.py proves the same against the program itself.
"""

import json
from typing import Any

import pytest

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.protocol import Emit
from tests.fakes.claude_transcripts import lines_of, replay


def requests(events: list[Any]) -> list[tuple[int, int, int]]:
    return [
        (used["input"], used["output"], used["cached"])
        for used in events
        if used["scope"] == "request"
    ]


@pytest.mark.parametrize("name", ["dead500", "stream-api-error"])
def test_a_failed_api_call_is_no_success_whatever_its_subtype_says(name: str) -> None:
    result = next(json.loads(raw) for raw in lines_of(name) if b'"type":"result"' in raw)

    made = replay(name)

    assert result["subtype"] == "success"
    assert made.only("turn.finished")["reason"] == "api_error"
    assert made.only("error")["code"] == "500"


def test_exit_status_0_after_an_interrupt_signal_is_no_success() -> None:
    made = replay("signal-SIGINT", exit_code=0)

    assert made.only("turn.finished")["reason"] == "interrupted"
    assert made.only("tool.finished")["status"] == "aborted"


@pytest.mark.parametrize(
    ("name", "reason"), [("loop-maxturns", "max_turns"), ("loop-budget", "budget")]
)
def test_limits_of_the_programs_own_are_named(name: str, reason: str) -> None:
    made = replay(name)

    assert made.only("turn.finished")["reason"] == reason


def test_a_message_told_in_several_lines_is_counted_once() -> None:
    made = replay("stream-work")

    served = [(1000, 40, 0), (1200, 60, 900), (1200, 50, 0), (1300, 50, 0)]
    assert requests(made.of("usage")) == served
    assert made.of("usage")[-1]["total_session"] == sum(i + o for i, o, _ in served)


def test_figures_that_go_on_over_a_resume_are_not_counted_twice() -> None:
    before = {"total_before": 4900, "cost_before": 0.01938, "resume": "n"}
    result = next(
        json.loads(raw) for raw in lines_of("stream-resumed") if b'"type":"result"' in raw
    )

    made = replay("stream-resumed", spec=before, trigger="resume")

    last = made.of("usage")[-1]
    assert result["total_cost_usd"] > 0.01938
    assert sum(model["inputTokens"] for model in result["modelUsage"].values()) > 500
    assert requests(made.of("usage")) == [(500, 5, 0)]
    assert last["total_session"] == 4900 + 505
    assert last["cost_usd"] == pytest.approx(result["total_cost_usd"])


def test_a_resumed_conversation_whose_past_is_not_ours_counts_from_zero() -> None:
    made = replay("stream-resumed", spec={"resume": "n"}, trigger="resume")

    last = made.of("usage")[-1]
    assert last["total_session"] == 505
    assert last["cost_usd"] == pytest.approx(0.0021)


def test_the_request_that_a_budget_stop_leaves_out_is_counted() -> None:
    result = next(json.loads(raw) for raw in lines_of("loop-budget") if b'"type":"result"' in raw)

    made = replay("loop-budget")

    told = result["usage"]["input_tokens"] + result["usage"]["output_tokens"]
    whole = result["modelUsage"]["claude-opus-5-5"]
    assert told < whole["inputTokens"] + whole["outputTokens"]
    assert made.of("usage")[-1]["total_session"] == whole["inputTokens"] + whole["outputTokens"]


def test_a_budget_is_overrun_by_the_reply_that_crosses_it() -> None:
    made = replay("stream-budget")

    assert made.only("turn.finished")["reason"] == "budget"
    assert made.of("usage")[-1]["cost_usd"] == pytest.approx(0.024)  # of 0.02 that were granted


def test_what_sub_agents_used_is_in_the_total_although_no_line_tells_it() -> None:
    made = replay("stream-subagent")

    turn = made.of("usage")[-1]
    assert (turn["scope"], turn["input"], turn["output"]) == ("turn", 3700, 100)
    assert turn["total_session"] == 3800


def test_a_killed_program_takes_back_nothing_of_what_it_had_used() -> None:
    made = replay("stream-killed", exit_code=None, signal=9)

    assert made.of("usage")[-1]["total_session"] == 1050
    assert made.of("usage")[-1]["cost_usd"] == pytest.approx(0.005, abs=0.0001)


def test_a_request_cut_off_in_its_answer_is_counted_with_what_is_known() -> None:
    lines = [raw for raw in lines_of("stream-work") if b'"message_start"' in raw]
    conversation = ClaudeConversation({})
    conversation.open(trigger="start")
    conversation.hear(lines[0])

    steps = conversation.ended(None, 9)

    used = [s.data for s in steps if isinstance(s, Emit) and s.type == "usage"]
    assert requests(used) == [(1000, 1, 0)]


def test_a_blocked_command_has_failed_and_is_not_denied() -> None:
    made = replay("steer-interrupt")

    blocked = [call for call in made.of("tool.finished") if "Blocked: sleep" in call["output"]]
    assert [call["status"] for call in blocked] == ["failed"]


def test_a_call_that_was_running_when_its_turn_was_stopped_is_aborted_not_denied() -> None:
    made = replay("steer-queued")

    assert made.of("tool.finished")[-1]["status"] == "aborted"
    assert made.of("denied") == []


@pytest.mark.parametrize("name", ["signal-SIGKILL", "signal-SIGTERM", "stall"])
def test_a_turn_without_a_last_line_is_ended_by_the_end_of_the_program(name: str) -> None:
    assert not any(b'"type":"result"' in raw for raw in lines_of(name))

    made = replay(name, exit_code=None, signal=9)

    assert made.only("turn.finished")["reason"] == "killed"


def test_a_stalled_stream_says_nothing_so_only_the_clock_can_tell() -> None:
    made = replay("stall", exit_code=None, signal=9)

    assert made.of("retry", "error", "warning") == []


def test_a_cut_result_line_does_not_keep_the_turn_open() -> None:
    recording = [raw[:100] if b'"type":"result"' in raw else raw for raw in lines_of("stream-work")]

    made = replay(recording)

    assert made.only("turn.finished") == {"reason": "done", "text": "Fixed."}
    assert len(made.of("warning")) == 1


def test_a_cut_line_with_a_tools_result_leaves_the_call_unknown_and_no_more() -> None:
    recording = [raw[:200] if b'"content":"3"' in raw else raw for raw in lines_of("stream-work")]

    made = replay(recording)

    assert [c["status"] for c in made.of("tool.finished")].count("unknown") == 1
    assert made.only("turn.finished")["reason"] == "done"
