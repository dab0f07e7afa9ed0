"""The engine keeps its promises: caps, order, no double start, survival of kill -9."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from darkfactory.engine.dbos_engine import DbosEngine
from darkfactory.engine.protocol import Job
from darkfactory.engine.trouble import EngineBroken
from darkfactory.errors import DiskFull
from tests.fakes.room import no_file_larger_than

WORKER = """
import asyncio, pathlib, sys, threading
from darkfactory.engine.dbos_engine import DbosEngine
from darkfactory.engine.protocol import Job

folder = pathlib.Path(sys.argv[1])

class Work:
    async def attempt(self, job):
        with (folder / "starts").open("a") as file:
            file.write(f"{job.key} {job.generation}\\n")
        while not (folder / "go").exists():
            await asyncio.sleep(0.02)

engine = DbosEngine(f"sqlite:///{folder / 'engine.db'}")
engine.start(Work(), 2)
for key in sys.argv[2:]:
    engine.enqueue(Job(key, "a", 1))
print("ready", flush=True)
while engine.active():
    threading.Event().wait(0.02)
print("drained", flush=True)
engine.stop()
"""


class Recorder:
    """Work that notes what runs at once and waits until it is let go."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.running: set[str] = set()
        self.most = 0
        self.cancelled: list[str] = []
        self.open = threading.Event()
        self.changed = threading.Condition()

    async def attempt(self, job: Job) -> None:
        with self.changed:
            self.started.append((job.key, job.generation))
            self.running.add(job.id)
            self.most = max(self.most, len(self.running))
            self.changed.notify_all()
        try:
            await asyncio.to_thread(self.open.wait, 20)
        except asyncio.CancelledError:
            self.cancelled.append(job.key)
            raise
        finally:
            with self.changed:
                self.running.discard(job.id)
                self.changed.notify_all()

    def wait(self, fact: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(fact, timeout=15)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DbosEngine]:
    made = DbosEngine(f"sqlite:///{tmp_path / 'engine.db'}")
    yield made
    made.stop()


def drain(engine: DbosEngine) -> None:
    waiter = threading.Event()
    for _ in range(1000):
        if not engine.active():
            return
        waiter.wait(0.02)
    raise AssertionError(f"still active: {engine.active()}")


def test_the_cap_holds_over_all_lanes(engine: DbosEngine) -> None:
    work = Recorder()
    engine.start(work, 3)

    for number in range(6):
        engine.enqueue(Job(f"a{number}", "a", number + 1))
        engine.enqueue(Job(f"b{number}", "b", number + 1))
    work.wait(lambda: len(work.running) == 3)
    work.open.set()
    drain(engine)

    assert len(work.started) == 12
    assert work.most == 3


def test_jobs_start_in_rank_order_whatever_their_lane(engine: DbosEngine) -> None:
    work = Recorder()
    work.open.set()
    engine.start(work, 1)

    for rank in (5, 3, 4, 1, 2):
        engine.enqueue(Job(f"r{rank}", "ab"[rank % 2], rank))
    drain(engine)

    first, *rest = [key for key, _ in work.started]
    assert rest == sorted(rest)
    assert {first, *rest} == {"r1", "r2", "r3", "r4", "r5"}


def test_a_job_that_ended_here_is_not_active_any_more_when_its_end_is_told(
    engine: DbosEngine,
) -> None:
    work = Recorder()
    engine.start(work, 1)
    engine.enqueue(Job("x", "a", 1))
    work.wait(lambda: bool(work.running))
    before = engine.active()

    work.open.set()
    drain(engine)
    again = engine.enqueue(Job("x", "a", 1, generation=2))
    drain(engine)

    assert (before, again) == (frozenset({"item:x:g1"}), True)
    assert work.started == [("x", 1), ("x", 2)]


def test_jobs_of_an_older_version_neither_run_nor_hold_a_slot(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    first, second = Recorder(), Recorder()
    engine = DbosEngine(url)
    engine.start(first, 1)
    engine.enqueue(Job("old", "a", 1))
    first.wait(lambda: bool(first.running))
    engine.stop()
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database, database:
        database.execute("update workflow_status set application_version = 'flow-0'")

    successor = DbosEngine(url)
    second.open.set()
    successor.start(second, 1)
    successor.enqueue(Job("new", "a", 1))
    drain(successor)
    successor.stop()

    assert second.started == [("new", 1)]


def test_the_same_job_is_never_enqueued_twice_and_a_new_generation_is(engine: DbosEngine) -> None:
    work = Recorder()
    work.open.set()
    engine.start(work, 1)

    first = engine.enqueue(Job("x", "a", 1))
    again = engine.enqueue(Job("x", "a", 1))
    drain(engine)
    after = engine.enqueue(Job("x", "a", 1))
    known = engine.generation("x")
    fresh = engine.enqueue(Job("x", "a", 1, generation=known + 1))
    drain(engine)

    assert (first, again, after, known, fresh) == (True, False, False, 1, True)
    assert work.started == [("x", 1), ("x", 2)]


def test_stopping_the_engine_leaves_running_jobs_to_the_next_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    first, second = Recorder(), Recorder()
    engine = DbosEngine(url)
    engine.start(first, 1)
    engine.enqueue(Job("x", "a", 1))
    first.wait(lambda: bool(first.running))

    engine.stop()
    successor = DbosEngine(url)
    second.open.set()
    successor.start(second, 1)
    drain(successor)
    successor.stop()

    assert second.started == [("x", 1)]


def test_cancelling_a_job_ends_the_wait_for_it(engine: DbosEngine) -> None:
    work = Recorder()
    engine.start(work, 1)
    engine.enqueue(Job("running", "a", 1))
    engine.enqueue(Job("queued", "a", 2))
    work.wait(lambda: bool(work.running))

    engine.cancel(frozenset({"item:running:g1", "item:queued:g1"}))

    assert engine.active() == frozenset()
    assert [key for key, _ in work.started] == ["running"]


def test_rows_are_plain_json(engine: DbosEngine, tmp_path: Path) -> None:
    work = Recorder()
    work.open.set()
    engine.start(work, 1)
    engine.enqueue(Job("x", "a", 7))
    drain(engine)

    with sqlite3.connect(tmp_path / "engine.db") as database:
        rows = database.execute(
            "select workflow_input.inputs, application_version, serialization from workflow_status"
            " join workflow_input using (workflow_uuid) where name = 'item'"
        ).fetchall()
    database.close()

    ((inputs, version, serialization),) = rows
    assert json.loads(inputs)["args"][0]["rank"] == 7
    assert (version, serialization) == ("flow-2", "df_json")


def test_a_file_that_is_no_database_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "engine.db").write_text(
        "this is no database, but long enough to be read as one " * 9
    )

    with pytest.raises(EngineBroken) as caught:
        DbosEngine(f"sqlite:///{tmp_path / 'engine.db'}").start(Recorder(), 1)

    assert "delete it" in caught.value.fix


def test_a_disk_that_is_full_at_the_start_is_told_from_damage(tmp_path: Path) -> None:
    engine = DbosEngine(f"sqlite:///{tmp_path / 'engine.db'}")

    with no_file_larger_than(20_000), pytest.raises(DiskFull, match=r"engine\.db"):
        engine.start(Recorder(), 1)

    engine.stop()


def test_a_disk_that_fills_up_while_jobs_wait_is_told_instead_of_waited_for(
    engine: DbosEngine,
) -> None:
    engine.start(Recorder(), 1)

    with no_file_larger_than(20_000), pytest.raises(DiskFull, match=r"engine\.db"):
        engine.active()


def test_kill_9_of_the_engine_loses_no_job_and_doubles_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    with subprocess.Popen(
        [*command, "x", "y", "z"], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "ready\n"
        waiter = threading.Event()
        starts = tmp_path / "starts"
        while not starts.exists() or len(starts.read_text().splitlines()) < 2:
            waiter.wait(0.02)
        first.send_signal(signal.SIGKILL)

    (tmp_path / "go").touch()
    second = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=True, cwd=os.getcwd()
    )

    assert second.stdout.splitlines() == ["ready", "drained"]
    assert set(starts.read_text().splitlines()) == {"x 1", "y 1", "z 1"}
