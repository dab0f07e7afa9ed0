"""Leave: who gives it at each level, and what no question gets past."""

from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, Refused
from tests.fakes.acp_replay import ASKS, SESSION, AcpReplay, introduced, started, working

COMMAND = {"kind": "execute", "rawInput": {"command": "make"}}
INSIDE = {"kind": "edit", "locations": [{"path": "/run/repo/a.py"}]}
OUTSIDE = {"kind": "edit", "locations": [{"path": "/run/repo/../b.py"}]}
GIT = {"kind": "edit", "locations": [{"path": "/run/repo/.git/config"}]}
READ = {"kind": "read", "locations": [{"path": "/run/repo/a.py"}]}


def suggesting(**spec: Any) -> AcpReplay:
    return working(name=ASKS, autonomy="suggest", **spec)


@pytest.mark.parametrize("autonomy", ["propose", "land"])
@pytest.mark.parametrize("call", [COMMAND, INSIDE, OUTSIDE, READ, {}])
def test_behind_the_fence_everything_is_allowed_for_once(
    autonomy: str, call: dict[str, Any]
) -> None:
    made = working(autonomy=autonomy)
    made.ask_leave(1, **call)

    assert made.outcome(1) == "once"
    assert made.of("approval.requested") == []


def test_where_only_a_lasting_leave_is_offered_it_is_given_behind_the_fence() -> None:
    made = working()
    made.ask_leave(1, options=[{"optionId": "ever", "kind": "allow_always"}], **COMMAND)

    assert made.outcome(1) == "ever"


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ([], "cancelled"),
        (None, "cancelled"),
        ([7, {"optionId": 1, "kind": "allow_once"}], "cancelled"),
        ([{"optionId": "ever", "kind": "allow_for_ever"}], "cancelled"),
        ([{"optionId": "no", "kind": "reject_once"}], "no"),
        ([{"optionId": "never", "kind": "reject_always"}], "never"),
    ],
)
def test_what_no_option_allows_is_denied_and_said_to_be(options: Any, outcome: str) -> None:
    made = working()
    call = {"toolCallId": "call-1", **COMMAND}
    params = {"sessionId": SESSION, "toolCall": call, "options": options}
    made.ask(1, "session/request_permission", **params)

    assert made.outcome(1) == outcome
    assert made.only("denied")["reason"] == "none of its options allows it"


def test_a_call_that_is_allowed_after_a_denial_was_not_denied() -> None:
    made = working()
    made.ask_leave(1, options=[], **COMMAND)
    made.ask_leave(2, **COMMAND)
    made.update("tool_call_update", toolCallId="call-1", status="completed")

    assert made.outcome(2) == "once"
    assert made.only("tool.finished")["status"] == "ok"


@pytest.mark.parametrize(
    ("call", "outcome"),
    [(COMMAND, "no"), (INSIDE, "no"), ({}, "no"), (READ, "once"), ({"name": "skill"}, "once")],
)
def test_an_observer_only_reads(call: dict[str, Any], outcome: str) -> None:
    made = working(autonomy="observe")
    made.ask_leave(1, **call)

    assert made.outcome(1) == outcome
    assert len(made.of("denied")) == (outcome == "no")


@pytest.mark.parametrize(
    ("call", "outcome"),
    [(INSIDE, "once"), (READ, "once"), (OUTSIDE, "no"), (GIT, "no"), ({"kind": "edit"}, "no")],
)
def test_in_a_suggest_lane_edits_of_the_workspace_are_free(
    call: dict[str, Any], outcome: str
) -> None:
    made = suggesting()
    made.ask_leave(1, **call)

    assert made.outcome(1) == outcome


@pytest.mark.parametrize(
    "call",
    [
        COMMAND,
        {"kind": "read", "rawInput": {"command": "make"}},
        {"kind": "fetch"},
        {"kind": "think", "title": "Skill", "_meta": {"claudeCode": {"toolName": "Task"}}},
        {},
    ],
)
def test_in_a_suggest_lane_all_else_is_for_a_person(call: dict[str, Any]) -> None:
    made = suggesting()
    made.ask_leave(1, **call)
    before = dict(made.replies)
    asked = made.only("approval.requested")
    control = made.answer(asked["request"], approve=True)

    assert before == {}
    assert asked["call"] == made.only("tool.started")["call"]
    assert made.outcome(1) == "once"
    assert made.answers[control] == Applied(control)


def test_a_denied_command_is_denied_in_the_log_and_its_note_is_given_as_a_steer() -> None:
    made = suggesting(steers=True)
    made.ask_leave(1, **COMMAND)
    asked = made.only("approval.requested")
    made.answer(asked["request"], approve=False, note="not that")
    made.reply(outcome="injected")
    made.update("tool_call_update", toolCallId="call-1", status="failed")

    assert made.outcome(1) == "no"
    assert made.only("denied")["reason"] == "not that"
    assert made.only("tool.finished")["status"] == "denied"
    assert made.asked("_session/steering")[0]["prompt"][0]["text"].endswith("denied: not that")


def test_where_nothing_can_be_injected_a_denials_note_is_the_next_turn() -> None:
    made = suggesting()
    made.ask_leave(1, **COMMAND)
    made.answer(made.only("approval.requested")["request"], approve=False, note="use tox")
    made.end_turn()

    prompts = [params["prompt"][0]["text"] for params in made.asked("session/prompt")]
    assert prompts[1:] == ["The command was denied: use tox"]
    assert made.of("turn.started")[-1] == {"trigger": "steer"}


def test_a_leave_for_more_than_this_once_is_never_given_in_a_suggest_lane() -> None:
    made = suggesting()
    options = [{"optionId": "ever", "kind": "allow_always"}, {"optionId": "no", "kind": "x"}]
    made.ask_leave(1, options=options, **COMMAND)

    assert made.outcome(1) == "cancelled"
    assert made.only("denied")["reason"] == "it cannot be allowed for this one time"


def test_a_suggest_lane_does_not_let_it_change_its_mode() -> None:
    made = suggesting()
    made.ask_leave(1, kind="switch_mode")

    assert made.outcome(1) == "no"


def test_what_is_asked_decides_and_not_what_was_told_of_the_call_before() -> None:
    made = suggesting()
    made.update("tool_call", toolCallId="call-1", kind="read", status="in_progress")
    made.ask_leave(1, **COMMAND)

    assert made.only("approval.requested")["command"] == "make"


def test_an_answer_after_the_turn_is_refused() -> None:
    made = suggesting()
    made.ask_leave(1, **COMMAND)
    made.end_turn()
    control = made.answer(made.only("approval.requested")["request"], approve=True)

    assert made.outcome(1) == "cancelled"
    assert isinstance(made.answers[control], Refused)


def test_what_the_agent_takes_back_cannot_be_answered() -> None:
    made = suggesting()
    made.ask_leave(1, **COMMAND)
    made.note("$/cancel_request", requestId=1)
    control = made.answer(made.only("approval.requested")["request"], approve=True)

    assert made.replies == {}
    assert isinstance(made.answers[control], Refused)


def test_leave_asked_outside_of_a_turn_or_for_another_session_is_not_given() -> None:
    made = working()
    params = {"sessionId": "another", "toolCall": {}, "options": []}
    made.ask("q", "session/request_permission", **params)
    made.end_turn()
    made.ask_leave(1, **COMMAND)

    assert (made.outcome("q"), made.outcome(1)) == ("cancelled", "cancelled")


def test_names_of_approvals_differ_from_run_to_run() -> None:
    names = set()
    for epoch in (1, 2):
        made = suggesting(epoch=epoch)
        made.ask_leave(1, **COMMAND)
        names.add(made.only("approval.requested")["request"])

    assert len(names) == 2


def test_an_agent_that_is_not_known_to_ask_gets_no_session_in_a_suggest_lane() -> None:
    made = started(autonomy="suggest")
    made.reply(**introduced(name="somebody"))

    assert made.methods == ["initialize"]
    assert "'somebody'" in made.only("error")["text"]


def test_it_gets_one_where_a_person_accepted_that() -> None:
    made = started(autonomy="suggest", unconfined=True)
    made.reply(**introduced(name="somebody"))

    assert made.methods == ["initialize", "session/new"]


def test_one_that_is_known_is_told_to_ask_before_its_prompt() -> None:
    made = started(autonomy="suggest")
    made.reply(**introduced(name=ASKS))
    made.reply(sessionId="session-1", modes={"currentModeId": "bypassPermissions"})
    opened, mode = made.asked("session/new")[0], made.asked("session/set_mode")
    made.reply()

    assert opened["_meta"]["claudeCode"]["options"]["settingSources"] == ["user"]
    assert mode == [{"sessionId": "session-1", "modeId": "default"}]
    assert made.methods[-1] == "session/prompt"
