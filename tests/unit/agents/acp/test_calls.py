"""Tool calls: put together from pieces, each told once, whatever the agent leaves out."""

from typing import Any

import pytest

from tests.fakes.acp_replay import AcpReplay, recorded, working
from tests.fakes.event_contract import problems_in


def call(made: AcpReplay, /, **told: Any) -> None:
    made.update("tool_call", toolCallId="call-1", **told)


def more(made: AcpReplay, /, **told: Any) -> None:
    made.update("tool_call_update", toolCallId="call-1", **told)


def text(words: str) -> list[dict[str, Any]]:
    return [{"type": "content", "content": {"type": "text", "text": words}}]


def test_a_call_that_comes_in_pieces_is_told_once_and_whole() -> None:
    made = working()
    call(made, title="Terminal", name="Bash", kind="execute", status="pending", rawInput={})
    more(made, rawInput={"command": "mak"}, title="mak")
    more(made, rawInput={"command": "make", "description": "Make it"}, title="make")
    before = made.of("tool.started")
    made.update("usage_update", used=1, size=2)

    assert before == []
    told = made.only("tool.started")
    assert (told["kind"], told["name"], told["command"]) == ("shell", "Bash", "make")


@pytest.mark.parametrize(
    "told",
    [
        {"title": "mcp__docs__read_fact", "kind": "other"},
        {"title": "Read a fact", "_meta": {"claudeCode": {"toolName": "mcp__docs__read_fact"}}},
        {"title": "mcp.docs.read_fact", "kind": "execute", "rawInput": {"server": "docs"}},
        {"title": "docs_read_fact", "kind": "other"},
        {"title": "read_fact (docs MCP Server)", "kind": "other"},
    ],
)
def test_a_call_that_is_named_after_a_tool_of_a_server_is_one(told: dict[str, Any]) -> None:
    made = working(mcp=[{"name": "docs", "command": ["x"], "env": {}}])

    call(made, status="in_progress", **told)

    (start,) = made.of("tool.started")
    assert (start["kind"], start["name"]) == ("mcp", "docs/read_fact")


@pytest.mark.parametrize(
    "told",
    [
        {"title": "docs/read.md", "kind": "read"},
        {"title": "docs_build", "kind": "execute"},
        {"title": "mcp.docs.read_fact", "kind": "execute", "rawInput": {"command": "rm x"}},
        {"title": "mcp__other__read_fact", "kind": "other"},
    ],
)
def test_a_call_that_does_something_else_is_not_one_of_a_server(told: dict[str, Any]) -> None:
    made = working(mcp=[{"name": "docs", "command": ["x"], "env": {}}])

    call(made, status="in_progress", **told)

    assert made.only("tool.started")["kind"] != "mcp"


SKILL = {"name": "tidy", "version": "1.2.0", "sha256": "f00", "deliver": "inline-nn"}


@pytest.mark.parametrize(
    ("first", "given"),
    [
        ({"name": "Skill", "title": "Load skill"}, {"skill": "tidy"}),
        ({"title": "skill", "status": "in_progress"}, {"name": "tidy"}),
        ({"title": "Skill", "status": "pending", "rawInput": {}}, {"skill": "tidy"}),
    ],
    ids=["claude-agent-acp", "opencode", "qwen"],
)
def test_a_skill_that_the_agents_own_tool_loads_is_told(
    first: dict[str, Any], given: dict[str, Any]
) -> None:
    made = working(skills=[SKILL])
    call(made, kind="other", **first)
    more(made, rawInput=given, title="Load skill: tidy")
    more(made, status="completed", rawOutput="Launching skill: tidy")

    told = {"name": "tidy", "version": "1.2.0", "sha256": "f00", "how": "tool", "call": "call-1"}
    assert made.only("skill.loaded") == told
    assert made.only("tool.started")["kind"] == "read"


def test_a_skill_that_is_named_in_a_calls_title_and_id_only_is_told() -> None:
    made = working(skills=[SKILL])
    call_ = {"toolCallId": "activate_skill-1", "title": '"tidy": Use when it is small.'}
    made.ask_leave(1, **call_, status="pending", kind="other")
    made.update("tool_call_update", **call_, status="completed", kind="other")

    assert made.only("skill.loaded")["name"] == "tidy"


@pytest.mark.parametrize(
    ("name", "status", "skill"),
    [("Skill", "failed", "tidy"), ("Skill", "completed", "theirs"), ("Read", "completed", "tidy")],
)
def test_what_loads_none_of_our_skills_is_not_told(name: str, status: str, skill: str) -> None:
    made = working(skills=[SKILL])
    call(made, kind="other", name=name, status="in_progress", rawInput={"skill": skill})
    more(made, status=status)

    assert made.of("skill.loaded") == []


def test_equal_commands_have_equal_hashes_whatever_is_said_about_them() -> None:
    hashes = []
    for about in ("one", "other"):
        made = working()
        given = {"command": "make", "description": about}
        call(made, kind="execute", status="in_progress", rawInput=given)
        hashes.append(made.only("tool.started")["input_hash"])

    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"kind": "read", "rawInput": {"path": "a"}}, "read"),
        ({"kind": "search"}, "search"),
        ({"kind": "delete"}, "edit"),
        ({"kind": "execute", "title": "`make`"}, "shell"),
        ({"kind": "read", "rawInput": {"command": ["bash", "-lc", "make"]}}, "shell"),
        ({"kind": "think"}, "other"),
        ({"kind": 7}, "other"),
        ({}, "other"),
    ],
)
def test_a_command_is_a_shell_call_whatever_kind_is_claimed(
    told: dict[str, Any], kind: str
) -> None:
    made = working()
    call(made, status="in_progress", **told)

    started = made.only("tool.started")
    assert started["kind"] == kind
    assert started["command"] == ("make" if kind == "shell" else None)


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"status": "completed", "rawOutput": {"exit_code": 0}}, "ok", 0),
        ({"status": "completed", "rawOutput": {"exit_code": 3}}, "failed", 3),
        ({"status": "completed", "rawOutput": {"metadata": {"exit": 3}}}, "failed", 3),
        ({"status": "completed", "_meta": {"terminal_exit": {"exit_code": 3}}}, "failed", 3),
        ({"status": "failed", "rawOutput": "Exit code 3\nbroken"}, "failed", 3),
        ({"status": "failed", "rawOutput": {"exit_code": True}}, "failed", None),
        ({"status": "completed"}, "ok", None),
    ],
)
def test_an_exit_status_is_found_where_agents_put_it(
    told: dict[str, Any], status: str, code: int | None
) -> None:
    made = working()
    call(made, kind="execute", title="make", status="in_progress")
    more(made, **told)

    done = made.only("tool.finished")
    assert (done["status"], done["exit_code"]) == (status, code)


def test_what_a_command_prints_is_told_as_it_comes_and_at_its_end() -> None:
    made = working()
    call(made, kind="execute", title="make", status="in_progress")
    more(made, content=text("one\n"))
    more(made, content=text("one\ntwo\n"))
    more(made, _meta={"terminal_output_delta": {"data": "three\n"}})
    more(made, status="completed", _meta={"terminal_output_delta": {"data": "four\n"}})

    assert [data["delta"] for data in made.of("tool.output")] == ["one\n", "two\n", "three\n"]
    assert made.only("tool.finished")["output"] == "one\ntwo\nthree\nfour\n"


def test_an_edit_is_told_with_its_lines_when_it_is_done() -> None:
    made = working()
    diff = {"type": "diff", "path": "/run/repo/a.py", "oldText": "x\ny\nz\n", "newText": "x\nz\n"}
    call(made, kind="edit", title="Edit", status="pending", content=[diff])
    before = made.of("file.changed")
    more(made, status="completed")

    assert before == []
    changed = made.only("file.changed")
    assert (changed["path"], changed["added"], changed["removed"]) == ("a.py", 0, 1)
    assert changed["ok"] is True
    assert made.only("tool.started")["paths"] == ["a.py"]


def test_a_new_file_is_written_not_edited() -> None:
    made = working()
    diff = {"type": "diff", "path": "/run/repo/new.py", "oldText": None, "newText": "x\ny\n"}
    call(made, kind="edit", status="completed", content=[diff])

    assert made.only("tool.started")["kind"] == "write"
    assert (made.only("file.changed")["added"], made.only("file.changed")["removed"]) == (2, 0)


def test_a_call_that_is_over_is_not_heard_of_again_but_its_id_may_be_used_anew() -> None:
    made = working()
    call(made, kind="read", status="completed")
    more(made, status="failed")
    call(made, kind="read", status="completed")

    started = [data["call"] for data in made.of("tool.started")]
    assert started == ["call-1", "call-1#1"]
    assert [data["status"] for data in made.of("tool.finished")] == ["ok", "ok"]
    made.end_turn()
    assert problems_in(made.events) == []


def test_a_plan_is_a_thought() -> None:
    made = working()
    made.update("plan", entries=[{"status": "pending", "content": "Look"}, 7])

    assert made.only("thought")["text"] == "[pending] Look\n[] "


@pytest.mark.parametrize(
    ("name", "tokens", "cost"), [("gemini", 4800, None), ("opencode", 1350, 0.005)]
)
def test_a_turn_of_the_real_program_is_understood(
    name: str, tokens: int, cost: float | None
) -> None:
    made = recorded(name)

    used = made.only("usage")
    kinds = [data["kind"] for data in made.of("tool.started")]
    commands = [data["command"] for data in made.of("tool.started") if data["command"]]
    assert kinds == ["read", "edit", "shell"]
    assert commands == ["python3 -m unittest -q test_calc"]
    assert made.only("file.changed")["path"] == "calc.py"
    assert made.only("turn.finished")["text"] == "DONE: add() fixed, tests pass."
    assert (used["total_session"], used["cost_usd"]) == (tokens, cost)
    assert problems_in(made.events) == []


def test_a_call_whose_input_is_not_there_yet_is_held_back_whatever_else_is_told() -> None:
    made = working()
    call(made, title="Shell", kind="execute", status="pending", rawInput={}, content=[])
    made.say("")
    made.update("usage_update", used=1, size=2)
    made.update("tool_call", toolCallId="call-2", title="Shell", kind="execute", status="pending")
    before = made.of("tool.started")
    more(made, status="in_progress", title="Shell: make", rawInput={"command": "make"})

    assert before == []
    assert made.only("tool.started")["command"] == "make"


def test_a_call_that_was_never_told_whole_is_told_with_the_turns_end() -> None:
    made = working()
    call(made, title="make", kind="execute", status="pending")
    made.end_turn()

    assert made.only("tool.started")["command"] == "make"
    assert made.only("tool.finished")["status"] == "unknown"


def test_tokens_that_are_told_with_each_request_are_counted_as_they_come_and_once() -> None:
    made = working(total_before=100)
    for given in (1000, 1200):
        used = {"inputTokens": given, "outputTokens": 50, "totalTokens": given + 50}
        content = {"type": "text", "text": ""}
        made.update("agent_message_chunk", content=content, _meta={"usage": used})
    at_work = [(data["scope"], data["total_session"]) for data in made.of("usage")]
    made.end_turn(usage={"inputTokens": 2400, "outputTokens": 100, "totalTokens": 2500})

    assert at_work == [("request", 1150), ("request", 2400)]
    rest = made.of("usage")[-1]
    assert (rest["scope"], rest["input"], rest["total_session"]) == ("turn", 200, 2600)


def test_requests_that_tell_all_leave_nothing_to_tell_at_the_turns_end() -> None:
    made = working()
    used = {"inputTokens": 1000, "outputTokens": 50}
    made.update("agent_message_chunk", _meta={"usage": used})
    made.end_turn()
    made.steer("more")
    made.end_turn(usage=used)

    assert [data["total_session"] for data in made.of("usage")] == [1050, 2100]
