"""Every recording of the real program is told in the words of the event log, and in order."""

import pytest

from darkfactory.agents.protocol import Applied, Native
from tests.fakes.codex_transcripts import NAMES, replay
from tests.fakes.event_contract import problems_in

CODE = [name for name in NAMES if name.endswith("-code")]


@pytest.mark.parametrize("name", NAMES)
def test_its_events_keep_to_the_vocabulary(name: str) -> None:
    made = replay(name)

    assert not problems_in(made.events)
    assert made.types()[0] == "turn.started"
    assert "turn.finished" in made.types()


@pytest.mark.parametrize("name", NAMES)
def test_each_request_of_the_program_gets_an_answer(name: str) -> None:
    made = replay(name)

    asked = [line for line in made.sent if "result" in line or "error" in line]
    assert len({line["id"] for line in asked}) == len(asked)
    assert not [line for line in asked if "error" in line]


def test_a_turn_is_told_from_its_first_word_to_its_last() -> None:
    made = replay("work-code")

    told = [event.type for event in made.events if event.type not in ("usage", "tool.output")]
    assert told == [
        *("turn.started", "message", "tool.started", "tool.finished"),
        *("thought", "message", "tool.started", "file.changed", "tool.finished"),
        *("tool.started", "file.changed", "tool.finished"),
        *("tool.started", "tool.finished"),
        *("message", "turn.finished"),
    ]
    assert made.only("turn.finished") == {"reason": "done", "text": "Fixed."}


@pytest.mark.parametrize("name", ["work", "work-code"])
def test_the_program_tells_its_thread_model_and_version(name: str) -> None:
    made = replay(name)

    (native,) = made.natives
    assert native == Native(native.id, native.model, "0.169.0")
    assert native.model == ("gpt-6.1-sol" if name in CODE else "scripted-model")
    assert native.id


def test_calls_are_told_with_kind_command_paths_and_status() -> None:
    made = replay("work-code")

    started = [(call["kind"], call["command"], call["paths"]) for call in made.of("tool.started")]
    finished = [(call["status"], call["exit_code"]) for call in made.of("tool.finished")]
    assert started == [
        ("shell", "cat /run/lab/ws/calc.py", ["calc.py"]),
        ("edit", None, ["calc.py"]),
        ("write", None, ["NOTES.md"]),
        ("shell", "echo broken; exit 3", []),
    ]
    assert finished == [("ok", 0), ("ok", None), ("ok", None), ("failed", 3)]


def test_edits_are_told_with_counted_lines() -> None:
    made = replay("work-code")

    changed = [
        (file["path"], file["added"], file["removed"], file["ok"])
        for file in made.of("file.changed")
    ]
    assert changed == [("calc.py", 1, 1, True), ("NOTES.md", 2, 0, True)]


def test_usage_is_told_for_each_model_request() -> None:
    made = replay("work-code")

    used = [(u["input"], u["output"], u["cached"], u["reasoning"]) for u in made.of("usage")]
    assert used == [
        (1200, 40, 0, 0),
        (1500, 60, 900, 20),
        (1600, 30, 0, 0),
        (1700, 30, 0, 0),
        (1800, 20, 0, 0),
    ]
    assert made.of("usage")[-1]["total_session"] == sum(i + o for i, o, _, _ in used)
    assert {u["cost_source"] for u in made.of("usage")} == {"none"}


@pytest.mark.parametrize("name", ["denied", "denied-code"])
def test_whatever_the_sandbox_or_the_policy_stops_is_told_as_denied(name: str) -> None:
    made = replay(name)

    ends = [call["status"] for call in made.of("tool.finished")]
    assert ends == ["ok", "denied", "failed", "denied", "denied", "denied"]
    assert len(made.of("denied")) == 4
    told = {call["call"] for call in made.of("denied")}
    assert told == {c["call"] for c in made.of("tool.finished") if c["status"] == "denied"}


def test_a_steer_is_taken_by_the_running_turn_and_starts_one_when_it_is_idle() -> None:
    made = replay("steer")

    assert made.answers == {"steer-1": Applied("steer-1"), "steer-2": Applied("steer-2")}
    assert [turn["trigger"] for turn in made.of("turn.started")] == ["start", "steer"]
    assert [turn["reason"] for turn in made.of("turn.finished")] == ["done", "done"]
    assert made.of("turn.finished")[0]["text"] == "Steered."


@pytest.mark.parametrize("name", ["interrupt", "interrupt-code"])
def test_an_interrupt_cuts_the_command_off_and_the_next_turn_works(name: str) -> None:
    made = replay(name)

    assert made.answers["interrupt-1"] == Applied("interrupt-1")
    assert [turn["reason"] for turn in made.of("turn.finished")] == ["interrupted", "done"]
    assert made.only("tool.finished")["status"] == "aborted"
    assert made.of("turn.started")[1]["trigger"] == "steer"


@pytest.mark.parametrize("name", ["suggest", "suggest-code"])
def test_a_suggest_lane_asks_for_commands_and_lets_edits_pass(name: str) -> None:
    made = replay(name)

    asked = [question["command"] for question in made.of("approval.requested")]
    assert asked[:2] == ["printf made > made.txt", "printf more > more.txt"]
    assert "echo esc" not in asked
    assert "not today" in [reason["reason"] for reason in made.of("denied")]
    assert {question["kind"] for question in made.of("approval.requested")} == {"shell"}


def test_a_command_that_was_approved_and_then_stopped_is_denied() -> None:
    made = replay("suggest-code")

    stopped = next(
        call["call"]
        for call in made.of("tool.started")
        if call["command"] == "echo no > /etc/df-denied"
    )
    ends = {call["call"]: call["status"] for call in made.of("tool.finished")}
    assert ends[stopped] == "denied"


def test_an_observers_edits_are_denied() -> None:
    made = replay("observe-code")

    assert not made.of("file.changed")
    assert {"denied"} <= {call["status"] for call in made.of("tool.finished")}


def test_retries_are_told_with_attempt_and_status() -> None:
    made = replay("retries")

    tries = [(r["attempt"], r["max"], r["status"]) for r in made.of("retry")]
    assert tries == [(1, 3, 429), (2, 3, 429)]
    assert made.only("turn.finished")["reason"] == "done"
    assert not made.of("error")


def test_a_stream_that_was_cut_is_a_retry_without_a_status() -> None:
    made = replay("cut")

    assert [(r["attempt"], r["status"]) for r in made.of("retry")] == [(1, None)]
    assert len(made.of("usage")) == 1


def test_a_dead_model_ends_the_turn_as_an_api_error() -> None:
    made = replay("dead")

    assert made.only("turn.finished")["reason"] == "api_error"
    assert made.only("error")["code"] == "codex.internalServerError"


def test_a_sub_agent_speaks_under_its_own_name_and_its_tokens_count() -> None:
    made = replay("sub-agent")

    theirs = [event for event in made.events if event.agent]
    assert {event.parent for event in theirs} == {"codex"}
    assert "Child done." in [e.data["text"] for e in theirs if e.type == "message"]
    assert not [event for event in theirs if event.type.startswith("turn.")]
    assert made.only("turn.finished")["text"] == "Parent done."
    used = [u["input"] + u["output"] for u in made.of("usage")]
    assert made.of("usage")[-1]["total_session"] == sum(used)
    assert {call["kind"] for call in made.of("tool.started")} >= {"agent", "shell"}


def test_a_sub_agent_that_works_on_after_the_turn_leaves_no_call_open() -> None:
    made = replay("sub-agent-code")

    (theirs,) = [e for e in made.events if e.type == "tool.started" and e.agent]
    end = next(e for e in made.events if e.data.get("call") == theirs.data["call"] and e != theirs)
    assert (end.type, end.data["status"], end.agent) == ("tool.finished", "unknown", theirs.agent)
    assert made.only("turn.finished")["text"] == "Parent done."


@pytest.mark.parametrize("name", ["mcp", "mcp-code", "mcp-suggest"])
def test_a_tool_of_an_mcp_server_is_told_with_its_answer(name: str) -> None:
    made = replay(name)

    assert made.only("tool.started")["kind"] == "mcp"
    assert made.only("tool.started")["name"] == "tiny.ping"
    assert made.only("tool.finished")["output"] == "pong"


def test_a_suggest_lane_asks_for_mcp_tools_too() -> None:
    made = replay("mcp-suggest")

    asked = made.only("approval.requested")
    assert (asked["kind"], asked["command"]) == ("mcp", 'tiny.ping {"word": "hi"}')


def test_a_command_left_in_the_background_has_no_known_end() -> None:
    made = replay("background")

    assert made.only("tool.finished")["status"] == "unknown"
    assert made.types()[-1] == "turn.finished"
