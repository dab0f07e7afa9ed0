"""How an agent of the protocol starts, and where it is refused."""

import json

import pytest

from darkfactory.agents.acp import ADAPTER
from darkfactory.agents.protocol import LaunchRequest, SkillFolder
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind, AgentSettings

HOME = "/run/session/home"


def request(
    *program: str,
    autonomy: Autonomy = Autonomy.PROPOSE,
    args: tuple[str, ...] = (),
    workspace: str = "/run/repo",
    env: dict[str, str] | None = None,
) -> LaunchRequest:
    agent = AgentSettings(name="x", kind=AgentKind.ACP, args=args, env=env or {})
    return LaunchRequest(
        session="s-1",
        agent=agent,
        autonomy=autonomy,
        workspace=workspace,
        home=HOME,
        temp="/run/session/tmp",
        prompt="",
        program=program or ("/usr/bin/agent", "--acp"),
        skills=[SkillFolder("brass", "Rub", "/skills/brass")],
    )


def test_the_command_is_the_users_with_the_args_behind_it() -> None:
    launch = ADAPTER.prepare(request("/usr/bin/agent", "--acp", args=("-v",)))

    assert launch.argv == ("/usr/bin/agent", "--acp", "-v")


@pytest.mark.parametrize("words", [("acp",), ("acp", "--pure")])
def test_an_agent_that_serves_itself_is_told_where_and_with_which_password(
    words: tuple[str, ...],
) -> None:
    launch = ADAPTER.prepare(request("/opt/bin/opencode", *words))

    assert launch.argv[-2:] == ("--port", "{port}")
    assert launch.env["OPENCODE_SERVER_PASSWORD"] == "{token}"


@pytest.mark.parametrize("args", [("--port", "4096"), ("--port=4096",)])
def test_an_agent_that_a_user_tells_its_port_is_told_no_other(args: tuple[str, ...]) -> None:
    launch = ADAPTER.prepare(request("/opt/bin/opencode", "acp", args=args))

    assert launch.argv == ("/opt/bin/opencode", "acp", *args)
    assert "OPENCODE_SERVER_PASSWORD" not in launch.env


def test_every_folder_of_settings_is_the_sessions_own_and_cannot_be_overridden() -> None:
    theirs = dict.fromkeys(("HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"), "/root")

    launch = ADAPTER.prepare(request(env={**theirs, "KEEP": "me"}))

    assert launch.env["KEEP"] == "me"
    assert launch.env["HOME"] == HOME
    for name in theirs:
        assert launch.env[name].startswith(HOME)
    assert ".codex/.keep" in launch.files  # Codex does not start where its home is missing


def test_a_skill_lies_where_each_of_the_agents_looks() -> None:
    launch = ADAPTER.prepare(request())

    targets = {target for _, target in launch.copies}
    assert targets == {".agents/skills/brass", ".claude/skills/brass"}


def test_agents_are_kept_from_model_requests_that_nobody_asked_for_or_counts() -> None:
    launch = ADAPTER.prepare(request())

    qwen = json.loads(launch.files[".qwen/settings.json"])
    assert qwen["ui"] == {"enableFollowupSuggestions": False}
    assert qwen["memory"]["enableManagedAutoMemory"] is False
    assert launch.env["CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION"] == "false"


@pytest.mark.parametrize("autonomy", [Autonomy.OBSERVE, Autonomy.PROPOSE, Autonomy.LAND])
def test_what_the_fence_holds_is_not_refused(autonomy: Autonomy) -> None:
    assert ADAPTER.refusal(request(autonomy=autonomy)) is None


@pytest.mark.parametrize(
    "program",
    [
        ("/opt/bin/claude-agent-acp",),
        ("/usr/bin/node", "/opt/claude-agent-acp"),
        ("/usr/bin/npx", "@agentclientprotocol/claude-agent-acp@0.100.0"),
    ],
)
def test_suggest_is_held_by_an_agent_that_is_known_to_ask(program: tuple[str, ...]) -> None:
    assert ADAPTER.refusal(request(*program, autonomy=Autonomy.SUGGEST)) is None


def test_an_agent_that_asks_by_its_own_settings_gets_them_in_a_suggest_lane_only() -> None:
    loose = {"OPENCODE_PERMISSION": '{"*":"allow"}'}
    asking, free = (
        ADAPTER.prepare(request("/opt/bin/opencode", "acp", autonomy=autonomy, env=loose))
        for autonomy in (Autonomy.SUGGEST, Autonomy.PROPOSE)
    )

    assert asking.env["OPENCODE_PERMISSION"] == '{"*":"ask"}'
    assert asking.env["OPENCODE_DISABLE_PROJECT_CONFIG"] == "1"
    assert free.env["OPENCODE_PERMISSION"] == loose["OPENCODE_PERMISSION"]


def test_suggest_is_refused_for_others_and_names_who_is_not() -> None:
    refused = ADAPTER.refusal(request("/opt/bin/codex-acp", autonomy=Autonomy.SUGGEST))

    assert refused is not None
    assert "claude-agent-acp" in refused


def test_a_path_that_is_not_utf8_is_refused() -> None:
    assert "not UTF-8" in (ADAPTER.refusal(request(workspace="/run/\udcff")) or "")
