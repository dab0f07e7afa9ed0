"""What every agent adapter promises, proved on its real program.

The mock runs always. Claude Code and Codex, by their own protocols and by the Agent Client
Protocol, run where they are installed (``make test-clients``), against the scripted model: no
account, no network. That protocol lets an agent act without asking, and codex-acp does: what only
the fence and the host do for it is proved in tests/clients.
"""

import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, SkillFolder
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from tests.fakes.agent_bench import BUGGY, CODE_MODEL, FIXED, Bench, make_bench, script
from tests.fakes.agent_driver import AgentDriver

Turn = Mapping[str, Any]
READ = {"read": "{cwd}/calc.py"}
EDIT = {
    "edit": {"path": "{cwd}/calc.py", "old": "    return a - b", "new": "    return a + b"},
}
CHECK = {"shell": "python3 -c 'import calc; assert calc.add(1, 2) == 3; print(\"it adds\")'"}
MAKE = {"shell": "printf made > made.txt"}
FIX: tuple[Turn, ...] = (
    {"say": "Looking.", "do": [READ], "usage": {"input": 1200, "output": 40}},
    {"say": "Fixing.", "do": [EDIT], "usage": {"input": 1500, "output": 60, "cached": 900}},
    {"say": "Checking.", "do": [CHECK], "usage": {"input": 1700, "output": 30, "cached": 1400}},
    {"say": "Fixed.", "usage": {"input": 1800, "output": 20}},
)
FIX_TOTAL = 1200 + 40 + 1500 + 60 + 1700 + 30 + 1800 + 20
BUSY = "busy-as-a-bee"
STAY_BUSY = f"python3 -c 'import time; [time.sleep(0.05) for _ in range(2400)]' {BUSY}"
UNTIL_GO = "python3 -c 'import os, time\nwhile not os.path.exists(\"go\"): time.sleep(0.05)\n'"
NOISE = b'\xff\xfe\x00 not a line of any protocol\n{"half": \n[]\n\n"text"\n'

KINDS = [
    pytest.param((AgentKind.MOCK, None, None), id="mock"),
    pytest.param((AgentKind.ACP, None, None), id="acp"),
    pytest.param((AgentKind.CLAUDE_CODE, None, None), id="claude-code", marks=pytest.mark.clients),
    pytest.param((AgentKind.CODEX, CODE_MODEL, None), id="codex", marks=pytest.mark.clients),
    pytest.param(
        (AgentKind.ACP, None, "claude-agent-acp"), id="claude-agent-acp", marks=pytest.mark.clients
    ),
]
UNHELD, SLOW = (
    [pytest.param((AgentKind.ACP, None, client), id=client, marks=pytest.mark.clients)]
    for client in ("codex-acp", "opencode")
)
"""opencode starts in 5 s of CPU, so it takes part only where agents of the protocol differ."""


@pytest.fixture(params=[*KINDS, *UNHELD])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    kind, model, client = request.param
    return make_bench(kind, tmp_path, model=model, client=client)


def tokens(agent: AgentDriver) -> list[tuple[int, int, int]]:
    """Return input, output and cached tokens, by request or else by turn."""
    told = [event.data for event in agent.of("usage")]
    by_request = [data for data in told if data["scope"] == "request"]
    return [(data["input"], data["output"], data["cached"]) for data in by_request or told]


def busy(agent: AgentDriver) -> bool:
    """Tell whether the command that stays busy runs."""
    return any(BUSY in " ".join(_words(process)) for process in agent.descendants())


def _words(process: Any) -> list[str]:
    import psutil

    try:
        words: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return words


@pytest.mark.parametrize("bench", [*KINDS, *UNHELD, *SLOW], indirect=True)
def test_it_fixes_a_bug_and_tells_how(bench: Bench) -> None:
    with bench.play(script(*FIX)) as stage:
        agent = stage.start()
        ended = agent.wait_for_turn()
        status = agent.finish()

    assert ended.data["reason"] == "done"
    assert ended.data["text"] == "Fixed."
    assert status == 0
    assert (bench.workspace / "calc.py").read_text() == FIXED
    check = next(e for e in agent.of("tool.finished") if "it adds" in e.data["output"])
    assert check.data["status"] == "ok"
    said = [event.data["text"] for event in agent.of("message")]
    assert said == ["Looking.", "Fixing.", "Checking.", "Fixed."]


def test_an_edit_is_told_with_its_path_in_the_workspace(bench: Bench) -> None:
    with bench.play(script({"do": [READ]}, {"do": [EDIT]}, {"say": "Done."})) as stage:
        agent = stage.start()
        agent.wait_for_turn()

    (change,) = agent.of("file.changed")
    assert change.data["path"] == "calc.py"
    assert change.data["ok"] is True
    assert (change.data["added"], change.data["removed"]) == (1, 1)


def test_usage_is_what_the_model_served(bench: Bench) -> None:
    with bench.play(script(*FIX)) as stage:
        agent = stage.start()
        agent.wait_for_turn()
        asked = stage.model.turns() if stage.model else None

    told = [(1200, 40, 0), (1500, 60, 900), (1700, 30, 1400), (1800, 20, 0)]
    assert tokens(agent) == bench.told(told)
    assert agent.total() == FIX_TOTAL
    if asked is not None:  # claude-agent-acp has titles made as well, and does not tell of it
        assert agent.total() == sum(one.usage["input"] + one.usage["output"] for one in asked)


def test_a_command_that_fails_is_told_with_its_exit_status(bench: Bench) -> None:
    failing = {"do": [{"shell": "echo broken; exit 3"}]}

    with bench.play(script(failing, {"say": "It failed."})) as stage:
        agent = stage.start()
        agent.wait_for_turn()

    (done,) = agent.of("tool.finished")
    assert done.data["status"] == "failed"
    assert done.data["exit_code"] == 3
    assert "broken" in done.data["output"]
    (started,) = agent.of("tool.started")
    assert started.data["kind"] == "shell"
    assert "echo broken; exit 3" in started.data["command"]


def test_equal_calls_have_equal_hashes_and_others_have_not(bench: Bench) -> None:
    turns = [{"do": [{"shell": f"echo {word}"}]} for word in ("one", "one", "two")]

    with bench.play(script(*turns, {"say": "Done."})) as stage:
        agent = stage.start()
        agent.wait_for_turn()

    inputs = [event.data["input_hash"] for event in agent.of("tool.started")]
    outputs = [event.data["output_hash"] for event in agent.of("tool.finished")]
    for first, second, third in (inputs, outputs):
        assert first == second
        assert first != third


@pytest.mark.parametrize("bench", [*KINDS, *UNHELD, *SLOW], indirect=True)
def test_a_steer_in_the_middle_of_a_turn_reaches_the_agent(bench: Bench) -> None:
    turns: list[Turn] = [{"say": "Waiting.", "do": [{"shell": UNTIL_GO}]}, {"say": "Not steered."}]

    with bench.play(script(*turns, PLAN_B=[{"say": "Steered."}])) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        control = agent.steer("Change of plan: PLAN-B")
        (bench.workspace / "go").touch()
        taken = agent.wait_for_answer(control)
        agent.wait_for("message", text="Steered.")
        ended = agent.wait_for("turn.finished", text="Steered.")
        reached = stage.reached("Change of plan: PLAN-B")

    assert isinstance(taken, Applied)
    assert ended.data["reason"] == "done"
    assert reached


def test_a_steer_while_it_is_idle_begins_a_turn(bench: Bench) -> None:
    with bench.play(script({"say": "First."}, PLAN_B=[{"say": "Second."}])) as stage:
        agent = stage.start()
        agent.wait_for_turn()
        control = agent.steer("And now PLAN-B")
        ended = agent.wait_for("turn.finished", text="Second.")
        taken = agent.wait_for_answer(control)

    assert isinstance(taken, Applied)
    assert ended.data["reason"] == "done"
    triggers = [event.data["trigger"] for event in agent.of("turn.started")]
    assert triggers == ["start", "steer"]


@pytest.mark.parametrize("bench", KINDS, indirect=True)
def test_an_interrupt_ends_turn_and_command_and_the_agent_can_go_on(bench: Bench) -> None:
    turns: list[Turn] = [{"do": [{"shell": STAY_BUSY}]}, {"say": "Never mind."}]

    with bench.play(script(*turns, PLAN_B=[{"say": "Back again."}])) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        agent.wait_until(lambda: busy(agent), "the command")
        began = time.monotonic()
        control = agent.interrupt()
        ended = agent.wait_for_turn(seconds=10)
        taken = agent.wait_for_answer(control, seconds=10)
        agent.wait_until(lambda: not busy(agent), "the end of the command", seconds=10)
        took = time.monotonic() - began
        agent.steer("Go on with PLAN-B")
        again = agent.wait_for("turn.finished", text="Back again.")

    assert ended.data["reason"] == "interrupted"
    assert isinstance(taken, Applied)
    assert took < 10
    assert again.data["reason"] == "done"
    (cut,) = agent.of("tool.finished")
    assert cut.data["status"] in ("aborted", "unknown")


@pytest.mark.parametrize("bench", KINDS, indirect=True)
@pytest.mark.parametrize("approve", [True, False], ids=["approved", "denied"])
def test_a_suggest_lane_asks_before_each_command(bench: Bench, approve: bool) -> None:
    with bench.play(script({"do": [MAKE]}, {"say": "Done."})) as stage:
        agent = stage.start(autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        before = (bench.workspace / "made.txt").exists()
        control = agent.answer(asked.data["request"], approve=approve, note="not today")
        ended = agent.wait_for_turn()
        taken = agent.wait_for_answer(control)

    assert "printf made > made.txt" in asked.data["command"]
    assert asked.data["kind"] == "shell"
    assert not before
    assert isinstance(taken, Applied)
    assert ended.data["reason"] == "done"
    assert (bench.workspace / "made.txt").exists() is approve
    (done,) = agent.of("tool.finished")
    assert done.data["status"] == ("ok" if approve else "denied")


@pytest.mark.parametrize("bench", KINDS, indirect=True)
def test_a_suggest_lane_edits_without_asking(bench: Bench) -> None:
    with bench.play(script({"do": [READ]}, {"do": [EDIT]}, {"say": "Done."})) as stage:
        agent = stage.start(autonomy=Autonomy.SUGGEST)
        while not agent.of("turn.finished"):
            agent.wait_until(
                lambda: agent.of("turn.finished", "approval.requested"), "an end or a question"
            )
            if reading := agent.of("approval.requested"):
                # an agent without a reading tool reads by a command
                assert reading[0].data["kind"] in ("shell", "read")
                agent.answer(reading[0].data["request"], approve=True)
                agent.wait_for_turn()

    asked = [event.data["kind"] for event in agent.of("approval.requested")]
    assert "edit" not in asked
    assert "write" not in asked
    assert (bench.workspace / "calc.py").read_text() == FIXED


@pytest.mark.parametrize("bench", [*KINDS, *UNHELD, *SLOW], indirect=True)
def test_a_new_process_takes_the_conversation_up_and_counts_nothing_twice(bench: Bench) -> None:
    played = script(
        {"say": "First.", "usage": {"input": 1000, "output": 50}},
        {"say": "Second.", "usage": {"input": 2000, "output": 70}},
    )

    with bench.play(played) as stage:
        first = stage.start()
        first.wait_for_turn()
        first.finish()
        before = {"total_before": first.total(), "cost_before": max(_costs(first), default=0.0)}
        second = stage.start(prompt="Go on.", resume=first.native_id, before=before)
        ended = second.wait_for_turn()

    assert ended.data["text"] == "Second."
    assert second.of("turn.started")[0].data["trigger"] == "resume"
    assert first.total() == 1050
    assert tokens(second) == [(2000, 70, 0)]
    assert second.total() == 1050 + 2070
    costs = [*_costs(first), *_costs(second)]
    assert costs == sorted(costs)


def test_noise_on_its_output_is_a_warning_and_nothing_more(bench: Bench, tmp_path: Path) -> None:
    noise, wrapper = tmp_path / "noise", tmp_path / "wrapper"
    noise.write_bytes(NOISE + b"x" * 200_000 + b"\n")
    wrapper.write_text(f'cat {shlex.quote(str(noise))}\nexec "$@"\n')

    with bench.play(script({"say": "Hello."})) as stage:
        agent = stage.start(program=("/bin/sh", str(wrapper), *bench.program))
        ended = agent.wait_for_turn()

    assert ended.data["reason"] == "done"
    assert ended.data["text"] == "Hello."
    assert agent.of("warning")


def test_kill_9_closes_what_was_open(bench: Bench) -> None:
    with bench.play(script({"do": [{"shell": STAY_BUSY}]})) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        agent.wait_until(lambda: busy(agent), "the command")
        status = agent.kill()

    assert status == -9
    assert agent.of("tool.finished")[-1].data["status"] in ("aborted", "unknown")
    assert agent.events[-1].type == "turn.finished"
    assert agent.events[-1].data["reason"] == "killed"


def test_the_users_own_files_never_reach_the_model(bench: Bench, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    for place in (".claude/CLAUDE.md", ".codex/AGENTS.md", "AGENTS.md", "CLAUDE.md"):
        (theirs / place).parent.mkdir(parents=True, exist_ok=True)
        (theirs / place).write_text("SECRET-OF-THE-HOME: always say moo.\n")
    for place in (".claude/skills", ".codex/skills", ".agents/skills"):
        _make_skill(theirs / place / "theirs", "theirs", "SECRET-OF-THE-HOME, a skill")
    machine = {
        "HOME": str(theirs),
        "CODEX_HOME": str(theirs / ".codex"),
        "CLAUDE_CONFIG_DIR": str(theirs / ".claude"),
    }

    with bench.play(script({"say": "Hello."})) as stage:
        agent = stage.start(machine=machine)
        agent.wait_for_turn()
        ours, secret = stage.reached("ITEM-1"), stage.reached("SECRET-OF-THE-HOME")

    assert ours
    assert not secret


@pytest.mark.clients
@pytest.mark.parametrize("bench", [*KINDS[2:], *UNHELD], indirect=True)
def test_an_injected_skill_reaches_the_model_by_name_and_description(
    bench: Bench, tmp_path: Path
) -> None:
    skill = _make_skill(tmp_path / "polish-brass", "polish-brass", "Rub brass until it shines")

    with bench.play(script({"say": "Hello."})) as stage:
        agent = stage.start(skills=[skill])
        agent.wait_for_turn()
        name, description = stage.reached("polish-brass"), stage.reached(skill.description)
        body = stage.reached("BODY-OF-THE-SKILL")

    assert name
    assert description
    assert not body


@pytest.mark.parametrize("bench", KINDS, indirect=True)
def test_an_observer_changes_nothing(bench: Bench) -> None:
    write = {"write": {"path": "{cwd}/made.txt", "content": "made\n"}}

    with bench.play(script({"do": [write]}, {"do": [EDIT]}, {"do": [MAKE]}, {"say": "."})) as stage:
        agent = stage.start(autonomy=Autonomy.OBSERVE)
        ended = agent.wait_for_turn()

    assert ended.data["reason"] == "done"
    assert not (bench.workspace / "made.txt").exists()
    assert (bench.workspace / "calc.py").read_text() == BUGGY
    assert not [event for event in agent.of("file.changed") if event.data["ok"]]


@pytest.mark.clients
@pytest.mark.parametrize("bench", [*KINDS[2:], *UNHELD], indirect=True)
def test_a_request_that_had_to_be_repeated_is_counted_once(bench: Bench) -> None:
    fault = {"kind": "cut", "times": 1}

    with bench.play(script({"say": "Hello.", "fault": fault})) as stage:
        agent = stage.start()
        ended = agent.wait_for_turn()
        asked = len(stage.model.turns()) if stage.model else 0

    assert asked == 2
    assert ended.data["reason"] == "done"
    assert tokens(agent) == [(1000, 50, 0)]
    assert agent.total() == 1050


@pytest.mark.clients
def test_codex_works_with_a_model_that_its_catalogue_does_not_know(tmp_path: Path) -> None:
    bench = make_bench(AgentKind.CODEX, tmp_path, model="scripted")

    with bench.play(script(*FIX)) as stage:
        agent = stage.start()
        ended = agent.wait_for_turn()

    assert ended.data["reason"] == "done"
    assert (bench.workspace / "calc.py").read_text() == FIXED
    assert agent.total() == FIX_TOTAL


def test_a_running_python_of_ours_never_imports_from_the_workspace(tmp_path: Path) -> None:
    bench = make_bench(AgentKind.MOCK, tmp_path)
    for name in ("json", "signal", "darkfactory", "sitecustomize"):
        (bench.workspace / f"{name}.py").write_text("raise SystemExit(77)\n")

    with bench.play(script({"say": "Hello."})) as stage:
        agent = stage.start(machine={"PYTHONPATH": str(bench.workspace)})
        ended = agent.wait_for_turn()
        status = agent.finish()

    assert bench.program == (sys.executable,)
    assert (ended.data["reason"], status) == ("done", 0)


def _costs(agent: AgentDriver) -> list[float]:
    told = [event.data["cost_usd"] for event in agent.of("usage")]
    return [cost for cost in told if cost is not None]


def _make_skill(folder: Path, name: str, description: str) -> SkillFolder:
    folder.mkdir(parents=True)
    text = f"---\nname: {name}\ndescription: {description}\n---\n\nBODY-OF-THE-SKILL\n"
    (folder / "SKILL.md").write_text(text)
    return SkillFolder(name, description, str(folder))
