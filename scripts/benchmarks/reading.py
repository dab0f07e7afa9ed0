"""What a reader waits for: the review screen over many changes, a landing; and what they catch."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from darkfactory.factory.drill import NothingToDrill, seed
from darkfactory.factory.line import Line, open_line
from darkfactory.gate.room import GateRoom
from darkfactory.gate.warned import warnings_of
from scripts.benchmarks.queue import STEADY
from scripts.benchmarks.report import Row, median
from tests.fakes.factories import Factory, make_factory
from tests.fakes.gates import PretendHarness, offer
from tests.fakes.queue_world import World
from tests.fakes.terminals import Terminal

_WAITING = 200
_TWICE = 2.0
_LANES = """\
version: 1
harness: {command: "true"}
gate: {pretest: 0}
agents: {mock: {kind: mock, script: mock.yaml}}
lanes: {bugs: {default: true, agent: mock}}
"""
_GUARDED = """\
def part_{at}(rows, limit):
    if not rows:
        raise ValueError("nothing to count")
    if len(rows) > limit:
        return rows[:limit]
    return [row + {at} for row in rows]
"""


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return how long the screen takes, who starves in the queue, what drills are like."""
    number, times = (30, 2) if quick else (_WAITING, 9)
    factory = _factory(folder / "screen", number)
    rows = [_opening(factory, number, times), _stepping(factory, number, 3 * times)]
    return [*rows, _starving(2 if quick else 20), _drills(folder / "drills")]


def _opening(factory: Factory, number: int, times: int) -> Row:
    found = [_open(factory, number) for _ in range(times)]
    wall, spent = ([1000 * one[at] for one in found] for at in (0, 1))
    value = f"best {min(wall):.0f} ms, median {median(wall):.0f} ms (CPU {min(spent):.0f} ms)"
    how = f"{times} times, from the start of the command, 80x24; {_load()}"
    return Row(f"the review screen opens, {number} waiting", value, "<= 300 ms", how)


def _open(factory: Factory, number: int) -> tuple[float, float]:
    """Return wall and CPU seconds from the start of the command until the first change is drawn."""
    started = time.monotonic()
    with _screen(factory, f"1 of {number}") as terminal:
        wall = time.monotonic() - started
        used = psutil.Process(terminal.process.pid).cpu_times()
        return wall, used.user + used.system


def _stepping(factory: Factory, number: int, steps: int) -> Row:
    """Time each press of ``n`` until the diff that it leads to is drawn."""
    found = []
    with _screen(factory, "== src/part_000.py") as terminal:
        for step in range(1, min(steps, number - 1) + 1):
            terminal.said = ""
            started = time.monotonic()
            terminal.type(b"n")
            terminal.wait_for(f"== src/part_{step:03d}.py")
            found.append(1000 * (time.monotonic() - started))
            time.sleep(0.5)  # nobody reads a change faster than that
    value = f"best {min(found):.0f} ms, median {median(found):.0f} ms"
    how = f"{len(found)} presses of n, {number} changes wait; {_load()}"
    return Row("the next diff on the review screen", value, "<= 100 ms", how)


def _load() -> str:
    """Return how busy the machine was: wall time tells little where it is more than its cores."""
    return f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"


def _starving(seeds: int) -> Row:
    """Hold the longest wait of what was approved and mergeable against the median one."""
    longest, within = [], []
    for it in STEADY:
        for at in range(seeds):
            waits = [wait for _, wait in World(it, at).run().stays]
            middle = median(waits)
            longest.append(max(waits) / middle)
            within.append(sum(wait <= _TWICE * middle for wait in waits) / len(waits))
    value = (
        f"longest {median(longest):.1f}x the median wait (worst world {max(longest):.1f}x); "
        f"{100 * sum(within) / len(within):.0f} % within 2x"
    )
    how = f"simulated, {len(STEADY)} steady scenarios, {seeds} seeds, 200 changes, one lane"
    return Row("wait of what is approved and mergeable", value, "<= 2x for all", how)


def _drills(folder: Path) -> Row:
    """Seed drills; how many of them the facts warn of, so that a reader need not find it."""
    factory = _factory(folder, 20, code=_GUARDED)
    line = open_line(factory.root)
    line.hub.sync_base()
    try:
        made = seed(line, 20, by="bench")
    except NothingToDrill:
        made = []
    room = line.gate()
    warned = sum(bool(warnings_of(room.find(name))) for name in made)
    value = f"{warned} of {len(made)} drills warned of by the facts; caught by people: not measured"
    how = "minutes a landing and share caught need a person: df retro, df gate drill --report"
    return Row("review effort and seeded defects", value, "published", how)


@contextmanager
def _screen(factory: Factory, shown: str) -> Iterator[Terminal]:
    terminal = Terminal(factory, "gate", cwd=factory.root)
    terminal.wait_for(shown)
    yield terminal
    terminal.type(b"q")
    terminal.wait_for("Next: df gate")
    terminal.end()


def _factory(folder: Path, number: int, *, code: str = "value = {at}\n") -> Factory:
    """Return a factory in which *number* changes wait, each with a file of *code*."""
    folder.mkdir(parents=True)
    factory = make_factory(folder, {"sessions": []}, [], lanes=_LANES)
    line = open_line(factory.root)
    line.hub.sync_base()
    room = _room(line)
    for at in range(number):
        offer(room, f"item-{at:03d}", {f"src/part_{at:03d}.py": code.format(at=at)})
    return factory


def _room(line: Line) -> GateRoom:
    return GateRoom(line.state, line.settings, line.hub, PretendHarness(line.hub), line.clock)
