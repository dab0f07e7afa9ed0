"""How Claude Code is held to a level and to its session, tried on the program itself.

A scripted model calls what the level forbids; what counts is what the disk and the wire say then.
Opt-in (``make test-clients``): no account, no network.
"""

import json
from pathlib import Path

import pytest

from darkfactory.agents.protocol import SkillFolder
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from darkfactory.processes.bounds import HostFences
from darkfactory.processes.probe import probe
from darkfactory.sessions.skill_files import SkillFiles
from scripts import clients
from tests.fakes.agent_bench import Bench, make_bench, script
from tests.fakes.claude_code_stage import (
    CAN_CONNECT,
    COUNT_KEYS_OF_OTHERS,
    DIED_WITHIN_SECONDS,
    STAY_BUSY,
    Turn,
    bash,
    busy,
    fenced,
    outputs,
    reasons,
    start,
    statuses,
    task,
    write,
)

pytestmark = pytest.mark.clients


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(AgentKind.CLAUDE_CODE, tmp_path)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    return tmp_path / "outside"


@pytest.fixture
def host() -> HostFences:
    found = probe()
    if found.bubblewrap is None:
        pytest.skip(f"no bubblewrap here: {'; '.join(lack.problem for lack in found.lacks)}")
    return found


def test_only_the_projects_instructions_and_the_injected_skill_reach_the_model(
    bench: Bench, tmp_path: Path
) -> None:
    planted = {
        "settings.json": json.dumps(
            {
                "hooks": {
                    "UserPromptSubmit": [{"hooks": [{"type": "command", "command": "echo HOOKED"}]}]
                }
            }
        ),
        "skills/theirs/SKILL.md": "---\nname: theirs\ndescription: SKILL-OF-THE-REPO\n---\n",
        "commands/theirs.md": "COMMAND-OF-THE-REPO",
        "agents/theirs.md": "---\nname: theirs\ndescription: AGENT-OF-THE-REPO\n---\n",
    }
    for place, text in planted.items():
        path = bench.workspace / ".claude" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (bench.workspace / "CLAUDE.md").write_text("INSTRUCTIONS-FOR-CLAUDE")
    (bench.workspace / "AGENTS.md").write_text("INSTRUCTIONS-FOR-ALL")
    skill = tmp_path / "tidy"
    skill.mkdir()
    (skill / "SKILL.md").write_text("---\nname: tidy\ndescription: OUR-SKILL\n---\n")

    with bench.play(script({"say": "Hello."})) as stage:
        agent = start(stage, skills=[SkillFolder("tidy", "OUR-SKILL", str(skill))])
        agent.wait_for_turn()

        assert stage.reached("INSTRUCTIONS-FOR-CLAUDE")
        assert stage.reached("INSTRUCTIONS-FOR-ALL")
        assert stage.reached("darkfactory:tidy: OUR-SKILL")
        for secret in ("HOOKED", "SKILL-OF-THE-REPO", "COMMAND-OF-THE-REPO", "AGENT-OF-THE-REPO"):
            assert not stage.reached(secret)


def test_it_asks_nobody_but_the_model(bench: Bench) -> None:
    with bench.play(script({"say": "Hello."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()
        agent.finish()
        asked = (
            {request.path.partition("?")[0] for request in stage.model.requests}
            if stage.model
            else set()
        )

    assert asked == {"/v1/messages"}


def test_its_version_is_the_pinned_one(bench: Bench) -> None:
    with bench.play(script({"say": "Hello."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    assert agent.native.version == clients.clients()["claude"].version
    assert agent.native.id == agent.launch.native


def test_it_leaves_nothing_behind_in_the_workspace(bench: Bench) -> None:
    with bench.play(script({"do": [bash("true")]}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()
        agent.finish()

    files = [path for path in bench.workspace.rglob("*") if not path.is_dir()]
    assert [path.name for path in files] == ["calc.py"]


def test_a_suggest_lane_asks_even_for_a_harmless_command(bench: Bench) -> None:
    with bench.play(script({"do": [bash("ls")]}, {"say": "Done."})) as stage:
        agent = start(stage, autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        agent.answer(asked.data["request"], approve=True)
        agent.wait_for_turn()

    assert asked.data["command"] == "ls"
    assert statuses(agent) == ["ok"]


def test_a_denial_reaches_the_model_with_its_reason(bench: Bench) -> None:
    with bench.play(script({"do": [bash("ls")]}, {"say": "{last_result}"})) as stage:
        agent = start(stage, autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        agent.answer(asked.data["request"], approve=False, note="not on a Friday")
        ended = agent.wait_for_turn()

    assert "not on a Friday" in ended.data["text"]
    assert statuses(agent) == ["denied"]
    assert len(agent.of("denied")) == 1


def test_an_approved_command_is_confined_all_the_same(bench: Bench, outside: Path) -> None:
    with bench.play(script({"do": [bash(f"echo x > {outside}/x")]}, {"say": "Done."})) as stage:
        agent = start(stage, autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        agent.answer(asked.data["request"], approve=True)
        agent.wait_for_turn()

    assert list(outside.iterdir()) == []


def test_an_observer_cannot_write_whatever_the_model_calls(bench: Bench, outside: Path) -> None:
    tries = [
        write(bench.workspace / "made.txt"),
        write(outside / "made.txt"),
        bash("touch made.txt"),
        {
            "tool": {
                "name": "Edit",
                "input": {
                    "file_path": str(bench.workspace / "calc.py"),
                    "old_string": "-",
                    "new_string": "+",
                },
            }
        },
        {
            "tool": {
                "name": "NotebookEdit",
                "input": {"notebook_path": str(bench.workspace / "n.ipynb"), "new_source": "x"},
            }
        },
        {"tool": {"name": "WebFetch", "input": {"url": "http://127.0.0.1:9/", "prompt": "x"}}},
        task("SUB-TASK"),
    ]
    sub: list[Turn] = [
        {"do": [bash("touch made.txt"), write(bench.workspace / "made.txt")]},
        {"say": "Sub."},
    ]

    with bench.play(script({"do": tries}, {"say": "Report."}, SUB_TASK=sub)) as stage:
        agent = start(stage, autonomy=Autonomy.OBSERVE)
        agent.wait_for_turn()

    assert [path.name for path in bench.workspace.iterdir()] == ["calc.py"]
    assert list(outside.iterdir()) == []
    assert agent.of("file.changed") == []
    assert statuses(agent).count("denied") == len(tries) - 1 + 2
    assert len(agent.of("denied")) == len(tries) - 1 + 2


def test_a_working_lanes_commands_write_only_in_their_own_folders(
    bench: Bench, outside: Path
) -> None:
    tries = [
        bash("echo in > made.txt && echo home > $HOME/made && echo temp > $TMPDIR/made && echo ok"),
        bash(f"echo out > {outside}/made"),
        bash(f"echo out > {outside}/made", dangerouslyDisableSandbox=True),
        bash("echo conf > $HOME/.claude/made"),
        bash("echo memory >> $HOME/memory/CLAUDE.md"),
        write(outside / "written"),
    ]

    with bench.play(script({"do": tries}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    assert statuses(agent) == ["ok", "failed", "failed", "failed", "failed", "denied"]
    assert (bench.workspace / "made.txt").read_text() == "in\n"
    assert list(outside.iterdir()) == []


def test_what_a_lane_allows_to_write_its_commands_can(bench: Bench, outside: Path) -> None:
    with bench.play(script({"do": [bash(f"echo x > {outside}/made")]}, {"say": "Done."})) as stage:
        agent = start(stage, write=(str(outside),))
        agent.wait_for_turn()

    assert statuses(agent) == ["ok"]
    assert [path.name for path in outside.iterdir()] == ["made"]


def test_commands_have_neither_network_nor_credentials(bench: Bench) -> None:
    look = bash(f"env | grep -c dummy-key; {COUNT_KEYS_OF_OTHERS}; {CAN_CONNECT}")

    with bench.play(script({"do": [look]}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    assert outputs(agent) == ["0\n0\nFalse"]


def test_commands_can_talk_to_servers_of_their_own(bench: Bench) -> None:
    talk = bash(
        "python3 -c \"import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(s.getsockname()); print('connected')\""
    )

    with bench.play(script({"do": [talk]}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    assert outputs(agent) == ["connected"]


def test_what_must_be_hidden_is_hidden_from_tools_and_commands(
    bench: Bench, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("TOP-SECRET")
    tries = [{"read": str(secret / "key")}, bash(f"cat {secret}/key")]

    with bench.play(script({"do": tries}, {"say": "Done."})) as stage:
        agent = start(stage, hide=(str(secret),))
        agent.wait_for_turn()
        reached = stage.reached("TOP-SECRET")

    assert not reached


def test_a_path_in_the_prompt_is_not_read_for_the_model(bench: Bench, outside: Path) -> None:
    (outside / "key").write_text("TOP-SECRET")
    (bench.workspace / "notes").write_text("OPEN-SECRET")

    with bench.play(script({"say": "Hello."})) as stage:
        agent = start(stage, prompt=f"ITEM-1: see @{outside}/key and @notes")
        agent.wait_for_turn()

        assert stage.reached("ITEM-1: see @")
        assert not stage.reached("TOP-SECRET")
        assert not stage.reached("OPEN-SECRET")


def test_without_its_sandbox_it_runs_no_command_unless_a_person_said_so(
    bench: Bench, tmp_path: Path
) -> None:
    poor = tmp_path / "bin"
    poor.mkdir()
    for name in ("bash", "sh", "env", "cat"):
        (poor / name).symlink_to(f"/bin/{name}" if name != "env" else "/usr/bin/env")
    machine = {"PATH": str(poor)}

    with bench.play(script({"do": [bash("echo ran")]}, {"say": "Done."})) as stage:
        refused = start(stage, machine=machine, session="s-1")
        status = refused.wait_for_exit()
    with bench.play(script({"do": [bash("echo ran")]}, {"say": "Done."})) as stage:
        allowed = start(stage, machine=machine, session="s-2", unconfined=True)
        allowed.wait_for_turn()

    assert status == 1
    assert "sandbox" in refused.complaints.lower()
    assert outputs(allowed) == ["ran"]


def test_inside_the_factorys_fence_its_own_sandbox_works_too(
    bench: Bench, outside: Path, host: HostFences
) -> None:
    tries = [
        bash("echo in > made.txt && echo temp > $TMPDIR/made && echo ok"),
        bash(f"echo out > {outside}/made"),
        bash(COUNT_KEYS_OF_OTHERS),
        bash(CAN_CONNECT),
        write(bench.workspace / "written"),
    ]

    with bench.play(script({"do": tries}, {"say": "Done."})) as stage:
        agent = start(stage, adapter=fenced(bench, stage, host), fence="bubblewrap")
        agent.wait_for_turn()
        status = agent.finish()

    assert reasons(agent) == ["done"]
    assert status == 0
    inside, out, environments, connected, written = outputs(agent)
    assert inside == "ok"
    assert "Read-only file system" in out or "No such file" in out
    assert environments == "0"
    assert connected == "False"
    assert "created successfully" in written
    assert list(outside.iterdir()) == []


def test_inside_the_factorys_fence_an_interrupt_kills_the_command(
    bench: Bench, host: HostFences
) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]}, PLAN_B=[{"say": "Yes."}])) as stage:
        agent = start(stage, adapter=fenced(bench, stage, host), fence="bubblewrap")
        agent.wait_until(lambda: busy(agent), "the command")
        agent.interrupt()
        agent.wait_for_turn(seconds=DIED_WITHIN_SECONDS)
        agent.wait_until(lambda: not busy(agent), "its end", seconds=DIED_WITHIN_SECONDS)
        agent.steer("PLAN-B")
        agent.wait_for("turn.finished", text="Yes.")

    assert reasons(agent) == ["interrupted", "done"]


def test_a_skill_is_loaded_by_its_tool_and_its_files_can_be_read(
    bench: Bench, tmp_path: Path
) -> None:
    folder = tmp_path / "tidy"
    (folder / "references").mkdir(parents=True)
    (folder / "SKILL.md").write_text(
        "---\nname: tidy\ndescription: Use when tidying.\n---\nTIDY-BODY\n"
    )
    (folder / "references" / "more.md").write_text("MORE-OF-IT")
    inside = bench.home / "skills-plugin" / "skills" / "tidy" / "references" / "more.md"
    turns: list[Turn] = [
        {"do": [{"tool": {"name": "Skill", "input": {"skill": "darkfactory:tidy"}}}]},
        {"do": [{"read": str(inside)}]},
        {"say": "Tidy."},
    ]

    with bench.play(script(*turns)) as stage:
        agent = start(stage, skills=[SkillFolder("tidy", "Use when tidying.", str(folder))])
        agent.wait_for_turn()
        body, more = stage.reached("TIDY-BODY"), stage.reached("MORE-OF-IT")

    assert body
    assert more
    assert [event.data["name"] for event in agent.of("skill.loaded")] == ["tidy"]
    seen = SkillFiles([{"name": "tidy"}])
    read = [found for event in agent.events for found in seen.take(event.type, event.data)]
    assert [(type_, data["path"]) for type_, data in read] == [
        ("skill.reference_read", "references/more.md")
    ]
