"""How Codex is started: its home, its configuration, its permission profile."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from darkfactory.agents.codex import ADAPTER
from darkfactory.agents.codex.permissions import filesystem
from darkfactory.agents.protocol import LaunchRequest, McpServer
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind, AgentSettings

WORKSPACE = "/repo/.darkfactory/workspaces/agents/01"
HOME = "/repo/.darkfactory/sessions/s-1/home"
TEMP = "/repo/.darkfactory/sessions/s-1/tmp"
CONFIG = f"{HOME}/.codex/config.toml"


def request(**changed: Any) -> LaunchRequest:
    made = LaunchRequest(
        session="s-1",
        agent=AgentSettings("codex", AgentKind.CODEX),
        autonomy=Autonomy.PROPOSE,
        workspace=WORKSPACE,
        home=HOME,
        temp=TEMP,
        prompt="Fix it.",
        program=("/opt/codex",),
    )
    return replace(made, **changed)


def agent(**settings: Any) -> AgentSettings:
    return AgentSettings("codex", AgentKind.CODEX, **settings)


def config_of(asked: LaunchRequest) -> dict[str, Any]:
    return tomllib.loads(ADAPTER.prepare(asked).files[".codex/config.toml"])


def rules_of(asked: LaunchRequest) -> dict[str, str]:
    rules: dict[str, str] = config_of(asked)["permissions"]["darkfactory"]["filesystem"]
    return rules


def test_it_starts_app_server_with_the_lanes_own_words_last() -> None:
    asked = request(agent=agent(args=("-c", "model_provider=lab")))

    launch = ADAPTER.prepare(asked)

    assert launch.argv == ("/opt/codex", "app-server", "-c", "model_provider=lab")
    assert launch.native is None


def test_servers_are_tables_of_the_configuration() -> None:
    server = McpServer("docs", ("python3", "server.py", "a b"), {"MODE": 'say "hi"'})

    config = config_of(request(mcp=[server]))

    assert config["mcp_servers"] == {
        "docs": {
            "command": "python3",
            "args": ["server.py", "a b"],
            "required": True,
            "startup_timeout_sec": 60,
            "env": {"MODE": 'say "hi"'},
        }
    }
    assert "mcp_servers" not in config_of(request())


def test_home_and_temp_are_the_sessions_whatever_lanes_yaml_says() -> None:
    asked = request(agent=agent(env={"HOME": "/mine", "CODEX_HOME": "/mine", "LAB_KEY": "k"}))

    launch = ADAPTER.prepare(asked)

    home = {"HOME": HOME, "CODEX_HOME": f"{HOME}/.codex", "TMPDIR": TEMP}
    assert dict(launch.env) == {**home, "LAB_KEY": "k"}


def test_it_calls_nobody_but_its_model() -> None:
    config = config_of(request())

    assert config["check_for_update_on_startup"] is False
    assert config["analytics"] == {"enabled": False}
    assert config["features"] == {"apps": False, "plugins": False, "shell_snapshot": False}
    assert config["web_search"] == "disabled"


def test_commands_keep_the_path_that_they_are_given() -> None:
    assert config_of(request())["allow_login_shell"] is False


def test_keys_and_tokens_stay_with_the_program() -> None:
    config = config_of(request())

    assert config["shell_environment_policy"]["ignore_default_excludes"] is False


def test_commands_have_a_home_of_their_own() -> None:
    launch = ADAPTER.prepare(request())

    config = tomllib.loads(launch.files[".codex/config.toml"])
    assert config["shell_environment_policy"]["set"] == {"HOME": f"{HOME}/user"}
    assert "user/.keep" in launch.files
    assert rules_of(request())[f"{HOME}/user"] == "write"


def test_the_model_is_written_down_when_there_is_one() -> None:
    named = config_of(request(agent=agent(model="gpt-5-codex")))
    unnamed = config_of(request())

    assert named["model"] == "gpt-5-codex"
    assert "model" not in unnamed


def test_skills_lie_in_the_workspace_where_no_command_can_write() -> None:
    at = ADAPTER.capabilities.skills.workspace

    allowed = filesystem(request())

    assert at == (".agents/skills",)
    assert allowed[f"{request().workspace}/.agents"] == "read"


@pytest.mark.parametrize("autonomy", [Autonomy.SUGGEST, Autonomy.PROPOSE, Autonomy.LAND])
def test_a_worker_writes_its_workspace_temp_and_home_and_nothing_else(autonomy: Autonomy) -> None:
    rules = rules_of(request(autonomy=autonomy))

    writable = {path for path, access in rules.items() if access == "write"}
    assert writable == {WORKSPACE, ":tmpdir", f"{HOME}/user"}
    assert rules[":root"] == "read"
    assert rules[f"{WORKSPACE}/.git"] == "read"
    assert config_of(request())["default_permissions"] == "darkfactory"


def test_an_observer_writes_nothing_and_reaches_nothing() -> None:
    asked = request(autonomy=Autonomy.OBSERVE, write=("/cache",), open_network=True)

    config = config_of(asked)
    assert rules_of(asked) == {":root": "read", CONFIG: "deny"}
    assert config["permissions"]["darkfactory"]["network"] == {"enabled": False}
    assert config["web_search"] == "disabled"


def test_the_network_is_shut_unless_the_lane_opens_it() -> None:
    shut, open_ = config_of(request()), config_of(request(open_network=True))

    assert shut["permissions"]["darkfactory"]["network"] == {"enabled": False}
    assert open_["permissions"]["darkfactory"]["network"] == {"enabled": True}
    assert open_["web_search"] == "live"


def test_a_file_that_is_there_is_denied_so_that_nothing_runs_outside_the_sandbox() -> None:
    asked = request()

    denied = [path for path, access in rules_of(asked).items() if access == "deny"]
    assert denied == [CONFIG]
    assert CONFIG.removeprefix(f"{HOME}/") in ADAPTER.prepare(asked).files


def test_what_lanes_yaml_allows_is_writable() -> None:
    rules = rules_of(request(write=("/cache/pip",)))

    assert rules["/cache/pip"] == "write"


def test_tmp_is_writable_only_where_it_is_the_sessions_own() -> None:
    fenced, bare = rules_of(request(fence="bubblewrap")), rules_of(request(fence="none"))

    assert fenced[":slash_tmp"] == "write"
    assert ":slash_tmp" not in bare


def test_alone_it_hides_credentials_but_not_the_folder_it_lives_in() -> None:
    hide = ("/root/.ssh", "/etc/shadow", "/repo/.darkfactory")

    alone = rules_of(request(hide=hide))
    fenced = rules_of(request(hide=hide, fence="bubblewrap"))

    assert alone["/root/.ssh"] == alone["/etc/shadow"] == "deny"
    assert "/repo/.darkfactory" not in alone
    assert [path for path, access in fenced.items() if access == "deny"] == [CONFIG]


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "CODEX_API_KEY"])
def test_a_key_that_app_server_would_ignore_is_used_by_a_provider_of_ours(name: str) -> None:
    passed = config_of(request(agent=agent(pass_env=(name,))))
    given = config_of(request(agent=agent(env={name: "k", "OPENAI_BASE_URL": "http://lab/v1"})))

    assert passed["model_provider"] == given["model_provider"] == "openai-key"
    assert passed["model_providers"]["openai-key"]["env_key"] == name
    assert given["model_providers"]["openai-key"]["base_url"] == "http://lab/v1"
    assert "k" not in given["model_providers"]["openai-key"].values()


def test_without_a_key_the_provider_is_codex_own() -> None:
    assert "model_provider" not in config_of(request())


@pytest.mark.parametrize("odd", ['a"b', "a\\b", "a b", "ä€😀", "a\x7fb", "a\tb", "a\nb", "[a.b]"])
def test_any_name_of_a_folder_survives_the_configuration(odd: str) -> None:
    asked = request(workspace=f"/repo/{odd}", hide=(f"/secret/{odd}",))

    assert config_of(asked)["projects"] == {f"/repo/{odd}": {"trust_level": "untrusted"}}
    assert rules_of(asked)[f"/secret/{odd}"] == "deny"


@pytest.mark.parametrize("autonomy", list(Autonomy))
def test_inside_landlock_its_sandbox_cannot_start(autonomy: Autonomy) -> None:
    refusals = [
        ADAPTER.refusal(request(autonomy=autonomy, fence=fence))
        for fence in ("landlock", "bubblewrap", "none")
    ]

    assert "Landlock" in str(refusals[0])
    assert refusals[1:] == [None, None]


def test_a_path_that_is_not_utf_8_is_refused() -> None:
    path = b"/repo/\xff".decode("utf-8", "surrogateescape")

    assert "UTF-8" in str(ADAPTER.refusal(request(workspace=path)))


def test_it_tells_no_cost_but_all_the_rest() -> None:
    able = ADAPTER.capabilities

    assert not able.cost
    assert all((able.steer, able.interrupt, able.approve, able.resume, able.usage, able.skills))
    assert able.sandbox
