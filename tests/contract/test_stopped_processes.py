"""SIGSTOP and Ctrl-Z: what does nothing is not said to work, can be ended, and holds nobody up."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.session import ControlOp, Outcome, State
from darkfactory.processes.identity import ProcessId, is_alive, is_stopped, process_table
from darkfactory.sessions.control import HostStopped
from darkfactory.sessions.hosts import find_host
from darkfactory.sessions.start import HostProcess
from darkfactory.sessions.stories import Stories
from darkfactory.sessions.view import judge_state
from tests.fakes.factories import Factory, make_factory, write_note
from tests.fakes.hosted import BOTH_WAYS, SESSION, Bench

FOREVER = {"say": "Thinking.", "forever": True}


def stop(pid: int) -> ProcessId:
    """Stop a process and wait until it is."""
    table = process_table()
    found = table.identify(pid)
    assert found is not None
    os.kill(pid, signal.SIGSTOP)
    while not table.is_stopped(pid):
        time.sleep(0.005)
    return found


def working(bench: Bench, **how: Any) -> HostProcess:
    bench.script(FOREVER)
    host = bench.start(**how)
    bench.wait_for("message", role="assistant")
    bench.wait(lambda: find_host(str(bench.folder)).process)
    return host


def state_of(bench: Bench) -> tuple[State, str]:
    return judge_state(Stories(bench.state.streams).of(SESSION), find_host(str(bench.folder)))


@BOTH_WAYS
def test_a_stopped_host_is_unknown_and_says_how_it_goes_on(bench: Bench) -> None:
    host = working(bench)
    before, _ = state_of(bench)
    stopped = stop(host.pid)

    state, why = state_of(bench)
    with pytest.raises(HostStopped) as caught:
        bench.control(ControlOp.STEER, text="hello")
    os.kill(host.pid, signal.SIGCONT)
    bench.wait(lambda: not is_stopped(stopped))

    assert (before, state) == (State.WORKING, State.UNKNOWN)
    assert f"kill -CONT {host.pid}" in why
    assert f"kill -CONT {host.pid}" in caught.value.fix
    assert state_of(bench)[0] is State.WORKING
    bench.wait_for("control.accepted", op="steer")


@BOTH_WAYS
def test_a_stopped_host_obeys_a_cancel(bench: Bench) -> None:
    host = working(bench)
    stop(host.pid)

    receipt = bench.control(ControlOp.CANCEL)

    assert receipt.state == "applied"
    assert bench.ended(host).outcome is Outcome.CANCELLED
    assert bench.marked() == []


def test_stopped_agents_and_all_they_started_hear_a_cancel_and_end_by_themselves(
    bench: Bench,
) -> None:
    host = working(bench)
    for pid in bench.marked():
        if pid != host.pid:
            stop(pid)
    began = time.monotonic()

    bench.control(ControlOp.CANCEL)
    end = bench.ended(host)

    assert end.outcome is Outcome.CANCELLED
    assert end.signal is None  # it was not killed
    assert time.monotonic() - began < 5
    assert bench.marked() == []


def test_a_stopped_agent_is_silent_and_ends_as_such(bench: Bench) -> None:
    host = working(bench, silence_seconds=1.0)
    for pid in bench.marked():
        if pid != host.pid:
            stop(pid)

    end = bench.ended(host)

    assert (end.outcome, end.reason) == (Outcome.TIMED_OUT, "stalled: no output for 1 s")
    assert bench.marked() == []


def factory_of(folder: Path, session: dict[str, Any]) -> Factory:
    """Return a factory with one item, on which an agent plays *session*."""
    items = [{"id": "ONE", "title": "ONE", "labels": ["bug"]}]
    return make_factory(folder, {"sessions": [session]}, items, lane="silence: 2s")


def host_of(factory: Factory, session: str = "s-ONE-1") -> ProcessId:
    factory.wait_for("session.started")
    factory.wait(lambda: find_host(str(factory.state.session(session))).process is not None)
    found = find_host(str(factory.state.session(session))).process
    assert found is not None
    return found


def test_a_run_kills_a_host_that_stays_stopped_and_tries_again(tmp_path: Path) -> None:
    factory = factory_of(tmp_path, write_note("ONE", sleep=1))
    run = factory.start("run")
    factory.wait_for("tool.finished", "s/s-ONE-1")
    host = stop(host_of(factory).pid)

    factory.wait_for("session.ended", outcome="crashed")
    status = run.wait(40)

    assert not is_alive(host)
    assert status == 0
    changes = factory.json("gate")["changes"]
    assert [change["item"] for change in changes] == ["ONE"]


def test_a_stopped_run_is_told_as_such_and_its_sessions_can_be_ended(tmp_path: Path) -> None:
    factory = factory_of(tmp_path, {"marker": "ONE", "turns": [FOREVER]})
    run = factory.start("run")
    host_of(factory)
    stop(run.pid)

    status = factory.json("status")
    said = factory.df("status").stdout
    doctor = factory.df("doctor", expect=None).stdout
    refused = factory.df("run", expect=3).stderr
    factory.df("run", "--stop")
    os.kill(run.pid, signal.SIGCONT)
    run.wait(40)

    assert (status["running"], status["suspended"]) == (True, True)
    for words in (said, doctor, refused):
        assert f"kill -CONT {run.pid}" in words
    assert "df run works" not in said
    ends = [event.data["outcome"] for event in factory.events() if event.type == "session.ended"]
    assert ends == ["cancelled"]
