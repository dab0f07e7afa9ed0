"""What the mock promises beyond every agent: that it plays its script, faults included."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, Refused
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from tests.fakes.agent_bench import ITEM, Bench, Stage, make_bench, script
from tests.fakes.agent_driver import AgentDriver

Turn = Mapping[str, Any]

UNTIL_GO = "while [ ! -e go ]; do sleep 0.02; done"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(AgentKind.MOCK, tmp_path)


def say(*texts: str, **more: Any) -> list[Turn]:
    return [{"say": text, **more} for text in texts]


def shell(*commands: str) -> Turn:
    return {"do": [{"shell": command} for command in commands]}


def said(agent: AgentDriver) -> list[str]:
    return [event.data["text"] for event in agent.of("message")]


def play_one(stage: Stage, **options: Any) -> AgentDriver:
    """Run the script's first turn to its end."""
    agent = stage.start(**options)
    agent.wait_for_turn()
    return agent


def test_a_turn_without_actions_ends_the_agents_turn(bench: Bench) -> None:
    with bench.play(script(*say("one", "two"))) as stage:
        agent = play_one(stage)
        first = said(agent)
        agent.steer("go on")
        agent.wait_for("turn.finished", text="two")

    assert first == ["one"]
    assert said(agent) == ["one", "two"]


def test_repeats_are_played_in_one_go(bench: Bench) -> None:
    with bench.play(script(*say("again", repeat=3), *say("end"))) as stage:
        agent = play_one(stage)

    assert said(agent) == ["again"] * 3


def test_forever_goes_on_until_it_is_interrupted(bench: Bench) -> None:
    with bench.play(script(*say("still", forever=True), *say("never"))) as stage:
        agent = stage.start()
        agent.wait_until(lambda: len(said(agent)) >= 5, "five messages")
        agent.interrupt()
        ended = agent.wait_for_turn()

    assert ended.data["reason"] == "interrupted"
    assert set(said(agent)) == {"still"}


def test_a_steer_with_a_marker_leaves_a_script_that_goes_on_forever(bench: Bench) -> None:
    played = script(*say("still", forever=True), PLAN_B=say("stopped"))

    with bench.play(played) as stage:
        agent = stage.start()
        agent.wait_for("message", text="still")
        agent.steer("now PLAN-B")
        ended = agent.wait_for_turn()

    assert ended.data == {"reason": "done", "text": "stopped"}


def test_a_steer_with_a_marker_drops_the_actions_that_are_left(bench: Bench) -> None:
    played = script(shell(UNTIL_GO, "touch left-over"), PLAN_B=say("stopped"))

    with bench.play(played) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        control = agent.steer("now PLAN-B")
        agent.wait_until(agent.descendants, "the command")
        (bench.workspace / "go").touch()
        agent.wait_for_turn()

    assert isinstance(agent.answers[control], Applied)
    assert said(agent) == ["stopped"]
    assert not (bench.workspace / "left-over").exists()


@pytest.mark.parametrize("wake", ["steer", "interrupt"])
def test_a_message_ends_a_sleep(bench: Bench, wake: str) -> None:
    with bench.play(script(*say("tired", sleep=600), *say("awake"))) as stage:
        agent = stage.start()
        agent.wait_for("usage")
        control = agent.steer("wake up") if wake == "steer" else agent.interrupt()
        ended = agent.wait_for_turn(seconds=10)
        taken = agent.wait_for_answer(control)

    assert isinstance(taken, Applied)
    assert ended.data["reason"] == ("done" if wake == "steer" else "interrupted")


def test_a_message_during_the_actions_before_a_sleep_ends_it_too(bench: Bench) -> None:
    with bench.play(script({**shell(UNTIL_GO), "sleep": 600}, *say("awake"))) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        agent.steer("wake up")
        (bench.workspace / "go").touch()
        ended = agent.wait_for_turn(seconds=20)

    assert ended.data["text"] == "awake"


def test_a_sleep_lasts_as_long_as_it_says(bench: Bench) -> None:
    with bench.play(script({**shell(UNTIL_GO), "sleep": 0.2}, *say("awake"))) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        began = time.monotonic()
        (bench.workspace / "go").touch()
        agent.wait_for_turn()
        took = time.monotonic() - began

    assert took >= 0.2


def test_an_interrupted_turn_is_not_played_again(bench: Bench) -> None:
    with bench.play(script(shell("sleep 600"), *say("went on"))) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        agent.interrupt()
        agent.wait_for_turn()
        agent.steer("go on")
        ended = agent.wait_for("turn.finished", reason="done")

    assert ended.data["text"] == "went on"


@pytest.mark.parametrize(
    ("fault", "status"), [({"kind": "exit", "status": 3}, 3), ({"kind": "crash"}, -9)]
)
def test_a_fault_ends_the_program_after_what_the_turn_did(
    bench: Bench, fault: dict[str, Any], status: int
) -> None:
    with bench.play(script({**shell("touch made"), "fault": fault}, *say("never"))) as stage:
        agent = stage.start()
        ended = agent.wait_for_exit()

    assert ended == status
    assert (bench.workspace / "made").exists()
    assert agent.events[-1].data["reason"] == "killed"


def test_a_fault_that_strikes_once_is_over_after_a_restart(bench: Bench) -> None:
    fault = {"kind": "crash", "times": 1}

    with bench.play(script({**shell("echo x >> made"), "fault": fault}, *say("done"))) as stage:
        stage.start().wait_for_exit()
        again = play_one(stage, resume="s-1")

    assert said(again) == ["done"]
    assert (bench.workspace / "made").read_text() == "x\n"


def test_a_hang_answers_nothing_any_more(bench: Bench) -> None:
    with bench.play(script(*say("last words", fault={"kind": "hang"}))) as stage:
        agent = stage.start()
        agent.wait_for("usage")
        control = agent.interrupt()
        status = agent.kill()

    assert status == -9
    assert control not in agent.answers


def test_a_hang_of_some_seconds_ends(bench: Bench) -> None:
    with bench.play(script(*say("slow", fault={"kind": "hang", "seconds": 0.1}))) as stage:
        agent = play_one(stage)

    assert said(agent) == ["slow"]


def test_garbage_is_no_line_and_the_turn_goes_on(bench: Bench) -> None:
    turn = {**shell("true"), "fault": {"kind": "garbage"}}

    with bench.play(script(turn, *say("done"))) as stage:
        agent = play_one(stage)

    assert len(agent.of("warning")) == 3
    assert said(agent) == ["done"]


def test_another_conversation_than_the_one_in_its_home_is_not_resumed(bench: Bench) -> None:
    with bench.play(script(*say("one", "two"))) as stage:
        play_one(stage).finish()
        agent = stage.start(resume="another")
        status = agent.wait_for_exit()

    assert status == 1
    assert "holds another conversation than 'another'" in agent.complaints
    assert said(agent) == []


def test_a_conversation_that_never_began_begins_when_it_is_resumed(bench: Bench) -> None:
    with bench.play(script(*say("one"))) as stage:
        agent = play_one(stage, resume="s-1")

    assert said(agent) == ["one"]


def test_a_fresh_start_forgets_an_earlier_conversation(bench: Bench) -> None:
    with bench.play(script(*say("one", "two"))) as stage:
        play_one(stage).finish()
        again = play_one(stage)

    assert said(again) == ["one"]


def test_every_message_of_a_user_is_a_line_of_its_output(bench: Bench) -> None:
    with bench.play(script(*say("one", "two"))) as stage:
        agent = play_one(stage)
        agent.steer("a word in between")
        agent.wait_for("turn.finished", text="two")

    lines = [json.loads(line) for line in agent.raw]
    told = [line["text"] for line in lines if line["type"] == "user"]
    assert ITEM in told[0]
    assert told[1:] == ["a word in between"]


def test_thoughts_and_the_last_result_are_told(bench: Bench) -> None:
    turns = [{"think": "hm", **shell("echo 42")}, {"say": "It is {last_result}in {cwd}"}]

    with bench.play(script(*turns)) as stage:
        agent = play_one(stage)

    assert agent.of("thought")[0].data == {"text": "hm"}
    assert said(agent) == [f"It is 42\nin {bench.workspace}"]


def test_a_prompt_without_a_script_gets_the_default(bench: Bench) -> None:
    with bench.play(script(*say("never"))) as stage:
        agent = play_one(stage, prompt="nothing known")

    assert said(agent) == ["no script for this prompt"]


def test_a_file_that_is_not_there_fails_and_does_not_end_the_turn(bench: Bench) -> None:
    actions = [
        {"read": "nowhere"},
        {"edit": {"path": "nowhere", "old": "a", "new": "b"}},
        {"write": {"path": "calc.py/below", "content": "x"}},
        {"read": "a\0b"},
    ]

    with bench.play(script({"do": actions}, *say("done"))) as stage:
        agent = play_one(stage)

    assert [event.data["status"] for event in agent.of("tool.finished")] == ["failed"] * 4
    assert "No such file" in agent.of("tool.finished")[0].data["output"]
    assert not agent.of("file.changed")
    assert said(agent) == ["done"]


def test_an_observer_is_denied_all_but_reading(bench: Bench) -> None:
    actions = [{"read": "calc.py"}, {"write": {"path": "a", "content": ""}}, {"shell": "true"}]

    with bench.play(script({"do": actions}, *say("done"))) as stage:
        agent = play_one(stage, autonomy=Autonomy.OBSERVE)

    finished = [event.data["status"] for event in agent.of("tool.finished")]
    assert finished == ["ok", "denied", "denied"]
    assert [event.data["call"] for event in agent.of("denied")] == ["call-2", "call-3"]


def test_an_answer_to_another_question_is_refused(bench: Bench) -> None:
    with bench.play(script(shell("true"), *say("done"))) as stage:
        agent = stage.start(autonomy=Autonomy.SUGGEST)
        asked = agent.wait_for("approval.requested")
        wrong = agent.answer("ask-77", approve=True)
        right = agent.answer(asked.data["request"], approve=True)
        agent.wait_for_turn()
        late = agent.answer(asked.data["request"], approve=True)
        agent.wait_for_answer(late)

    assert isinstance(agent.answers[wrong], Refused)
    assert isinstance(agent.answers[right], Applied)
    assert isinstance(agent.answers[late], Refused)


def test_a_question_that_nobody_is_left_to_answer_is_a_no(bench: Bench) -> None:
    with bench.play(script(shell("touch made"), *say("done"))) as stage:
        agent = stage.start(autonomy=Autonomy.SUGGEST)
        agent.wait_for("approval.requested")
        status = agent.finish()

    assert status == 0
    assert agent.of("tool.finished")[0].data["status"] == "denied"
    assert not (bench.workspace / "made").exists()


def test_an_interrupt_withdraws_a_question(bench: Bench) -> None:
    with bench.play(script(shell("touch made"), *say("done"))) as stage:
        agent = stage.start(autonomy=Autonomy.SUGGEST)
        agent.wait_for("approval.requested")
        agent.interrupt()
        ended = agent.wait_for_turn()

    assert ended.data["reason"] == "interrupted"
    assert agent.of("tool.finished")[0].data["status"] == "aborted"
    assert not (bench.workspace / "made").exists()


def test_a_program_told_to_finish_ends_its_turn_first(bench: Bench) -> None:
    with bench.play(script(shell("sleep 0.1; touch made"), *say("done"))) as stage:
        agent = stage.start()
        agent.wait_for("tool.started")
        status = agent.finish()

    assert status == 0
    assert said(agent) == ["done"]
    assert (bench.workspace / "made").exists()


@pytest.mark.parametrize(
    ("command", "exit_code", "output"),
    [
        ("printf '\\377\\000x'", 0, "�\0x"),
        ("printf '\\303'; sleep 0.1; printf '\\244'", 0, "ä"),
        ("kill -9 $$", 137, ""),
        ("exec >&- 2>&-; sleep 0.05; exit 4", 4, ""),
        ("no-such-program-here", 127, None),
        ("cat", 0, ""),
    ],
)
def test_any_command_comes_to_its_end(
    bench: Bench, command: str, exit_code: int, output: str | None
) -> None:
    with bench.play(script(shell(command), *say("done"))) as stage:
        agent = play_one(stage)

    (finished,) = agent.of("tool.finished")
    assert finished.data["exit_code"] == exit_code
    assert output is None or finished.data["output"] == output


def test_a_command_is_over_when_its_shell_is_whatever_it_left_behind(bench: Bench) -> None:
    with bench.play(script(shell("sleep 3 & echo over"), *say("done"))) as stage:
        agent = play_one(stage)

    (finished,) = agent.of("tool.finished")
    assert finished.data["output"] == "over\n"
    assert finished.data["ms"] < 2500


def test_much_output_is_cut_and_its_end_kept(bench: Bench) -> None:
    flood = f'{sys.executable} -c \'print("x" * 3_000_000); print("the end")\''

    with bench.play(script(shell(flood), *say("done"))) as stage:
        agent = play_one(stage)

    streamed = sum(len(event.data["delta"]) for event in agent.of("tool.output"))
    assert streamed == 256 * 1024
    kept = agent.of("tool.finished")[0].data["output"]
    assert len(kept) == 16 * 1024
    assert kept.endswith("the end\n")


def test_what_the_mock_does_not_understand_is_told(bench: Bench) -> None:
    with bench.play(script(*say("one"))) as stage:
        agent = play_one(stage)
        if agent.process.stdin:
            agent.process.stdin.write(b"not JSON\n[]\n")
            agent.process.stdin.flush()
        agent.finish()

    assert len(agent.of("warning")) == 2


def test_a_mock_whose_host_is_gone_ends(bench: Bench) -> None:
    with bench.play(script(shell("true"), *say("still", forever=True))) as stage:
        launch = bench.adapter.prepare(stage.request())
    (bench.home / ".mock").mkdir(parents=True)
    for name, text in launch.files.items():
        (bench.home / name).write_text(text)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    with subprocess.Popen(launch.argv, cwd=bench.workspace, **pipes) as mock:  # type: ignore[call-overload] # PIPE is an int
        mock.stdin.write(b'{"type":"prompt","id":"prompt","text":"ITEM-1"}\n')
        mock.stdin.close()
        mock.stdout.readline()
        mock.stdout.close()
        status = mock.wait(20)
        complaints = mock.stderr.read()

    assert status == 1
    assert complaints == b""


def test_it_starts_with_few_modules() -> None:
    code = (
        "import sys; sys.path.append(sys.argv[1]); import darkfactory.agents.mock.program; "
        "print(*sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]

    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, root], capture_output=True, text=True, check=True
    )

    loaded = set(shown.stdout.split())
    assert loaded.isdisjoint(
        {
            "typing",
            "dataclasses",
            "subprocess",
            "hashlib",
            "inspect",
            "yaml",
            "threading",
            "logging",
        }
    )
    assert {name for name in loaded if name.startswith("darkfactory")} == {
        "darkfactory",
        "darkfactory.agents",
        "darkfactory.agents.mock",
        "darkfactory.agents.mock.edits",
        "darkfactory.agents.mock.memory",
        "darkfactory.agents.mock.pipes",
        "darkfactory.agents.mock.program",
        "darkfactory.agents.mock.script",
    }
