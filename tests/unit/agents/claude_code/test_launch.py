"""How the program is started, and how each level is held."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from darkfactory.agents.claude_code import ADAPTER
from darkfactory.agents.claude_code.confinement import refusal
from darkfactory.agents.protocol import Launch, LaunchRequest, McpServer, SkillFolder
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind, AgentSettings

LEVELS = list(Autonomy)
WORK = [Autonomy.PROPOSE, Autonomy.LAND]
FENCES = ["bubblewrap", "landlock", "none"]


def request(**changes: Any) -> LaunchRequest:
    base = LaunchRequest(
        session="s-1",
        agent=AgentSettings(name="claude", kind=AgentKind.CLAUDE_CODE),
        autonomy=Autonomy.PROPOSE,
        workspace="/repo/.darkfactory/workspaces/agents/01",
        home="/repo/.darkfactory/sessions/s-1/home",
        temp="/repo/.darkfactory/sessions/s-1/tmp",
        prompt="Fix it.",
        program=("/usr/bin/claude",),
        fence="bubblewrap",
    )
    return replace(base, **changes)


def agent(**changes: Any) -> AgentSettings:
    return replace(AgentSettings(name="claude", kind=AgentKind.CLAUDE_CODE), **changes)


def option(launch: Launch, name: str) -> str:
    return launch.argv[launch.argv.index(name) + 1]


def settings(launch: Launch) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(option(launch, "--settings"))
    return found


def permissions(**changes: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = settings(ADAPTER.prepare(request(**changes)))["permissions"]
    return found


def sandbox(**changes: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = settings(ADAPTER.prepare(request(**changes)))["sandbox"]
    return found


def offered(**changes: Any) -> set[str]:
    return set(option(ADAPTER.prepare(request(**changes)), "--tools").split(","))


def test_it_speaks_stream_json_in_both_directions() -> None:
    launch = ADAPTER.prepare(request())

    assert launch.argv[0] == "/usr/bin/claude"
    assert option(launch, "--input-format") == option(launch, "--output-format") == "stream-json"
    assert {"-p", "--verbose", "--replay-user-messages"} <= set(launch.argv)


def test_the_conversation_has_an_id_of_ours_that_follows_from_the_session() -> None:
    one, same = ADAPTER.prepare(request()), ADAPTER.prepare(request())
    other = ADAPTER.prepare(request(session="s-2"))

    assert option(one, "--session-id") == one.native == same.native != other.native
    assert "--resume" not in one.argv


def test_a_resumed_conversation_keeps_its_id() -> None:
    launch = ADAPTER.prepare(request(resume="0866c7b5"))

    assert option(launch, "--resume") == launch.native == "0866c7b5"
    assert "--session-id" not in launch.argv


def test_no_file_of_the_user_or_the_workspace_is_a_setting() -> None:
    launch = ADAPTER.prepare(request())

    assert option(launch, "--setting-sources") == ""
    assert "--strict-mcp-config" in launch.argv
    assert settings(launch)["disableAllHooks"] is True
    assert settings(launch)["disableBundledSkills"] is True


def test_home_and_configuration_are_the_sessions_own() -> None:
    env = ADAPTER.prepare(request()).env

    assert env["HOME"] == "/repo/.darkfactory/sessions/s-1/home"
    assert env["CLAUDE_CONFIG_DIR"] == f"{env['HOME']}/.claude"
    assert env["DISABLE_TELEMETRY"] == env["DISABLE_AUTOUPDATER"] == "1"


def test_a_path_in_the_prompt_is_not_read_for_the_model() -> None:
    assert ADAPTER.prepare(request()).env["CLAUDE_CODE_DISABLE_FILE_MENTIONS"] == "1"


def test_the_projects_instructions_are_imported_by_a_path_without_spaces() -> None:
    launch = ADAPTER.prepare(
        request(workspace="/my repo/.df/workspaces/01", home="/my repo/.df/sessions/s/home")
    )

    assert option(launch, "--add-dir") == "/my repo/.df/sessions/s/home/memory"
    assert launch.files["memory/CLAUDE.md"].splitlines() == [
        "@../../../../workspaces/01/CLAUDE.md",
        "@../../../../workspaces/01/AGENTS.md",
    ]


def test_skills_come_as_a_plugin_in_the_private_home() -> None:
    skills = [SkillFolder("tidy", "Use when tidying.", "/library/tidy")]

    launch = ADAPTER.prepare(request(skills=skills))

    plugin = "/repo/.darkfactory/sessions/s-1/home/skills-plugin"
    assert option(launch, "--plugin-dir") == plugin
    assert launch.copies == (("/library/tidy", "skills-plugin/skills/tidy"),)
    manifest = json.loads(launch.files["skills-plugin/.claude-plugin/plugin.json"])
    assert manifest["name"] == "darkfactory"


def test_a_session_without_skills_has_no_plugin() -> None:
    launch = ADAPTER.prepare(request())

    assert "--plugin-dir" not in launch.argv
    assert launch.copies == ()


SERVER = McpServer("docs", ("python3", "server.py"), {"MODE": "read"})


def test_servers_are_the_sessions_own_and_no_others_count() -> None:
    launch = ADAPTER.prepare(request(mcp=[SERVER]))

    assert "--strict-mcp-config" in launch.argv
    assert launch.env["ENABLE_TOOL_SEARCH"] == "false"
    assert json.loads(option(launch, "--mcp-config")) == {
        "mcpServers": {
            "docs": {"command": "python3", "args": ["server.py"], "env": {"MODE": "read"}}
        }
    }


@pytest.mark.parametrize("level", LEVELS)
def test_only_a_lane_that_works_calls_servers_without_a_question(level: Autonomy) -> None:
    allowed = "mcp__docs" in permissions(mcp=[SERVER], autonomy=level)["allow"]

    assert allowed == (level in WORK)


def test_the_model_is_named_and_the_users_arguments_come_last() -> None:
    launch = ADAPTER.prepare(request(agent=agent(model="sonnet", args=("--effort", "high"))))

    assert option(launch, "--model") == "sonnet"
    assert launch.argv[-2:] == ("--effort", "high")


def test_nothing_is_looked_up_so_the_same_request_is_the_same_launch() -> None:
    assert ADAPTER.prepare(request()) == ADAPTER.prepare(request())


def test_an_observer_is_offered_nothing_that_writes_runs_or_reaches_out() -> None:
    tools = offered(autonomy=Autonomy.OBSERVE, open_network=True)

    assert tools.isdisjoint({"Bash", "Edit", "MultiEdit", "Write", "NotebookEdit"})
    assert tools.isdisjoint({"WebFetch", "WebSearch"})
    assert {"Read", "Grep", "Glob"} <= tools


def test_an_observer_is_denied_by_rule_what_it_is_not_offered() -> None:
    rules = permissions(autonomy=Autonomy.OBSERVE)

    assert {"Bash", "Edit", "Write", "NotebookEdit", "WebFetch", "WebSearch"} <= set(rules["deny"])
    launch = ADAPTER.prepare(request(autonomy=Autonomy.OBSERVE))
    assert option(launch, "--permission-mode") == "dontAsk"


def test_a_suggest_lane_asks_for_commands_and_for_nothing_else() -> None:
    launch = ADAPTER.prepare(request(autonomy=Autonomy.SUGGEST))

    assert option(launch, "--permission-prompt-tool") == "stdio"
    assert option(launch, "--permission-mode") == "acceptEdits"
    assert settings(launch)["permissions"]["ask"] == ["Bash"]
    assert "Bash" not in settings(launch)["permissions"]["allow"]
    assert settings(launch)["sandbox"]["autoAllowBashIfSandboxed"] is False


@pytest.mark.parametrize("level", WORK)
def test_a_working_lane_asks_for_nothing(level: Autonomy) -> None:
    launch = ADAPTER.prepare(request(autonomy=level))

    assert "--permission-prompt-tool" not in launch.argv
    assert "Bash" in settings(launch)["permissions"]["allow"]
    assert settings(launch)["permissions"]["ask"] == []


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("fence", FENCES)
def test_no_level_ever_bypasses_permissions(level: Autonomy, fence: str) -> None:
    launch = ADAPTER.prepare(request(autonomy=level, fence=fence))

    assert not [word for word in launch.argv if "dangerously" in word.lower()]
    assert option(launch, "--permission-mode") != "bypassPermissions"
    assert settings(launch)["sandbox"]["allowUnsandboxedCommands"] is False


@pytest.mark.parametrize("level", LEVELS)
def test_the_web_is_closed_unless_the_lane_opens_it(level: Autonomy) -> None:
    closed, opened = permissions(autonomy=level), permissions(autonomy=level, open_network=True)

    assert {"WebFetch", "WebSearch"} <= set(closed["deny"])
    assert ("WebFetch" in opened["deny"]) is (level is Autonomy.OBSERVE)


def test_commands_have_no_network_and_no_credentials() -> None:
    given = agent(pass_env=("DEPLOY_TOKEN", "LANG"), env={"DB_PASSWORD": "x", "CI": "1"})

    held = sandbox(agent=given)

    assert held["enabled"] is True
    assert held["network"] == {"allowedDomains": [], "strictAllowlist": True}
    hidden = {entry["name"] for entry in held["credentials"]["envVars"]}
    assert {"ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"} <= hidden
    assert {"DEPLOY_TOKEN", "DB_PASSWORD"} <= hidden
    assert hidden.isdisjoint({"LANG", "CI"})
    assert {entry["mode"] for entry in held["credentials"]["envVars"]} == {"deny"}


def test_commands_may_write_their_own_folders_but_not_the_programs() -> None:
    held = sandbox(write=("/cache/pip",), fence="none")

    home = "/repo/.darkfactory/sessions/s-1/home"
    assert held["filesystem"]["allowWrite"] == [
        home,
        "/repo/.darkfactory/sessions/s-1/tmp",
        "/cache/pip",
    ]
    assert held["filesystem"]["denyWrite"] == [
        f"{home}/.claude",
        f"{home}/memory",
        f"{home}/skills-plugin",
    ]


def test_inside_bubblewrap_the_sandbox_does_without_a_proc_of_its_own() -> None:
    assert sandbox(fence="bubblewrap")["enableWeakerNestedSandbox"] is True
    assert sandbox(fence="none")["enableWeakerNestedSandbox"] is False


def test_inside_landlock_the_sandbox_is_off_because_it_could_not_mount() -> None:
    assert sandbox(fence="landlock")["enabled"] is False


def test_without_a_fence_the_sandbox_is_a_must_unless_a_person_said_otherwise() -> None:
    assert sandbox(fence="none")["failIfUnavailable"] is True
    assert sandbox(fence="none", unconfined=True)["failIfUnavailable"] is False
    assert sandbox(fence="bubblewrap")["failIfUnavailable"] is False


def test_an_open_network_inside_a_fence_needs_no_proxy() -> None:
    assert sandbox(fence="bubblewrap", open_network=True)["enabled"] is False
    alone = sandbox(fence="none", open_network=True)
    assert (alone["enabled"], alone["network"]["allowedDomains"]) == (True, ["*"])


def test_without_a_fence_reading_stays_in_the_working_folders() -> None:
    fenced, alone = permissions(fence="bubblewrap"), permissions(fence="none")

    assert {"Read", "Grep", "Glob"} <= set(fenced["allow"])
    assert {"Read", "Grep", "Glob"}.isdisjoint(alone["allow"])
    skills = "Read(//repo/.darkfactory/sessions/s-1/home/skills-plugin/**)"
    assert skills in alone["allow"]


def test_without_a_fence_what_must_be_hidden_is_hidden_but_never_the_sessions_own() -> None:
    hide = ("/root/.ssh", "/repo/.darkfactory")

    rules, held = permissions(fence="none", hide=hide), sandbox(fence="none", hide=hide)

    assert "Read(//root/.ssh/**)" in rules["deny"]
    assert held["filesystem"]["denyRead"] == ["/root/.ssh"]
    assert not [rule for rule in rules["deny"] if ".darkfactory" in rule]


def test_sockets_get_a_folder_whose_name_is_short_enough() -> None:
    fenced = ADAPTER.prepare(request()).env
    short = ADAPTER.prepare(request(fence="none", temp="/t/s-1")).env
    long = ADAPTER.prepare(request(fence="none", temp="/t/" + "x" * 80)).env

    assert fenced["TMPDIR"] == "/tmp"
    assert short["TMPDIR"] == "/t/s-1"
    assert long["TMPDIR"] == "/tmp"
    assert long["CLAUDE_CODE_TMPDIR"] == "/t/" + "x" * 80


@pytest.mark.parametrize("fence", ["bubblewrap", "landlock"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_fence_holds_every_level(level: Autonomy, fence: str) -> None:
    wanted = request(autonomy=level, fence=fence)

    assert refusal(wanted, platform="linux", which=lambda _: None) is None


@pytest.mark.parametrize("level", WORK)
def test_without_a_fence_work_needs_the_programs_own_sandbox(level: Autonomy) -> None:
    wanted = request(autonomy=level, fence="none")

    missing = refusal(wanted, platform="linux", which=lambda _: None)
    half = refusal(wanted, platform="linux", which={"bwrap": "/usr/bin/bwrap"}.get)
    whole = refusal(wanted, platform="linux", which=lambda name: f"/usr/bin/{name}")

    assert missing is not None
    assert "bwrap and socat" in missing
    assert half is not None
    assert "socat" in half
    assert whole is None


def test_on_a_mac_its_sandbox_needs_nothing_more() -> None:
    wanted = request(fence="none")

    assert refusal(wanted, platform="darwin", which=lambda _: None) is None
    assert refusal(wanted, platform="freebsd", which=lambda _: None) is not None


@pytest.mark.parametrize("level", [Autonomy.OBSERVE, Autonomy.SUGGEST])
def test_levels_that_run_nothing_by_themselves_need_no_sandbox(level: Autonomy) -> None:
    wanted = request(autonomy=level, fence="none")

    assert refusal(wanted, platform="linux", which=lambda _: None) is None


@pytest.mark.parametrize(
    "args",
    [
        ("--dangerously-skip-permissions",),
        ("--permission-mode", "bypassPermissions"),
        ("--permission-mode=plan",),
        ("--settings", "{}"),
        ("--setting-sources=user",),
        ("--tools", "default"),
    ],
)
def test_arguments_that_would_lift_the_level_are_refused(args: tuple[str, ...]) -> None:
    missing = ADAPTER.refusal(request(agent=agent(args=args)))

    assert missing is not None
    assert args[0] in missing


def test_other_arguments_are_the_users_business() -> None:
    given = agent(args=("--effort", "high", "--mcp-config", "mcp.json", "--max-turns", "9"))

    assert ADAPTER.refusal(request(agent=given)) is None
