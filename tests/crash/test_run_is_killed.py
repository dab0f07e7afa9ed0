"""Kill -9 of df run, of a session host and of an agent: everything is finished exactly once."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from darkfactory.processes.identity import ProcessId, process_table, wait_gone
from tests.fakes.factories import Factory, bug, make_factory, write_note

NAMES = ("alpha", "beta", "gamma")


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [write_note(name, sleep=1.0) for name in NAMES]}
    made = make_factory(tmp_path, script, [bug(name) for name in NAMES])
    yield made
    made.end()


def host_process(body: dict[str, Any]) -> ProcessId:
    return ProcessId(body["pid"], body["start"], body["boot"])


def starter(factory: Factory, session: str) -> int:
    """Return the pid of what started the host of *session*."""
    return psutil.Process(factory.host(session)["pid"]).ppid()


def starts(factory: Factory) -> Counter[str]:
    return Counter(
        str(event.session) for event in factory.events() if event.type == "session.started"
    )


def proposed(factory: Factory) -> Counter[str]:
    return Counter(
        str(event.data["item"]) for event in factory.events() if event.type == "change.proposed"
    )


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ("run.started", "factory"),
        ("session.started", "factory"),
        ("turn.started", "s/s-alpha-1"),
        ("tool.started", "s/s-alpha-1"),
        ("turn.finished", "s/s-alpha-1"),
        ("session.ended", "factory"),
        ("change.proposed", "factory"),
        ("change.checked", "factory"),
    ],
)
def test_kill_9_of_the_run_at_each_step_finishes_every_item_once(
    factory: Factory, step: str, path: str
) -> None:
    run = factory.start("run")
    factory.wait_for(step, path)
    run.send_signal(signal.SIGKILL)
    run.wait()

    factory.df("run")

    assert proposed(factory) == Counter(NAMES)
    assert set(starts(factory).values()) == {1}
    rows = factory.json("gate")["changes"]
    assert {(row["item"], row["state"]) for row in rows} == {(n, "waiting_taste") for n in NAMES}


def test_sessions_go_on_while_no_run_is_alive(factory: Factory) -> None:
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-alpha-1")
    server = process_table().identify(starter(factory, "s-alpha-1"))
    run.send_signal(signal.SIGKILL)
    run.wait()

    ended = factory.wait_for("session.ended", "s/s-alpha-1")

    assert server is not None
    assert wait_gone(server, 5)
    assert ended.data["outcome"] == "proposed"
    assert ended.data["preserved"]["ref"] == "refs/df/work/s-alpha-1/1"


def test_kill_9_of_a_host_is_swept_and_the_conversation_goes_on(factory: Factory) -> None:
    run = factory.start("run")
    factory.wait_for("tool.started", "s/s-alpha-1")
    host = factory.host("s-alpha-1")
    agent = ProcessId(host["agent_pid"], host["agent_start"], host["boot"])

    os.kill(host["pid"], signal.SIGKILL)
    run.wait(40)

    assert wait_gone(agent, 5)
    types = [event.type for event in factory.events("s/s-alpha-1")]
    assert types.count("session.ended") == 2
    outcomes = [
        event.data["outcome"]
        for event in factory.events("s/s-alpha-1")
        if event.type == "session.ended"
    ]
    assert outcomes == ["crashed", "proposed"]
    assert proposed(factory) == Counter(NAMES)


def test_kill_9_of_run_and_hosts_together_loses_nothing(factory: Factory) -> None:
    run = factory.start("run")
    for name in NAMES:
        factory.wait_for("tool.finished", f"s/s-{name}-1")
    hosts = [factory.host(f"s-{name}-1") for name in NAMES]

    run.send_signal(signal.SIGKILL)
    for host in hosts:
        os.kill(host["pid"], signal.SIGKILL)
    run.wait()
    factory.df("run")

    assert proposed(factory) == Counter(NAMES)
    for name in NAMES:
        shown = factory.json("gate", "show", name)["change"]
        assert f"+{name}" in shown["diff"]


def test_kill_9_of_an_agent_is_a_crash_that_is_taken_up_again(factory: Factory) -> None:
    run = factory.start("run")
    factory.wait_for("tool.started", "s/s-beta-1")

    os.kill(factory.host("s-beta-1")["agent_pid"], signal.SIGKILL)
    run.wait(40)

    finished = [
        event.data
        for event in factory.events("s/s-beta-1")
        if event.type in ("turn.finished", "session.ended")
    ]
    assert finished[0]["reason"] == "killed"
    assert finished[1]["outcome"] == "crashed"
    assert proposed(factory) == Counter(NAMES)


def test_kill_9_of_the_fork_server_ends_no_session_and_the_next_has_another(
    factory: Factory,
) -> None:
    run = factory.start("run", "--lanes", "1")
    servers = set()

    for name in ("alpha", "beta"):
        factory.wait_for("turn.started", f"s/s-{name}-1")
        server = starter(factory, f"s-{name}-1")
        os.kill(server, signal.SIGKILL)
        servers.add(server)

    assert run.wait(40) == 0
    assert len(servers - {run.pid}) == 2
    assert starts(factory) == {f"s-{name}-1": 1 for name in NAMES}
    assert proposed(factory) == Counter(NAMES)


def test_a_second_run_is_refused_while_one_lives(tmp_path: Path) -> None:
    script = {"sessions": [write_note("alpha", sleep=120)]}
    factory = make_factory(tmp_path, script, [bug("alpha")])
    factory.start("run")
    factory.wait_for("turn.started", "s/s-alpha-1")

    refused = factory.df("run", expect=3)

    assert "another `df run`" in refused.stderr
    factory.end()


@pytest.mark.parametrize("direct", ["", "1"], ids=["forked", "direct"])
def test_a_run_that_was_killed_is_adopted_within_a_second(factory: Factory, direct: str) -> None:
    run = factory.start("run", env={"DARKFACTORY_DIRECT_HOSTS": direct})
    factory.wait_for("turn.started", "s/s-alpha-1")
    host = host_process(factory.host("s-alpha-1"))
    started_by_the_run = starter(factory, "s-alpha-1") == run.pid
    run.send_signal(signal.SIGKILL)
    run.wait()

    factory.df("run")

    assert started_by_the_run is bool(direct)
    assert starts(factory)["s-alpha-1"] == 1
    assert host_process(factory.host("s-alpha-1")) == host
