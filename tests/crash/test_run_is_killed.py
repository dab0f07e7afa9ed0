"""Kill -9 of df run, of a session host and of an agent: everything is finished exactly once."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from darkfactory.domain.session import ControlOp
from darkfactory.processes.identity import ProcessId, process_table, wait_gone
from darkfactory.sessions.control import request_control
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.warm import Running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Make = Callable[..., Factory]

HANGS_ONCE = {"fault": {"kind": "hang", "times": 1}}

STEPS = (
    ("run.started", "factory"),
    ("session.started", "factory"),
    ("turn.started", "s/s-turn.started-1"),
    ("tool.started", "s/s-tool.started-1"),
    ("turn.finished", "s/s-turn.finished-1"),
    ("session.ended", "factory"),
    ("change.proposed", "factory"),
    ("change.checked", "factory"),
)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make a factory of items by name; what is given for one is for its script."""
    made: list[Factory] = []

    def make_one(*names: str, **held: dict[str, Any]) -> Factory:
        script = {"sessions": [write_note(name, **held.get(name, {})) for name in names]}
        made.append(make_factory(tmp_path, script, [bug(name) for name in names]))
        return made[0]

    yield make_one
    for each in made:
        each.end()


def kill(run: Running) -> None:
    run.kill()
    run.wait()


def go_on(factory: Factory, name: str) -> None:
    """End the sleep of an item's session."""
    request_control(factory.state, f"s-{name}-1", ControlOp.STEER, by="ada", text="Go on.")


def host_process(factory: Factory, session: str) -> ProcessId:
    body = factory.host(session)
    return ProcessId(body["pid"], body["start"], body["boot"])


def starter(factory: Factory, session: str) -> ProcessId:
    """Return what started the host of *session*."""
    found = process_table().identify(psutil.Process(factory.host(session)["pid"]).ppid())
    assert found is not None
    return found


def counted(factory: Factory, type_: str) -> Counter[str]:
    return Counter(str(event.data["item"]) for event in factory.events() if event.type == type_)


def outcomes(factory: Factory, session: str) -> list[str]:
    events = factory.events(f"s/{session}")
    return [str(event.data["outcome"]) for event in events if event.type == "session.ended"]


def test_kill_9_of_the_run_at_each_step_finishes_every_item_once(make: Make) -> None:
    names = [step for step, _ in STEPS]
    factory = make(*names)
    for step, path in STEPS:
        run = factory.start("run", "--item", step)
        which = {"item": step} if path == "factory" and step != "run.started" else {}
        factory.wait_for(step, path, **which)
        kill(run)

    factory.df("run")

    assert counted(factory, "change.proposed") == Counter(names)
    assert counted(factory, "session.started") == Counter(names)
    rows = factory.json("gate")["changes"]
    assert {(row["item"], row["state"]) for row in rows} == {(n, "waiting_taste") for n in names}


@pytest.mark.parametrize("direct", ["", "1"], ids=["forked", "direct"])
def test_sessions_go_on_while_no_run_is_alive_and_the_next_run_adopts_them(
    make: Make, direct: str
) -> None:
    factory = make("alpha", "beta", beta={"sleep": 60})
    run = factory.start("run", env={"DARKFACTORY_DIRECT_HOSTS": direct})
    factory.wait_for("tool.finished", "s/s-beta-1")
    host, server = host_process(factory, "s-beta-1"), starter(factory, "s-beta-1")
    kill(run)
    ended = factory.wait_for("session.ended", "s/s-alpha-1")

    adopter = factory.start("run")
    factory.wait_for("change.waiting", item="alpha")
    go_on(factory, "beta")

    assert adopter.wait(40) == 0
    assert (server.pid == run.pid) is bool(direct)
    assert wait_gone(server, 5)
    assert ended.data["outcome"] == "proposed"
    assert ended.data["preserved"]["ref"] == "refs/df/work/s-alpha-1/1"
    assert counted(factory, "session.started") == Counter(["alpha", "beta"])
    assert counted(factory, "change.proposed") == Counter(["alpha", "beta"])
    assert host_process(factory, "s-beta-1") == host


def test_kill_9_of_a_host_is_swept_and_the_conversation_goes_on(make: Make) -> None:
    factory = make("alpha", alpha=HANGS_ONCE)
    run = factory.start("run")
    factory.wait_for("tool.finished", "s/s-alpha-1")
    host = factory.host("s-alpha-1")
    agent = ProcessId(host["agent_pid"], host["agent_start"], host["boot"])

    os.kill(host["pid"], signal.SIGKILL)

    assert wait_gone(agent, 20)
    assert run.wait(40) == 0
    assert outcomes(factory, "s-alpha-1") == ["crashed", "proposed"]
    assert counted(factory, "change.proposed") == Counter(["alpha"])


def test_kill_9_of_run_and_hosts_together_loses_nothing(make: Make) -> None:
    names = ("alpha", "beta")
    factory = make(*names, alpha=HANGS_ONCE, beta=HANGS_ONCE)
    run = factory.start("run")
    for name in names:
        factory.wait_for("tool.finished", f"s/s-{name}-1")
    hosts = [factory.host(f"s-{name}-1") for name in names]

    run.send_signal(signal.SIGKILL)
    for host in hosts:
        os.kill(host["pid"], signal.SIGKILL)
    run.wait()
    factory.df("run")

    assert counted(factory, "change.proposed") == Counter(names)
    for name in names:
        shown = factory.json("gate", "show", name)["change"]
        assert f"+{name}" in shown["diff"]


def test_kill_9_of_an_agent_is_a_crash_that_is_taken_up_again(make: Make) -> None:
    factory = make("alpha", alpha=HANGS_ONCE)
    run = factory.start("run")
    factory.wait_for("tool.finished", "s/s-alpha-1")

    os.kill(factory.host("s-alpha-1")["agent_pid"], signal.SIGKILL)

    assert run.wait(40) == 0
    turns = [e.data["reason"] for e in factory.events("s/s-alpha-1") if e.type == "turn.finished"]
    assert turns == ["killed", "done"]
    assert outcomes(factory, "s-alpha-1") == ["crashed", "proposed"]
    assert counted(factory, "change.proposed") == Counter(["alpha"])


def test_kill_9_of_the_fork_server_ends_no_session_and_the_next_has_another(make: Make) -> None:
    factory = make("alpha", "beta", alpha={"sleep": 60}, beta={"sleep": 60})
    run = factory.start("run", "--lanes", "1")
    servers = []

    for name in ("alpha", "beta"):
        factory.wait_for("tool.finished", f"s/s-{name}-1")
        servers.append(starter(factory, f"s-{name}-1"))
        os.kill(servers[-1].pid, signal.SIGKILL)
        go_on(factory, name)

    assert run.wait(40) == 0
    assert len({server.pid for server in servers} - {run.pid}) == 2
    assert counted(factory, "session.started") == Counter(["alpha", "beta"])
    assert counted(factory, "change.proposed") == Counter(["alpha", "beta"])


def test_a_second_run_is_refused_while_one_lives(make: Make) -> None:
    factory = make("alpha", alpha={"sleep": 60})
    factory.start("run")
    factory.wait_for("run.started")

    refused = factory.df("run", expect=3)

    assert "another `df run`" in refused.stderr
