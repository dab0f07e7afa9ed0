"""What Codex asks, who answers it, and how."""

from typing import Any

import pytest

from darkfactory.agents.codex.approvals import COMMAND, EDIT, ELICITATION, PERMISSIONS
from darkfactory.agents.protocol import Applied, Refused
from tests.fakes.codex_transcripts import THREAD, TURN, WORKSPACE, Replay, command, working

MCP = {"codex_approval_kind": "mcp_tool_call", "tool_name": "ping", "tool_params": {"a": 1}}


def results(made: Replay) -> dict[Any, Any]:
    return {line["id"]: line["result"] for line in made.sent if "result" in line}


def asked_for(made: Replay, text: str = "make test", **more: Any) -> None:
    made.note("item/started", item=command("c-1", text))
    made.ask(0, COMMAND, itemId="c-1", command=text, **more)


def edit(made: Replay, *paths: str, **more: Any) -> None:
    changes = [{"path": path, "kind": {"type": "update"}, "diff": ""} for path in paths]
    item = {"type": "fileChange", "id": "e-1", "changes": changes, "status": "inProgress"}
    made.note("item/started", item=item)
    made.ask(0, EDIT, itemId="e-1", **more)


def test_a_suggest_lane_asks_a_person_for_each_command() -> None:
    made = working("suggest")

    asked_for(made, "/bin/bash -lc 'make test'")

    asked = made.only("approval.requested")
    assert (asked["call"], asked["kind"], asked["command"]) == ("c-1", "shell", "make test")
    assert results(made) == {}


@pytest.mark.parametrize(("approve", "decision"), [(True, "accept"), (False, "decline")])
def test_a_persons_answer_reaches_codex(approve: bool, decision: str) -> None:
    made = working("suggest")
    asked_for(made)

    control = made.answer(made.only("approval.requested")["request"], approve=approve)

    assert results(made) == {0: {"decision": decision}}
    assert made.answers == {control: Applied(control)}
    assert len(made.of("denied")) == (not approve)


def test_a_denial_with_a_note_tells_the_agent_why() -> None:
    made = working("suggest")
    asked_for(made)

    request = made.only("approval.requested")["request"]
    made.answer(request, approve=False, note="use pytest -q")

    (steer,) = made.asked("turn/steer")
    assert "use pytest -q" in steer["input"][0]["text"]
    assert made.only("denied") == {"call": "c-1", "reason": "use pytest -q"}


def test_a_denied_command_ends_as_denied_and_that_is_told_once() -> None:
    made = working("suggest")
    asked_for(made)
    made.answer(made.only("approval.requested")["request"], approve=False)

    made.note("item/completed", item=command("c-1", status="declined"))

    assert made.only("denied")["reason"] == "a person denied it"
    assert made.only("tool.finished")["status"] == "denied"


def test_an_answer_to_a_question_that_is_gone_is_refused() -> None:
    made = working("suggest")
    asked_for(made)
    request = made.only("approval.requested")["request"]
    made.note("serverRequest/resolved", requestId=0)

    late, unknown = made.answer(request, approve=True), made.answer("nonsense", approve=True)

    assert isinstance(made.answers[late], Refused)
    assert isinstance(made.answers[unknown], Refused)
    assert results(made) == {}


def test_the_same_question_cannot_be_answered_twice() -> None:
    made = working("suggest")
    asked_for(made)
    request = made.only("approval.requested")["request"]

    made.answer(request, approve=False)
    again = made.answer(request, approve=True)

    assert results(made) == {0: {"decision": "decline"}}
    assert isinstance(made.answers[again], Refused)


@pytest.mark.parametrize(
    "more",
    [
        {"reason": ""},
        {"reason": "command failed; retry without sandbox?"},
        {"additionalPermissions": {"network": {"enabled": True}}},
        {"networkApprovalContext": {"host": "example.org", "protocol": "https"}},
    ],
)
def test_a_command_that_wants_out_of_the_sandbox_is_declined_unasked(more: dict[str, Any]) -> None:
    made = working("suggest")

    asked_for(made, **more)

    assert results(made) == {0: {"decision": "decline"}}
    assert made.only("denied")["call"] == "c-1"
    assert not made.of("approval.requested")


@pytest.mark.parametrize("autonomy", ["observe", "propose", "land"])
@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (COMMAND, {"decision": "decline"}),
        (EDIT, {"decision": "decline"}),
        (PERMISSIONS, {"permissions": {}, "scope": "turn"}),
        (ELICITATION, {"action": "decline"}),
    ],
)
def test_other_lanes_ask_nobody_and_grant_nothing(autonomy: str, method: str, answer: Any) -> None:
    made = working(autonomy)

    made.ask(0, method, itemId="c-1", command="curl example.org")

    assert results(made) == {0: answer}
    assert made.only("denied")["call"] is None
    assert not made.of("approval.requested")


def test_a_suggest_lane_lets_edits_inside_the_workspace_pass() -> None:
    made = working("suggest")

    edit(made, f"{WORKSPACE}/src/a.py", "b.py")

    assert results(made) == {0: {"decision": "accept"}}


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../other/a.py",
        f"{WORKSPACE}/../x",
        f"{WORKSPACE}-beside/x",
        f"{WORKSPACE}/.git/hooks/post-commit",
        "sub/.git/config",
        ".GIT/config",
        ".codex/config.toml",
        ".agents/skills/x/SKILL.md",
    ],
)
def test_edits_elsewhere_or_of_what_steers_agents_are_declined(path: str) -> None:
    made = working("suggest")

    edit(made, "fine.py", path)

    assert results(made) == {0: {"decision": "decline"}}
    assert made.only("denied")["call"] == "e-1"


def test_a_file_that_an_edit_moves_away_is_looked_at_as_well() -> None:
    made = working("suggest")
    kind = {"type": "update", "move_path": "/etc/cron.d/x"}
    item = {"type": "fileChange", "id": "e-1", "changes": [{"path": "a", "kind": kind, "diff": ""}]}

    made.note("item/started", item=item)
    made.ask(0, EDIT, itemId="e-1")

    assert results(made) == {0: {"decision": "decline"}}


def test_an_edit_that_names_no_file_is_declined() -> None:
    made = working("suggest")

    made.ask(0, EDIT, itemId="nobody-knows")

    assert results(made) == {0: {"decision": "decline"}}


@pytest.mark.parametrize("more", [{"grantRoot": "/"}, {"reason": "retry without sandbox?"}])
def test_an_edit_that_wants_more_than_its_files_is_declined(more: dict[str, Any]) -> None:
    made = working("suggest")

    edit(made, "a.py", **more)

    assert results(made) == {0: {"decision": "decline"}}


@pytest.mark.parametrize(
    ("autonomy", "action"), [("observe", "decline"), ("propose", "accept"), ("land", "accept")]
)
def test_tools_of_servers_in_lanes_yaml_may_be_used_but_by_observers(
    autonomy: str, action: str
) -> None:
    made = working(autonomy)

    made.ask(0, ELICITATION, serverName="tiny", _meta=MCP)

    assert results(made)[0]["action"] == action


def test_a_suggest_lane_asks_for_those_tools() -> None:
    made = working("suggest")

    made.ask(0, ELICITATION, serverName="tiny", _meta=MCP)
    made.answer(made.only("approval.requested")["request"], approve=True)

    assert made.only("approval.requested")["command"] == 'tiny.ping {"a": 1}'
    assert results(made) == {0: {"action": "accept", "content": {}}}


def test_questions_have_names_that_an_earlier_process_never_used() -> None:
    names = []
    for turn in ("turn-aaaa", "turn-bbbb"):
        made = working("suggest")
        made.ask(0, COMMAND, itemId="c-1", command="ls", turnId=turn)
        made.ask(1, COMMAND, itemId="c-2", command="ls", turnId=turn)
        names += [asked["request"] for asked in made.of("approval.requested")]

    assert len(set(names)) == 4


def test_what_a_sub_agent_asks_after_the_turn_is_declined_without_a_word() -> None:
    made = working("suggest")
    made.note("turn/started", threadId="child", turn={"id": "turn-c"})
    made.note("turn/completed", turn={"id": TURN, "status": "completed"})
    told = len(made.events)

    made.ask(5, COMMAND, threadId="child", turnId="turn-c", itemId="c-9", command="ls")

    assert results(made) == {5: {"decision": "decline"}}
    assert len(made.events) == told


def test_a_sub_agents_open_question_is_declined_when_the_turn_ends() -> None:
    made = working("suggest")
    made.note("turn/started", threadId="child", turn={"id": "turn-c"})
    made.ask(5, COMMAND, threadId="child", turnId="turn-c", itemId="c-9", command="ls")

    made.note("turn/completed", turn={"id": TURN, "status": "completed"})

    assert results(made) == {5: {"decision": "decline"}}


def test_the_threads_own_questions_are_codex_to_settle_when_the_turn_ends() -> None:
    made = working("suggest")
    asked_for(made)

    made.note("turn/completed", threadId=THREAD, turn={"id": TURN, "status": "interrupted"})

    assert results(made) == {}
