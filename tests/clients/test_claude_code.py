"""How Claude Code takes a dialogue, tried on the program itself against a scripted model.

Opt-in (``make test-clients``): no account, no network. tests/contract/test_adapters.py holds it
to what every agent promises; here is what only this one does.
"""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from darkfactory.agents.protocol import Applied, Refused
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.settings import AgentKind
from tests.fakes.agent_bench import Bench, make_bench, script
from tests.fakes.claude_code_stage import (
    DETACHED,
    DIED_WITHIN_SECONDS,
    STAY_BUSY,
    STUBBORN,
    Turn,
    bash,
    busy,
    reasons,
    start,
    statuses,
    task,
)

pytestmark = pytest.mark.clients


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(AgentKind.CLAUDE_CODE, tmp_path)


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


def test_a_steer_with_a_slash_in_front_reaches_the_model(bench: Bench) -> None:
    with bench.play(script({"say": "One."}, PLAN_B=[{"say": "Two."}])) as stage:
        agent = start(stage)
        agent.wait_for_turn()
        agent.steer("/clear PLAN-B")
        agent.wait_for("turn.finished", text="Two.")
        reached = stage.reached("/clear PLAN-B")

    assert reached


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

    # On a busy machine it may be gone before its result is out; then we say how the turn ended, and
    # of a call whose end it did not tell either that nobody knows.
    ended = (reasons(agent), statuses(agent))
    assert ended in (
        (["interrupted"], ["aborted"]),
        (["killed"], ["aborted"]),
        (["killed"], ["unknown"]),
    )
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
