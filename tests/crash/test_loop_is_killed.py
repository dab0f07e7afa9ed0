"""Kill -9 of a session host, or of df run, in a loop: no checkpoint is lost or counted twice."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.lane import Loop
from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.loop import LoopStory, checkpoint_data
from darkfactory.sessions.recover import bury
from darkfactory.sessions.start import start_host
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.hosted import EDIT, SESSION, Bench, bench_in, make_template


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path / "bench", make_template(tmp_path), start_host) as made:
        yield made


LOOP = Loop(command="cat size.txt", patience=1)


def measure(bench: Bench, value: float) -> None:
    """Tell what a measurement would, once the loop of the session waits for one."""
    story = LoopStory(LOOP).tell_all(bench.events())
    assert story.check_is_due
    writer = Writer(
        Stream(bench.state.streams, f"s/{SESSION}"), producer="loop", session=SESSION, once=True
    )
    made = story.weigh(value, 9, ref="", tree="t")
    writer.write("loop.checkpoint", checkpoint_data(made), durable=True)


def test_a_host_killed_between_a_checkpoint_and_the_next_turn_goes_on_behind_it(
    bench: Bench,
) -> None:
    bench.script({"say": "First.", "do": [EDIT]}, {"say": "Tried."}, {"say": "Tried again."})
    host = bench.start(loop=LOOP)
    bench.wait_for("turn.finished")
    os.kill(host.pid, signal.SIGKILL)
    bench.status(host)
    measure(bench, 7)

    first = bury(os.fspath(bench.folder))
    host = bench.start(epoch=2, resume=True, loop=LOOP)
    bench.wait_for("turn.finished", count=2)
    bench.wait(lambda: LoopStory(LOOP).tell_all(bench.events()).check_is_due)
    measure(bench, 7)
    end = bench.ended(host)

    assert first is not None
    assert (first.outcome, end.outcome) == (Outcome.CRASHED, Outcome.PROPOSED)
    told = [event.data["number"] for event in bench.events("loop.checkpoint")]
    assert told == [1, 2]
    assert end.reason == "no reward for 1 checkpoint of its loop (`cat size.txt` 9 -> 7)"
    asked = [e.data["id"] for e in bench.events("control.requested") if e.data["by"] == "loop"]
    assert asked == []


@pytest.fixture
def ends() -> Iterator[list[Factory]]:
    made: list[Factory] = []
    yield made
    for each in made:
        each.end()


def test_df_run_and_the_host_killed_in_a_loop_leave_it_to_the_next_run(
    tmp_path: Path, ends: list[Factory]
) -> None:
    turns: list[dict[str, Any]] = []
    for size in (7, 5, 4, 6):
        write = {"write": {"path": "{cwd}/size.txt", "content": f"{size}\n"}}
        turns += [{"say": "Trying.", "do": [write]}, {"say": f"Tried {size}.", "sleep": 0.3}]
    factory = make_factory(
        tmp_path,
        {"sessions": [{"marker": "small", "turns": turns}]},
        [bug("small")],
        files={"size.txt": "9\n"},
        lane='attempts: 3, loop: {command: "cat size.txt", patience: 1}',
    )
    ends.append(factory)
    run = factory.start("run")
    factory.wait_for("loop.checkpoint", "s/s-small-1", number=2)

    run.kill()
    os.kill(factory.host("s-small-1")["pid"], signal.SIGKILL)
    run.wait(30)
    factory.df("run")

    made = [e.data for e in factory.events("s/s-small-1") if e.type == "loop.checkpoint"]
    assert [data["number"] for data in made] == list(range(1, len(made) + 1))
    assert made[-1]["best"] == min(data["value"] for data in made)
    end = factory.wait_for("session.ended", outcome="proposed")
    assert "no reward for 1 checkpoint of its loop" in end.data["reason"]
