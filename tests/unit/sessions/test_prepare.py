"""What lies ready before a session host starts."""

import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import AgentMissing, Capabilities, SkillFolder
from darkfactory.domain.item import Item
from darkfactory.domain.lane import Allow, Autonomy, Budget, Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, HarnessSettings, Settings
from darkfactory.domain.skill import SkillRef
from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.processes.bounds import HostFences
from darkfactory.sessions.confine import NotConfinable, Places, session_bounds
from darkfactory.sessions.prepare import (
    Prepared,
    ScriptUnreadable,
    SessionRequest,
    prepare_session,
    program_version,
)
from darkfactory.sessions.served import SOCKET, TOKEN, URL, only_server
from darkfactory.sessions.skill_copies import SessionSkills
from darkfactory.sessions.spec import HARD_DEADLINE_SECONDS, load_spec, spec_view, started_data
from darkfactory.sessions.tokens import Grant, Scope, factory_token, grant_of
from darkfactory.workspaces.slot import Workspace

FENCED = HostFences("/usr/bin/bwrap", 7, sockets=True, root=False, python="/usr/bin/python3")
LANDLOCK = replace(FENCED, bubblewrap=None)
OLD_LANDLOCK = HostFences(None, 2, sockets=True, root=False, python="/usr/bin/python3")
NOTHING = HostFences(None, 0, sockets=False, root=False, python="/usr/bin/python3")
CALLER = {
    "PATH": os.environ["PATH"], "HOME": "/home/ada", "LANG": "C.UTF-8", "LC_TIME": "C", "TZ": "UTC",
    "TOKEN": "secret-secret", "AWS_KEY": "x", "DB": "pg://ada:pw@host", "EDITOR": "vi",
    "PS1": "{port} {token}",
}  # fmt: skip
MOCK = AgentSettings("mock", AgentKind.MOCK, script="mock.yaml")


class Stage:
    """A repository whose state folder holds one workspace."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.state = StateFolder(self.root / ".darkfactory")
        place = self.state.pool("agents") / "01"
        place.mkdir(parents=True)
        self.workspace = Workspace(
            path=place, slot="01", base="b" * 40, tree="c" * 40, seconds=0.125, holder="s-1"
        )
        (self.root / "mock.yaml").write_text("default: {turns: [{say: hi}]}")

    def request(self, **changes: Any) -> SessionRequest:
        given: dict[str, Any] = {
            "session": "s-1", "item": Item("item-1", "Mend it"), "lane": Lane("bugs"),
            "agent": MOCK, "attempt": 2, "epoch": 3, "prompt": "# item-1: Mend it\n",
            "workspace": self.workspace, "budget": Budget(),
        }  # fmt: skip
        return SessionRequest(**{**given, **changes})

    def prepare(
        self, *, host: HostFences = FENCED, allow: Allow | None = None, **changes: Any
    ) -> Prepared:
        request = self.request(**changes)
        settings = Settings(
            HarnessSettings("true"),
            lanes=(request.lane,),
            agents={request.agent.name: request.agent},
            allow=allow or Allow(),
        )
        return prepare_session(
            request, state=self.state, settings=settings, host=host, caller=CALLER
        )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_the_folder_of_a_session_holds_all_that_its_host_needs(stage: Stage) -> None:
    prepared = stage.prepare()

    folder = Path(prepared.folder)
    written = load_spec(prepared.folder)
    assert written is not None
    assert spec_view(written) == spec_view(prepared.spec)
    assert (folder / "prompt.md").read_text() == "# item-1: Mend it\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "home").stat().st_mode) == 0o700
    assert (prepared.spec.attempt, prepared.spec.epoch, prepared.spec.base) == (2, 3, "b" * 40)
    assert prepared.spec.workspace_seconds == 0.125


def test_preparing_again_gives_the_same(stage: Stage) -> None:
    first = stage.prepare()

    assert stage.prepare() == first


def test_the_environment_is_made_of_what_is_named_and_nothing_else(stage: Stage) -> None:
    agent = replace(MOCK, pass_env=("TOKEN", "DB", "ABSENT"), env={"EXTRA": "1", "LANG": "C"})

    prepared = stage.prepare(agent=agent)

    assert prepared.environment == {
        "PATH": CALLER["PATH"], "LANG": "C", "LC_TIME": "C", "TZ": "UTC", "TOKEN": "secret-secret",
        "DB": "pg://ada:pw@host", "EXTRA": "1", "HOME": f"{prepared.folder}/home",
    }  # fmt: skip
    assert prepared.spec.secret_names == ("DB", "TOKEN")
    assert "secret-secret" not in repr(prepared)
    assert "secret-secret" not in (Path(prepared.folder) / "spec.json").read_text()


@pytest.mark.parametrize(("kind", "online"), [(AgentKind.MOCK, False), (AgentKind.CODEX, True)])
def test_while_a_server_runs_a_session_finds_the_way_to_its_log(
    stage: Stage, kind: AgentKind, online: bool
) -> None:
    program = stage.root / "agent"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    script = "mock.yaml" if kind is AgentKind.MOCK else None
    agent = AgentSettings("a", kind, command=(str(program),), script=script)

    before = stage.prepare(agent=agent)
    with only_server(stage.state) as desk:
        desk.opened("https://factory.example:8443", 8443, local_port=4711)
        prepared = stage.prepare(agent=agent)

    key = factory_token(stage.state.root / "token")
    grant = grant_of(prepared.environment[TOKEN], key)
    assert not {URL, TOKEN, SOCKET} & before.environment.keys()
    assert prepared.environment[URL] == "http://127.0.0.1:4711/v1/stream/s/s-1"
    assert prepared.environment[SOCKET] == str(stage.state.door / "sock")
    assert grant == Grant(frozenset({Scope.APPEND}), session="s-1")
    assert TOKEN in prepared.spec.secret_names
    assert ("4711" in prepared.spec.argv) is online


@pytest.mark.parametrize("kind", [AgentKind.MOCK, AgentKind.CODEX, AgentKind.CLAUDE_CODE])
def test_nobody_moves_an_agents_home(stage: Stage, kind: AgentKind) -> None:
    program = stage.root / "agent"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    names = ("HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR")
    agent = AgentSettings(
        "a", kind, command=(str(program),), env=dict.fromkeys(names, "/elsewhere"), pass_env=names,
        script="mock.yaml" if kind is AgentKind.MOCK else None,
    )  # fmt: skip
    own = {"mock": names[:1], "codex": names[:2], "claude-code": (names[0], names[2])}[kind]

    prepared = stage.prepare(agent=agent)

    assert all(prepared.environment[name].startswith(prepared.folder) for name in own)


@pytest.mark.parametrize(("host", "named"), [(FENCED, False), (LANDLOCK, True)])
def test_only_where_tmp_is_shared_the_agent_is_given_another(
    stage: Stage, host: HostFences, named: bool
) -> None:
    prepared = stage.prepare(host=host)

    assert prepared.environment.get("TMPDIR") == (f"{prepared.folder}/tmp" if named else None)


def test_a_lane_that_cannot_be_confined_is_refused(stage: Stage) -> None:
    with pytest.raises(NotConfinable) as refused:
        stage.prepare(host=NOTHING)

    assert "lane 'bugs' (propose) cannot be confined here" in refused.value.problem
    assert load_spec(str(stage.state.session("s-1"))) is None


def test_what_was_accepted_unconfined_is_recorded(stage: Stage) -> None:
    spec = stage.prepare(host=NOTHING, unconfined=True).spec

    assert not spec.confined
    assert spec.confinement == {"files": "none", "network": "open"}


def test_the_command_line_is_fenced_and_says_what_holds(stage: Stage) -> None:
    spec = stage.prepare().spec

    assert spec.argv[0] == "/usr/bin/bwrap"
    assert spec.confined
    assert spec.confinement == {"files": "bubblewrap", "network": "off"}


def program_of(stage: Stage, kind: AgentKind) -> AgentSettings:
    """Return the settings of an agent of *kind* whose program does nothing."""
    program = stage.root / "agent"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    script = "mock.yaml" if kind is AgentKind.MOCK else None
    return AgentSettings("a", kind, command=(str(program),), script=script)


@pytest.mark.skipif(sys.platform != "linux", reason="what Claude Code's sandbox needs differs")
@pytest.mark.parametrize(
    ("host", "kind", "files", "network"),
    [
        (FENCED, AgentKind.MOCK, "bubblewrap", "off"),
        (FENCED, AgentKind.CLAUDE_CODE, "bubblewrap", "ports"),
        (FENCED, AgentKind.CODEX, "bubblewrap", "ports"),
        (LANDLOCK, AgentKind.MOCK, "landlock", "off"),
        (LANDLOCK, AgentKind.CLAUDE_CODE, "landlock", "ports"),
        (LANDLOCK, AgentKind.CODEX, "agent", "ports"),
        (OLD_LANDLOCK, AgentKind.CODEX, "agent", "agent"),
        (NOTHING, AgentKind.CODEX, "agent", "agent"),
    ],
)
def test_a_session_says_what_holds_it_on_every_kind_of_host(
    stage: Stage, host: HostFences, kind: AgentKind, files: str, network: str
) -> None:
    spec = stage.prepare(host=host, agent=program_of(stage, kind)).spec

    assert spec.confined
    assert spec.confinement == {"files": files, "network": network}
    wrapped = spec.argv[0] == FENCED.bubblewrap
    ruled = any(word.endswith("restrict.py") for word in spec.argv)
    assert wrapped is (files == "bubblewrap")
    assert ("--files" in spec.argv) is (files == "landlock")
    assert ("--connect" in spec.argv) is (ruled and network == "ports")


@pytest.mark.parametrize("host", [FENCED, LANDLOCK], ids=["bubblewrap", "landlock"])
def test_an_agent_that_reaches_itself_may_connect_to_its_own_port_only(
    stage: Stage, host: HostFences
) -> None:
    program = program_of(stage, AgentKind.ACP)
    agent = replace(program, args=("--port", "{port}"), env={"OWN_PASSWORD": "{token}"})

    prepared = stage.prepare(host=host, agent=agent)

    argv = prepared.spec.argv
    port = argv[argv.index("--port") + 1]
    assert argv[argv.index("--connect") + 1 :][:2] == ("443", port)
    assert len(prepared.environment["OWN_PASSWORD"]) == 32
    assert prepared.spec.secret_names == ("OWN_PASSWORD",)


def test_a_port_is_filled_in_where_lanes_yaml_asks_for_it_and_nowhere_else(stage: Stage) -> None:
    agent = replace(
        program_of(stage, AgentKind.ACP), env={"SPOKEN": "x:{port}:{token}"}, pass_env=("PS1",)
    )

    prepared = stage.prepare(agent=agent)

    assert prepared.environment["PS1"] == "{port} {token}"
    assert "{" not in prepared.environment["SPOKEN"]
    assert "SPOKEN" in prepared.spec.secret_names


def test_an_agent_without_a_network_is_given_no_port_to_connect_to(stage: Stage) -> None:
    agent = replace(program_of(stage, AgentKind.ACP), args=("--port", "{port}"))

    argv = stage.prepare(agent=agent, allow=Allow(connect=())).spec.argv

    assert "--connect" not in argv
    assert argv[-1].isdigit()


@pytest.mark.parametrize("kind", [AgentKind.MOCK, AgentKind.CLAUDE_CODE])
@pytest.mark.parametrize("host", [OLD_LANDLOCK, NOTHING], ids=["old", "nothing"])
@pytest.mark.skipif(sys.platform != "linux", reason="what Claude Code's sandbox needs differs")
def test_what_nothing_holds_is_refused_and_when_accepted_said_to_be_unheld(
    stage: Stage, host: HostFences, kind: AgentKind
) -> None:
    agent = program_of(stage, kind)

    with pytest.raises(NotReady):
        stage.prepare(host=host, agent=agent)
    spec = stage.prepare(host=host, agent=agent, unconfined=True).spec

    assert not spec.confined
    assert spec.confinement["files"] == "none"
    assert spec.confinement["network"] == ("off" if network_held(kind, host) else "open")


def network_held(kind: AgentKind, host: HostFences) -> bool:
    """Tell whether *host* can shut off the network of an agent that needs none."""
    return kind is AgentKind.MOCK and host.sockets


def test_a_sandbox_that_the_agent_cannot_start_is_not_said_to_hold(stage: Stage) -> None:
    odd = Path(os.fsdecode(os.fsencode(stage.state.pool("agents")) + b"/caf\xe9"))
    odd.mkdir()
    workspace = replace(stage.workspace, path=odd)
    agent = program_of(stage, AgentKind.CODEX)

    spec = stage.prepare(host=LANDLOCK, agent=agent, workspace=workspace, unconfined=True).spec

    assert not spec.confined
    assert spec.confinement == {"files": "none", "network": "ports"}


@pytest.mark.parametrize("kind", [AgentKind.CODEX, AgentKind.CLAUDE_CODE])
def test_an_agent_that_holds_itself_is_told_of_everything_to_hide(
    stage: Stage, kind: AgentKind
) -> None:
    others = (
        stage.state.session("s-2") / "home",
        stage.state.pool("agents") / "02",
        stage.state.streams,
    )
    for folder in others:
        folder.mkdir(parents=True)
    (stage.root / ".env").touch()

    prepared = stage.prepare(host=NOTHING, agent=program_of(stage, kind), unconfined=True)

    config = Path(prepared.folder) / "home" / ".codex" / "config.toml"
    told = config.read_text() if kind is AgentKind.CODEX else " ".join(prepared.spec.argv)
    hidden = (stage.root / ".env", stage.state.session("s-2"), *others[1:])
    assert [str(path) for path in hidden if str(path) not in told] == []
    assert f'"{prepared.spec.workspace}" = "deny"' not in told


def bound(argv: tuple[str, ...], option: str) -> set[str]:
    return {argv[at + 1] for at, word in enumerate(argv) if word == option}


def test_an_observer_cannot_write_its_workspace(stage: Stage) -> None:
    (stage.root / "cache").mkdir()
    allow = Allow(write=("cache",))

    working = stage.prepare(allow=allow).spec.argv
    observing = stage.prepare(allow=allow, lane=Lane("l", autonomy=Autonomy.OBSERVE)).spec.argv

    home, own = str(stage.state.session("s-1") / "home"), str(stage.workspace.path)
    assert {home, own, str(stage.root / "cache")} <= bound(working, "--bind")
    assert home in bound(observing, "--bind")
    assert not {own, str(stage.root / "cache")} & bound(observing, "--bind")


@pytest.mark.parametrize("worktree", [False, True])
def test_the_factorys_own_files_are_hidden_from_agents(stage: Stage, worktree: bool) -> None:
    git = stage.root / ".git"
    if worktree:
        git.write_text("gitdir: ../main/.git/worktrees/w\n")
    else:
        git.mkdir()
    (stage.root / ".env.local").touch()
    places = Places(str(stage.workspace.path), str(stage.root / "home"), str(stage.root / "tmp"))

    bounds = session_bounds(
        places,
        state=stage.state,
        settings=Settings(HarnessSettings("true"), lanes=(), agents={}),
        lane=Lane("l"),
        capabilities=Capabilities(),
        program=("/usr/bin/agent",),
        environment=CALLER,
    )

    hidden = stage.root.parent / "main" / ".git" if worktree else git
    assert {str(stage.state.root), str(hidden), str(stage.root / ".env.local")} <= set(bounds.hide)
    assert {places.workspace, str(stage.state.hub / "objects")} <= set(bounds.show)


def test_limits_of_the_lane_reach_the_host(stage: Stage) -> None:
    budget = Budget(tokens=5, usd=0.5, turns=7, minutes=0.05)

    spec = stage.prepare(budget=budget, lane=Lane("l", silence_seconds=9.0)).spec

    assert (spec.tokens, spec.usd, spec.turns, spec.silence_seconds) == (5, 0.5, 7, 9.0)
    assert spec.deadline_seconds == pytest.approx(3.0)


def test_a_session_says_what_its_lane_owns(stage: Stage) -> None:
    spec = stage.prepare(lane=Lane("l", owns=("src/**",))).spec

    assert started_data(spec)["owns"] == ["src/**"]


def test_a_session_without_minutes_ends_some_day(stage: Stage) -> None:
    assert stage.prepare().spec.deadline_seconds == HARD_DEADLINE_SECONDS


def test_a_resumed_conversation_brings_what_it_had_used(stage: Stage) -> None:
    spec = stage.prepare(
        trigger="resume", resume="n-1", total_before=70, cost_before=0.5, requests_before=3
    ).spec

    assert (spec.trigger, spec.resume) == ("resume", "n-1")
    assert (spec.total_before, spec.cost_before, spec.requests_before) == (70, 0.5, 3)


def test_skills_are_copied_into_the_workspace_and_named_in_the_spec(stage: Stage) -> None:
    skill = stage.root / "skills" / "commit"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: commit\ndescription: d\n---\n")
    pair = (SkillFolder("commit", "d", str(skill)), SkillRef("commit", "1.2", "f" * 64))

    spec = stage.prepare(
        skills=SessionSkills([pair], paths=(".agents/skills/commit",), again="Skills: commit.")
    ).spec

    told = {"name": "commit", "version": "1.2", "sha256": "f" * 64}
    assert started_data(spec)["skills"] == [told]
    assert spec.reminder == "Skills: commit."
    assert (stage.workspace.path / ".agents/skills/commit/SKILL.md").is_file()


def test_a_program_that_is_not_there_is_told(stage: Stage) -> None:
    with pytest.raises(AgentMissing) as missing:
        stage.prepare(agent=replace(MOCK, command=("no-such-agent",)))

    assert "no program 'no-such-agent' on PATH" in missing.value.problem


@pytest.mark.parametrize("text", [None, b"\xff\xfe"])
def test_a_script_that_cannot_be_read_is_told(stage: Stage, text: bytes | None) -> None:
    script = stage.root / "mock.yaml"
    script.unlink()
    if text is not None:
        script.write_bytes(text)

    with pytest.raises(ScriptUnreadable):
        stage.prepare()


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("echo 2.1.329 '(Agent)'; echo more", "2.1.329 (Agent)"),
        ("exit 1", None),
        ("echo; exit 0", None),
        (r"printf '\377'", "\ufffd"),
        ("seq -s x 1 1000", "".join(f"{n}x" for n in range(1, 60))[:100]),
    ],
)
def test_a_programs_version_is_its_first_line(
    tmp_path: Path, script: str, version: str | None
) -> None:
    program = tmp_path / "agent"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    assert program_version(AgentKind.CODEX, (str(program),)) == version


def test_a_program_that_cannot_run_has_no_version(tmp_path: Path) -> None:
    assert program_version(AgentKind.CODEX, (str(tmp_path / "absent"),)) is None


def test_a_prompt_of_any_text_is_prepared(stage: Stage) -> None:
    prepared = stage.prepare(prompt="lone \ud800, NUL \0")

    spec = json.loads((Path(prepared.folder) / "spec.json").read_bytes().decode("utf-8"))
    assert spec["prompt"] == "lone \ud800, NUL \0"
