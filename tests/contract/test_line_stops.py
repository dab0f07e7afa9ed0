"""Leaving a run, ending it, and coming back to it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkfactory.processes.identity import ProcessId, is_alive
from tests.fakes.factories import Factory, bug, ended, make_factory, write_note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LANES = """\
version: 1
harness: {command: "true", timeout: 1m}
agents: {mock: {kind: mock, script: mock.yaml}}
lanes:
  ask: {match: {labels: [ask]}, agent: mock, autonomy: suggest}
  bugs: {match: {labels: [bug]}, agent: mock, sessions: 2}
"""


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    shell = {"say": "May I?", "do": [{"shell": "touch allowed.txt"}]}
    script = {
        "sessions": [
            write_note("LANGE", sleep=60),
            write_note("LETZTE"),
            {"marker": "FRAGE", "turns": [shell, {"say": "Thanks."}]},
        ]
    }
    items = [bug("LANGE"), bug("LETZTE", blocked_by=["LANGE"]), bug("FRAGE", labels=["ask"])]
    made = make_factory(tmp_path, script, items, lanes=LANES)
    yield made
    made.end()


def host(factory: Factory, session: str) -> ProcessId:
    body = factory.host(session)
    return ProcessId(body["pid"], body["start"], body["boot"])


def test_a_run_can_be_left_and_ended_and_its_agents_go_on_until_they_are_told(
    factory: Factory,
) -> None:
    run = factory.start("run")
    factory.wait_for("tool.finished", "s/s-LANGE-1")
    asked = factory.wait_for("approval.requested", "s/s-FRAGE-1").data["request"]
    run.send_signal(signal.SIGINT)
    left = run.wait(20)
    living = [is_alive(host(factory, name)) for name in ("s-LANGE-1", "s-FRAGE-1")]
    waiting = factory.json("status")
    answered = factory.df("sessions", "approve", "s-FRAGE-1", str(asked))
    factory.wait_for("session.ended", item="FRAGE")

    second = factory.start("run")
    factory.wait_for("change.waiting", item="FRAGE")
    second.send_signal(signal.SIGTERM)
    terminated = second.wait(20)
    adopted = is_alive(host(factory, "s-LANGE-1"))

    third = factory.start("run", "--json")
    said = factory.root.parent / "stderr.txt"
    factory.wait(lambda: said.read_text().count("took up s-LANGE-1 again") == 2)
    holder = factory.state.lock.read_text()
    stopped = factory.df("run", "--stop")
    after_stop = third.wait(40)

    assert left == 130
    assert living == [True, True]
    assert [row["state"] for row in waiting["sessions"]].count("waiting_approval") == 1
    assert waiting["running"] is False
    assert answered.returncode == 0
    assert (terminated, adopted) == (143, True)
    assert stopped.stdout.split() == ["s-LANGE-1"]
    assert holder == f"{third.pid}\n"
    assert after_stop == 1
    assert sorted(ended(factory)) == ["cancelled", "proposed"]
    starts = [str(e.session) for e in factory.events() if e.type == "session.started"]
    assert sorted(starts) == ["s-FRAGE-1", "s-LANGE-1"]
    kept = next(e.data for e in factory.events() if e.data.get("outcome") == "cancelled")
    assert kept["preserved"]["ref"] == "refs/df/wreck/s-LANGE-1"
    assert factory.df("run", "--stop").stdout == "nothing is running\n"


def test_what_is_stopped_after_its_run_was_left_starts_with_the_very_next_run(
    tmp_path: Path,
) -> None:
    again = {"marker": "An earlier attempt ended as cancelled", "turns": [{"say": "Done."}]}
    script = {"sessions": [write_note("EINS", sleep=60), write_note("ZWEI", sleep=60), again]}
    factory = make_factory(tmp_path, script, [bug("EINS"), bug("ZWEI")], lanes=LANES)
    try:
        run = factory.start("run")
        for session in ("s-EINS-1", "s-ZWEI-1"):
            factory.wait_for("tool.finished", f"s/{session}")
        run.send_signal(signal.SIGINT)
        run.wait(20)
        stopped = factory.df("run", "--stop")
        factory.wait(lambda: list(ended(factory)) == ["cancelled"] * 2)
        brief = factory.df("brief").stdout
        factory.df("run", expect=None)

        assert sorted(stopped.stdout.split()) == ["s-EINS-1", "s-ZWEI-1"]
        assert stopped.stderr.endswith("`df run` starts them again\n")
        assert "2 items were stopped: `df run` starts them again" in brief
        starts = [str(e.session) for e in factory.events() if e.type == "session.started"]
        assert sorted(starts[2:]) == ["s-EINS-2", "s-ZWEI-2"]
    finally:
        factory.end()


def test_a_watch_without_any_session_is_stopped_and_that_is_said(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [], lanes=LANES)
    try:
        watch = factory.start("run", "--watch")
        factory.wait_for("run.started")
        stopped = factory.df("run", "--stop")

        assert stopped.stdout == "stopped df run\n"
        assert watch.wait(20) == 0
    finally:
        factory.end()


def test_leaving_does_not_wait_for_the_harness(tmp_path: Path) -> None:
    lanes = LANES.replace('"true"', '"test ! -e notes/LETZTE.txt || sleep 50"')
    script = {"sessions": [write_note("LETZTE")]}
    factory = make_factory(tmp_path, script, [bug("LETZTE")], lanes=lanes)
    try:
        run = factory.start("run")
        output = factory.state.root / "harness"
        factory.wait_for("change.proposed")
        factory.wait(lambda: len(list(output.glob("*.log"))) > 1)
        run.send_signal(signal.SIGINT)

        assert run.wait(10) == 130
    finally:
        factory.end()
