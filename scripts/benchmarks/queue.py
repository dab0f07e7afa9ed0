"""The queue of the gate: simulated against other policies, and thousands of landings with kills."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, log2
from pathlib import Path
from statistics import mean

from darkfactory.gate.blame import Do, Step
from scripts.benchmarks.report import Row
from tests.fakes import blame_world
from tests.fakes.crash_world import live_through
from tests.fakes.queue_world import Outcome, Scenario, World

STEADY = (
    Scenario(1, 0.5, 0.1),
    Scenario(1, 0.8, 0.05),
    Scenario(2, 1.5, 0.1),
    Scenario(4, 3.0, 0.1),
    Scenario(4, 3.0, 0.03),
    Scenario(4, 2.0, 0.3),
)
_BURSTS = (
    Scenario(1, 0.0, 0.1, changes=40),
    Scenario(2, 0.0, 0.03, changes=40),
    Scenario(4, 0.0, 0.1, changes=40),
)
_RUNS = {STEADY[0]: "<= 1.10", STEADY[1]: "<= 1.10", STEADY[2]: "<= 1.10", _BURSTS[0]: "<= 0.90"}
_CONFIRMED = 3  # the base, the culprit and the commit before it are run once more
_SPEED = {_BURSTS[1]: ">= 2.5"}


def measure(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield how the policy fares in each scenario, what blaming costs, what kills have done."""
    seeds = 2 if quick else 20
    for it in (*STEADY, *_BURSTS):
        yield from _scenario(it, seeds)
    for it in STEADY[:5]:
        yield _flaky(it, seeds)
    for landings in (8, 64, 255):
        yield _blamed(landings)
    yield _kills(folder, 20 if quick else 1100)


def _scenario(it: Scenario, seeds: int) -> list[Row]:
    """Return one row: ours with a harness known to be steady, then one that is not known yet."""
    ours, fresh = _worlds(it, seeds, retries=False), _worlds(it, seeds)
    serial, train = _worlds(it, seeds, serial=True, batch=1), _worlds(it, seeds, batch=1)
    how = f"{it.changes} changes, {seeds} seeds; in brackets: fresh project, train, serial"
    runs = [_runs(group) for group in (ours, fresh, train, serial)]
    rows = [Row(f"runs a landing, {_words(it)}", _line(runs), _RUNS.get(it, "-"), how)]
    if it.rate:
        waits = [mean(one.wait(0.95) for one in group) for group in (ours, fresh, train, serial)]
        rows.append(Row(f"wait in runs, p95, {_words(it)}", _line(waits), "< serial", how))
    else:
        speed = [mean(one.throughput for one in group) for group in (ours, fresh, train, serial)]
        goal = _SPEED.get(it, "> serial")
        rows.append(Row(f"landings a run's time, {_words(it)}", _line(speed), goal, how))
    return rows


def _flaky(it: Scenario, seeds: int) -> Row:
    found = _worlds(replace(it, flakes=0.05), seeds)
    wrongly = sum(one.wrongly for one in found)
    judged = sum(len(one.landed) + one.refused for one in found)
    value = f"{_runs(found):.2f} runs a landing, {100 * wrongly / judged:.1f} % bounced wrongly"
    how = f"{it.changes} changes, {seeds} seeds, fresh project"
    return Row(f"5 % flaky runs, {_words(it)}", value, "<= 1.8, <= 1 %", how)


def _blamed(landings: int) -> Row:
    """Find each of *landings* that may have made the base red, once."""
    worlds = [blame_world.World(landings + 1, bad) for bad in range(1, landings + 1)]
    for world in worlds:
        world.settle()
    found = sum(world.told == Step(Do.BLAME, blame_world.LINE[world.bad]) for world in worlds)
    runs = [len(world.runs) for world in worlds]
    most, goal = max(runs), ceil(log2(landings)) + _CONFIRMED
    value = f"{mean(runs):.1f} runs, {most} at most; {found} of {landings} found"
    how = f"each once; {most} minutes where a run takes one, against {landings} one after another"
    return Row(f"runs to blame one of {landings} landings", value, f"<= {goal}", how)


def _kills(folder: Path, days: int) -> Row:
    landed = kills = 0
    wrong: list[str] = []
    for seed in range(days):
        day = live_through(folder / str(seed), seed)
        landed, kills = landed + day.landed, kills + day.kills
        wrong += day.wrong
    value = f"{len(wrong)} red, lost or doubled of {landed:,} landings with {kills:,} kills"
    return Row("kills at every step of the gate, in memory", value, "0", f"{days} days")


def _worlds(
    it: Scenario,
    seeds: int,
    *,
    serial: bool = False,
    batch: int | None = None,
    retries: bool = True,
) -> list[Outcome]:
    may = retries and not serial and batch is None
    return [World(it, seed, serial=serial, batch=batch, retries=may).run() for seed in range(seeds)]


def _runs(outcomes: list[Outcome]) -> float:
    return sum(one.runs for one in outcomes) / sum(len(one.waits) for one in outcomes)


def _line(figures: list[float]) -> str:
    ours, *others = (f"{figure:.2f}" for figure in figures)
    return f"{ours} ({', '.join(others)})"


def _words(it: Scenario) -> str:
    rate = f"{it.rate:g} a run" if it.rate else "at once"
    runners = f"{it.runners} runner" + ("s" if it.runners > 1 else "")
    return f"{runners}, {it.fails:.0%} fail, {rate}".replace("%", " %")
