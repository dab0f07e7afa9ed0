"""What the adapter assumes of Claude Code, tried on the program itself against a scripted model.

Opt-in (``make test-clients``): no account, no network. tests/contract/test_adapters.py holds it
to what every agent promises; here is what only this one does.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from darkfactory.agents.claude_code import ADAPTER
from darkfactory.agents.protocol import (
    Applied,
    Conversation,
    Launch,
    LaunchRequest,
    Refused,
    SkillFolder,
)
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from darkfactory.processes.bounds import Bounds, HostFences
from darkfactory.processes.fence import fence
from darkfactory.processes.probe import probe
from scripts import clients
from tests.fakes.agent_bench import Bench, Stage, make_bench, script
from tests.fakes.agent_driver import AgentDriver

pytestmark = pytest.mark.clients

Turn = Mapping[str, Any]
KEY = "dummy-key-of-a-test"
DIED_WITHIN_SECONDS = 10
BUSY = "busy-as-a-bee"
STAY_BUSY = f"python3 -c 'import time; [time.sleep(0.05) for _ in range(2400)]' {BUSY}"
STUBBORN = (
    "python3 -c 'import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; "
    f"[time.sleep(0.05) for _ in range(2400)]' {BUSY}"
)
CAN_CONNECT = (
    'python3 -c "import os, socket, urllib.parse as u; '
    "port = u.urlparse(os.environ['ANTHROPIC_BASE_URL']).port; "
    "print(socket.socket().connect_ex(('127.0.0.1', port)) == 0)\""
)
COUNT_KEYS_OF_OTHERS = "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c dummy-key"
DETACHED = f"setsid nohup {STAY_BUSY} >/dev/null 2>&1 & {STAY_BUSY}"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(AgentKind.CLAUDE_CODE, tmp_path)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    return tmp_path / "outside"


def start(
    stage: Stage,
    *,
    adapter: Any = ADAPTER,
    args: tuple[str, ...] = (),
    before: Mapping[str, Any] | None = None,
    machine: Mapping[str, str] | None = None,
    **changes: Any,
) -> AgentDriver:
    """Start the program with *changes* to its launch request."""
    asked = stage.request()
    asked = replace(asked, agent=replace(asked.agent, args=args), **changes)
    env = {"ANTHROPIC_API_KEY": KEY, "CLAUDE_CODE_MAX_RETRIES": "3", **(machine or {})}
    if stage.model:
        env["ANTHROPIC_BASE_URL"] = stage.model.url
    trigger = "resume" if asked.resume else "start"
    run = AgentDriver(adapter, asked, trigger=trigger, before=before, env=env)
    stage.runs.append(run)
    return stage.stack.enter_context(run)


def bash(command: str, **more: Any) -> dict[str, Any]:
    return {"tool": {"name": "Bash", "input": {"command": command, "description": "x", **more}}}


def write(path: str | Path) -> dict[str, Any]:
    return {"write": {"path": str(path), "content": "written\n"}}


def task(prompt: str) -> dict[str, Any]:
    given = {"description": "d", "prompt": prompt, "subagent_type": "general-purpose"}
    return {"tool": {"name": "Agent", "input": given}}


def outputs(agent: AgentDriver) -> list[str]:
    return [event.data["output"] for event in agent.of("tool.finished")]


def statuses(agent: AgentDriver) -> list[str]:
    return [event.data["status"] for event in agent.of("tool.finished")]


def reasons(agent: AgentDriver) -> list[str]:
    return [event.data["reason"] for event in agent.of("turn.finished")]


def busy(agent: AgentDriver) -> list[psutil.Process]:
    """Return the processes of the agent that run the command which stays busy."""
    return [process for process in agent.descendants() if BUSY in " ".join(_words(process))]


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        words: list[str] = process.cmdline()
        return words
    return []


class Fenced:
    """The adapter with its program inside the factory's own fence."""

    def __init__(self, bounds: Bounds, host: HostFences) -> None:
        self._bounds = bounds
        self._host = host

    def prepare(self, request: LaunchRequest) -> Launch:
        launch = ADAPTER.prepare(request)
        line = fence(launch.argv, self._bounds, host=self._host, inner_sandbox=True)
        assert line.files == "bubblewrap"
        return replace(launch, argv=line.argv)

    def converse(self, request: Mapping[str, Any]) -> Conversation:
        return ADAPTER.converse(request)


@pytest.fixture
def host() -> HostFences:
    found = probe()
    if found.bubblewrap is None:
        pytest.skip(f"no bubblewrap here: {'; '.join(lack.problem for lack in found.lacks)}")
    return found


def fenced(bench: Bench, stage: Stage, host: HostFences) -> Fenced:
    assert stage.model is not None
    port = int(stage.model.url.rpartition(":")[2])
    for folder in (bench.home, bench.temp):
        folder.mkdir(parents=True, exist_ok=True)
    program = Path(bench.program[0])
    bounds = Bounds(
        write=(str(bench.workspace), str(bench.home)),
        hide=(),
        show=(str(program.parent), str(program.resolve().parent)),
        temp=str(bench.temp),
        network="ports",
        ports=(port,),
    )
    return Fenced(bounds, host)


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


def test_a_steer_during_a_command_reaches_the_same_turn(bench: Bench) -> None:
    wait = "python3 -c 'import os, time\nwhile not os.path.exists(\"go\"): time.sleep(0.05)'"

    with bench.play(
        script({"do": [bash(wait)]}, {"say": "One."}, PLAN_B=[{"say": "Two."}])
    ) as stage:
        agent = start(stage)
        agent.wait_for("tool.started")
        control = agent.steer("PLAN-B")
        (bench.workspace / "go").touch()
        agent.wait_for_turn()

    assert agent.answers[control] == Applied(control, "now")
    assert reasons(agent) == ["done"]


def test_steers_during_the_last_answer_become_one_turn_that_follows_at_once(bench: Bench) -> None:
    slow = {"say": "First.", "sleep": 1.0}

    with bench.play(script(slow, PLAN_B=[{"say": "Second."}])) as stage:
        agent = start(stage)
        agent.wait_until(lambda: stage.model and stage.model.requests, "the request")
        controls = [agent.steer("PLAN-B"), agent.steer("and be brief")]
        agent.wait_for("turn.finished", text="Second.")

    assert [agent.answers[control] for control in controls] == [
        Applied(control, "queued") for control in controls
    ]
    kinds = [event.type for event in agent.of("turn.started", "turn.finished")]
    assert kinds == ["turn.started", "turn.finished"] * 2


@pytest.mark.parametrize(
    "command", [STAY_BUSY, STUBBORN, DETACHED], ids=["plain", "stubborn", "detached"]
)
@pytest.mark.parametrize("level", [Autonomy.PROPOSE, Autonomy.SUGGEST])
def test_an_interrupt_kills_what_the_command_started(
    bench: Bench, command: str, level: Autonomy
) -> None:
    with bench.play(
        script({"do": [bash(command)]}, {"say": "No."}, PLAN_B=[{"say": "Yes."}])
    ) as stage:
        agent = start(stage, autonomy=level)
        if level is Autonomy.SUGGEST:
            asked = agent.wait_for("approval.requested")
            agent.answer(asked.data["request"], approve=True)
        agent.wait_until(lambda: busy(agent), "the command")
        began = time.monotonic()
        agent.interrupt()
        agent.wait_for_turn(seconds=DIED_WITHIN_SECONDS)
        agent.wait_until(lambda: not busy(agent), "its end", seconds=DIED_WITHIN_SECONDS)
        took = time.monotonic() - began
        agent.steer("PLAN-B")
        agent.wait_for("turn.finished", text="Yes.")

    assert reasons(agent) == ["interrupted", "done"]
    assert statuses(agent) == ["aborted"]
    assert took < DIED_WITHIN_SECONDS


def test_an_interrupt_right_at_the_start_is_obeyed_and_the_agent_can_go_on(bench: Bench) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]}, PLAN_B=[{"say": "Yes."}])) as stage:
        agent = start(stage)
        agent.interrupt()
        agent.wait_for_turn()
        agent.steer("PLAN-B")
        agent.wait_for("turn.finished", text="Yes.")

    assert reasons(agent) == ["interrupted", "done"]


def test_an_interrupt_takes_waiting_steers_with_it(bench: Bench) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]}, PLAN_B=[{"say": "Yes."}])) as stage:
        agent = start(stage)
        agent.wait_until(lambda: busy(agent), "the command")
        steer = agent.steer("PLAN-B")
        agent.interrupt()
        agent.wait_for_turn()
        taken = agent.wait_for_answer(steer)
        served = len(stage.model.requests) if stage.model else 0

    assert isinstance(taken, Refused)
    assert served == 1


def test_an_interrupt_while_a_person_is_asked_ends_the_turn(bench: Bench) -> None:
    with bench.play(script({"do": [bash("echo hello")]}, {"say": "No."})) as stage:
        agent = start(stage, autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        agent.interrupt()
        agent.wait_for_turn()
        late = agent.answer(asked.data["request"], approve=True)

    assert reasons(agent) == ["interrupted"]
    assert statuses(agent) == ["aborted"]
    assert isinstance(agent.answers[late], Refused)


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


def test_figures_over_a_resume_count_nothing_twice_and_a_killed_turn_too(bench: Bench) -> None:
    first_turn = {"say": "First.", "usage": {"input": 1000, "output": 50}}
    lost = {"do": [bash(STAY_BUSY)], "usage": {"input": 700, "output": 7}}
    again = {"say": "Again.", "usage": {"input": 300, "output": 3}}

    with bench.play(script(first_turn, PLAN_B=[lost], PLAN_C=[again])) as stage:
        first = start(stage)
        first.wait_for_turn()
        first.steer("PLAN-B")
        first.wait_until(lambda: busy(first), "the command")
        left = first.descendants()
        first.kill()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        costs = [e.data["cost_usd"] for e in first.of("usage") if e.data["cost_usd"] is not None]
        before = {"total_before": first.total(), "cost_before": max(costs)}
        second = start(stage, resume=first.native_id, before=before, prompt="PLAN-C")
        ended = second.wait_for_turn()

    assert first.total() == 1050 + 707
    assert ended.data["text"] == "Again."
    assert second.total() == 1050 + 707 + 303
    turn = second.of("usage")[-1].data
    assert (turn["scope"], turn["input"], turn["output"]) == ("turn", 300, 3)
    assert turn["cost_usd"] > before["cost_before"]


def test_a_sub_agents_work_is_told_and_counted(bench: Bench) -> None:
    sub: list[Turn] = [
        {"say": "Sub looks.", "do": [bash("echo from-sub")], "usage": {"input": 300, "output": 30}},
        {"say": "Sub done.", "usage": {"input": 400, "output": 40}},
    ]
    main: list[Turn] = [
        {"do": [task("SUB-TASK")], "usage": {"input": 1000, "output": 10}},
        {"say": "Done.", "usage": {"input": 2000, "output": 20}},
    ]

    with bench.play(script(*main, SUB_TASK=sub)) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    of_sub = [event for event in agent.events if event.agent]
    assert {"message", "tool.started", "tool.finished", "usage"} <= {e.type for e in of_sub}
    assert len({event.parent for event in of_sub}) == 1
    assert agent.total() == 3000 + 30 + 700 + 70


def test_a_budget_of_its_own_is_overrun_by_one_reply_and_all_of_it_is_counted(bench: Bench) -> None:
    turn = {"do": [bash("echo x")], "usage": {"input": 1500, "output": 100}, "forever": True}

    with bench.play(script(turn)) as stage:
        agent = start(stage, args=("--max-budget-usd", "0.02"))
        agent.wait_for_turn()
        served = stage.model.served() if stage.model else []

    assert reasons(agent) == ["budget"]
    assert agent.total() == sum(used["input"] + used["output"] for used in served)
    assert agent.of("usage")[-1].data["cost_usd"] > 0.02


def test_a_limit_of_turns_of_its_own_is_named(bench: Bench) -> None:
    turn = {"do": [bash("echo x")], "forever": True}

    with bench.play(script(turn)) as stage:
        agent = start(stage, args=("--max-turns", "2"))
        agent.wait_for_turn()

    assert reasons(agent) == ["max_turns"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "http", "status": 429, "times": 1, "retry_after": 1}, 429),
        ({"kind": "http", "status": 500, "times": 1}, 500),
        ({"kind": "cut", "times": 1}, None),
    ],
    ids=["429", "500", "cut"],
)
def test_a_passing_fault_of_the_model_is_survived_and_told(
    bench: Bench, fault: Mapping[str, Any], status: int | None
) -> None:
    with bench.play(
        script({"say": "One.", "do": [bash("echo x")]}, {"say": "Two.", "fault": fault})
    ) as stage:
        agent = start(stage)
        ended = agent.wait_for_turn()

    assert (ended.data["reason"], ended.data["text"]) == ("done", "Two.")
    assert [event.data["status"] for event in agent.of("retry")] == [status]


def test_a_lasting_fault_of_the_model_is_no_success_and_the_agent_can_go_on(bench: Bench) -> None:
    dead = {"say": "No.", "fault": {"kind": "http", "status": 500}}

    with bench.play(script(dead, PLAN_B=[{"say": "Yes."}])) as stage:
        agent = start(stage, machine={"CLAUDE_CODE_MAX_RETRIES": "1"})
        agent.wait_for_turn()
        agent.steer("PLAN-B")
        agent.wait_for("turn.finished", text="Yes.")

    assert reasons(agent) == ["api_error", "done"]
    assert agent.of("error")[0].data["code"] == "500"


def test_a_stall_shows_nothing_so_the_host_needs_a_clock_of_its_own(bench: Bench) -> None:
    stall = {
        "say": "words that stop in the middle of the answer",
        "fault": {"kind": "stall", "seconds": 60},
    }

    with bench.play(script(stall, PLAN_B=[{"say": "Yes."}])) as stage:
        agent = start(stage)
        agent.wait_until(lambda: any(b"content_block_delta" in raw for raw in agent.raw), "a word")
        told = len(agent.events)
        quiet_until = time.monotonic() + 5
        agent.wait_until(lambda: time.monotonic() > quiet_until, "five quiet seconds")
        silent = all(event.type in ("message", "usage") for event in agent.events[told:])
        agent.interrupt()
        agent.wait_for_turn()
        agent.steer("PLAN-B")
        agent.wait_for("turn.finished", text="Yes.")

    assert silent
    assert reasons(agent) == ["interrupted", "done"]


def test_a_conversation_that_is_not_there_is_a_failed_turn_with_the_reason(bench: Bench) -> None:
    with bench.play(script({"say": "Hello."})) as stage:
        agent = start(stage, resume="0866c7b5-b2a1-4f58-b80b-0e6f607a4e31")
        status = agent.wait_for_exit()

    assert reasons(agent) == ["api_error"]
    assert "No conversation found" in agent.of("error")[0].data["text"]
    assert status == 1


def test_sigint_ends_it_with_status_0_and_an_interrupted_turn(bench: Bench) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]})) as stage:
        agent = start(stage)
        agent.wait_until(lambda: busy(agent), "the command")
        os.kill(agent.process.pid, signal.SIGINT)
        status = agent.wait_for_exit()

    assert reasons(agent) == ["interrupted"]
    assert statuses(agent) == ["aborted"]
    assert status == 0


def test_sigterm_ends_it_without_a_last_word(bench: Bench) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]})) as stage:
        agent = start(stage)
        agent.wait_until(lambda: busy(agent), "the command")
        os.kill(agent.process.pid, signal.SIGTERM)
        status = agent.wait_for_exit()

    assert not any(b'"type":"result"' in raw for raw in agent.raw)
    assert reasons(agent) == ["killed"]
    assert status == 143


def test_its_commands_live_in_sessions_of_their_own_so_a_group_kill_misses_them(
    bench: Bench,
) -> None:
    with bench.play(script({"do": [bash(STAY_BUSY)]})) as stage:
        agent = start(stage)
        agent.wait_until(lambda: busy(agent), "the command")
        sessions = {os.getsid(process.pid) for process in busy(agent)}

    assert os.getsid(os.getpid()) not in sessions
    assert agent.process.pid not in sessions


def test_it_never_begins_a_turn_by_itself(bench: Bench) -> None:
    later = bash("sleep 1", run_in_background=True)

    with bench.play(script({"do": [later]}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()
        agent.finish()

    assert statuses(agent) == ["failed"]
    assert reasons(agent) == ["done"]


def test_a_bare_sleep_runs_and_an_edit_needs_no_read(bench: Bench) -> None:
    """Where commands may run in the background, and in older versions, neither holds."""
    edit = {"edit": {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a + b"}}

    with bench.play(script({"do": [bash("sleep 1"), edit]}, {"say": "Done."})) as stage:
        agent = start(stage)
        agent.wait_for_turn()

    assert statuses(agent) == ["ok", "ok"]
    assert len(agent.of("file.changed")) == 1


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
    assert [event.data["path"] for event in agent.of("skill.reference_read")] == [
        "references/more.md"
    ]
