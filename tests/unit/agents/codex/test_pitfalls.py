"""Habits of the program that look like something else; each test names one.

tests/clients/test_codex.py proves the same against the program itself.
"""

import json
from typing import Any

import pytest

from darkfactory.agents.codex import ADAPTER
from tests.fakes.codex_transcripts import (
    THREAD,
    TURN,
    command,
    lines_of,
    opened,
    replay,
    spec_of,
    thread_of,
    working,
)
from tests.fakes.event_contract import problems_in


def usage(total: int, last: int) -> dict[str, Any]:
    return {"total": {"totalTokens": total}, "last": {"totalTokens": last, "inputTokens": last}}


def test_a_resumed_threads_running_total_is_not_counted_again() -> None:
    made = replay("resumed")

    served = [(2000, 70), (2100, 5), (2200, 10)]
    assert [(used["input"], used["output"]) for used in made.of("usage")] == served
    assert made.of("usage")[-1]["total_session"] == 1050 + sum(i + o for i, o in served)


def test_a_resumed_thread_says_its_old_total_first_and_that_is_no_request() -> None:
    told = [json.loads(line) for line in lines_of("resumed") if b"tokenUsage/updated" in line]

    made = replay("resumed")

    assert len(told) == len(made.of("usage")) + 1
    assert told[0]["params"]["tokenUsage"]["total"]["totalTokens"] == 1050


def test_tokens_that_a_killed_host_never_logged_count_from_the_threads_own_total() -> None:
    made = opened({**spec_of(""), "resume": THREAD, "total_before": 1000})
    made.reply(userAgent="df/0.169.0")
    made.reply(exitCode=0)
    made.reply(**thread_of())
    made.note("thread/tokenUsage/updated", turnId="of-then", tokenUsage=usage(1700, 700))
    made.reply(turn={"id": TURN})

    made.note("thread/tokenUsage/updated", tokenUsage=usage(1800, 100))

    assert made.only("usage")["total_session"] == 1800


def test_usage_that_is_told_twice_is_counted_once() -> None:
    made = working()

    for _ in range(2):
        made.note("thread/tokenUsage/updated", tokenUsage=usage(300, 300))

    assert made.only("usage")["total_session"] == 300


def response(used: int) -> dict[str, Any]:
    return {"totalTokens": used, "inputTokens": used}


def test_a_response_counts_at_once_and_its_total_adds_nothing() -> None:
    made = working()

    made.note("rawResponse/completed", usage=response(300))
    made.note("rawResponse/completed", usage=response(50))
    made.note("thread/tokenUsage/updated", tokenUsage=usage(300, 300))
    made.note("thread/tokenUsage/updated", tokenUsage=usage(350, 50))
    made.note("thread/tokenUsage/updated", tokenUsage=usage(360, 10))

    assert [used["total_session"] for used in made.of("usage")] == [300, 350, 360]


def test_a_total_said_again_does_not_swallow_a_response() -> None:
    made = working()

    made.note("thread/tokenUsage/updated", tokenUsage=usage(300, 300))
    made.note("rawResponse/completed", usage=response(50))
    for total, last in ((300, 300), (350, 50)):
        made.note("thread/tokenUsage/updated", tokenUsage=usage(total, last))

    assert [used["total_session"] for used in made.of("usage")] == [300, 350]


def test_a_response_without_figures_counts_with_its_total() -> None:
    made = working()

    made.note("rawResponse/completed", usage=None)
    made.note("thread/tokenUsage/updated", tokenUsage=usage(300, 300))

    assert made.only("usage")["total_session"] == 300


def test_a_total_that_falls_lets_the_sessions_total_stand() -> None:
    made = working()

    for total, last in ((300, 300), (100, 50), (160, 60)):
        made.note("thread/tokenUsage/updated", tokenUsage=usage(total, last))

    assert [used["total_session"] for used in made.of("usage")] == [300, 360]


@pytest.mark.parametrize("autonomy", ["observe", "suggest", "propose", "land"])
def test_a_resumed_thread_forgets_how_it_was_held_so_it_is_told_again(autonomy: str) -> None:
    fresh = opened({**spec_of(""), "autonomy": autonomy})
    again = opened({**spec_of(""), "autonomy": autonomy, "resume": THREAD})
    for made in (fresh, again):
        made.reply(userAgent="df/0.169.0")
        made.reply(exitCode=0)

    (started,), (resumed,) = fresh.asked("thread/start"), again.asked("thread/resume")
    for key in ("cwd", "permissions", "approvalPolicy"):
        assert started[key] == resumed[key]
    assert resumed["threadId"] == THREAD
    assert started["permissions"] == "darkfactory"


def test_a_thread_that_is_held_less_than_asked_gets_no_prompt() -> None:
    loose: list[tuple[str, dict[str, Any]]] = [
        ("observe", {"sandbox": {"type": "workspaceWrite"}}),
        ("observe", {"sandbox": {"type": "readOnly", "networkAccess": True}}),
        ("propose", {"sandbox": {"type": "dangerFullAccess"}}),
        ("propose", {"sandbox": {"type": "externalSandbox"}}),
        ("propose", {"activePermissionProfile": None}),
        ("propose", {"activePermissionProfile": {"id": ":danger-full-access"}}),
        ("propose", {"approvalPolicy": "never"}),
        ("suggest", {"approvalPolicy": "on-request"}),
        ("land", {"thread": {}}),
    ]

    for autonomy, changed in loose:
        made = opened({**spec_of(""), "autonomy": autonomy})
        made.reply(userAgent="df/0.169.0")
        made.reply(exitCode=0)
        made.reply(**thread_of(autonomy, **changed))

        assert made.asked("turn/start") == [], changed
        assert made.only("turn.finished")["reason"] == "api_error"


def test_a_sandbox_that_does_not_start_is_found_before_the_prompt() -> None:
    made = opened(spec_of(""))
    made.reply(userAgent="df/0.169.0")

    made.reply(exitCode=1, stderr="bwrap: Creating new namespace failed\n")

    assert made.asked("thread/start") == []
    assert "Creating new namespace failed" in made.only("error")["text"]
    assert made.only("turn.finished")["reason"] == "api_error"


def test_only_a_person_who_accepted_it_runs_codex_without_its_sandbox() -> None:
    made = opened({**spec_of(""), "unconfined": True})
    made.reply(userAgent="df/0.169.0")

    made.reply(exitCode=1, stderr="bwrap: no")
    made.reply(**thread_of(activePermissionProfile=None, sandbox={"type": "dangerFullAccess"}))

    assert made.asked("thread/start")[0]["permissions"] == ":danger-full-access"
    assert "without it" in made.only("warning")["text"]
    assert made.asked("turn/start")


def test_a_command_that_the_sandbox_stops_at_once_gets_no_item_and_is_told_all_the_same() -> None:
    items = [line for line in lines_of("denied") if b'"item/started"' in line]

    made = replay("denied")

    stopped = made.of("tool.started")[1]
    assert not [line for line in items if stopped["call"].encode() in line]
    assert (stopped["kind"], stopped["command"]) == ("shell", "echo no > /etc/df-denied")
    assert made.of("tool.finished")[1]["exit_code"] == 1


def test_after_a_resume_a_call_that_nobody_told_of_is_not_taken_for_idleness() -> None:
    made = replay("resumed")

    assert [call["name"] for call in made.of("tool.started")] == ["exec_command", "untold"]
    assert [call["status"] for call in made.of("tool.finished")] == ["ok", "unknown"]
    assert any("untold" in warning["text"] for warning in made.of("warning"))


def test_a_home_inside_the_temporary_folder_is_refused() -> None:
    from tests.unit.agents.codex.test_launch import request

    inside = request(home="/tmp/s-1/home", temp="/tmp")
    beside = request(home="/tmp/s-1/home", temp="/tmp/s-1/tmp")

    assert "temporary folder" in str(ADAPTER.refusal(inside))
    assert ADAPTER.refusal(beside) is None


def test_models_that_write_code_and_models_that_call_tools_tell_the_same_story() -> None:
    told = {}
    for name in ("work", "work-code"):
        made = replay(name)
        told[name] = [
            (call["kind"] in ("edit", "write", "shell"), end["status"])
            for call, end in zip(made.of("tool.started"), made.of("tool.finished"), strict=True)
            if call["kind"] != "read"
        ]

    assert told["work"] == told["work-code"]
    assert len(told["work"]) == 4


def test_file_changes_of_a_model_without_apply_patch_come_as_plain_commands() -> None:
    made = replay("work")

    assert not made.of("file.changed")
    assert {call["kind"] for call in made.of("tool.started")} == {"shell"}


def test_commands_live_on_after_an_interrupt_so_their_terminals_are_closed() -> None:
    made = working()
    made.note("item/started", item=command("c-1", "sleep 99"))
    made.interrupt()

    made.note("turn/completed", turn={"id": TURN, "status": "interrupted"})

    assert made.asked("thread/backgroundTerminals/clean") == [{"threadId": THREAD}]


def test_a_turn_that_ends_by_itself_keeps_its_terminals() -> None:
    made = working()

    made.note("turn/completed", turn={"id": TURN, "status": "completed"})

    assert not made.asked("thread/backgroundTerminals/clean")


@pytest.mark.parametrize("name", ["steer", "interrupt", "interrupt-code"])
def test_what_was_asked_after_the_turn_leaves_the_thread_usable(name: str) -> None:
    made = replay(name)

    assert made.of("turn.finished")[-1]["reason"] == "done"


def test_the_version_that_really_runs_is_told() -> None:
    made = replay("work")

    (native,) = made.natives
    assert native.version == "0.169.0"


def test_nothing_of_the_users_home_or_of_a_trusting_repository_is_read() -> None:
    from tests.unit.agents.codex.test_launch import config_of, request

    asked = request()
    launch = ADAPTER.prepare(asked)

    assert launch.env["HOME"] == asked.home
    assert launch.env["CODEX_HOME"].startswith(asked.home)
    assert config_of(asked)["projects"] == {asked.workspace: {"trust_level": "untrusted"}}


def test_a_killed_program_writes_no_last_event_so_the_conversation_does() -> None:
    assert b"turn/completed" not in b"".join(lines_of("killed"))

    made = replay("killed", exit_code=None, signal=9)

    assert made.only("tool.finished")["status"] == "unknown"
    assert made.only("turn.finished")["reason"] == "killed"


def test_a_warning_that_comes_with_every_turn_is_told_once() -> None:
    made = replay("steer")

    said = [warning["text"] for warning in made.of("warning")]
    assert len(said) == len(set(said))
    repeated = [line for line in lines_of("steer") if b"Model metadata for" in line]
    assert len(repeated) > 1


def test_an_unknown_request_is_answered_with_an_error_and_never_left_waiting() -> None:
    made = working()

    made.ask(7, "item/tool/requestUserInput", itemId="c-1", questions=[])
    made.ask("eight", "attestation/generate")

    answers = {line["id"]: line["error"]["code"] for line in made.sent if "error" in line}
    assert answers == {7: -32601, "eight": -32601}
    assert len(made.of("warning")) == 2


def test_a_request_without_a_usable_id_is_a_warning() -> None:
    made = working()

    unusable: list[Any] = [None, [1], {}, True, 1.5, 10**30]
    for id_ in unusable:
        made.ask(id_, "item/commandExecution/requestApproval", itemId="c-1")
    made.end()

    assert not [line for line in made.sent if "result" in line or "error" in line]
    assert made.of("warning")
    assert not problems_in(made.events)
