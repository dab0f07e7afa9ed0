"""What the waffle score costs, and what it finds in the made sessions beside other rules."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from darkfactory.waffle.score import Scorer
from scripts.benchmarks.report import Row
from scripts.benchmarks.waffle_rules import RULES, Rule
from tests.fakes.waffling import HONEST, WAFFLING, Tape, made


def measure(folder: Path, *, quick: bool) -> list[Row]:  # noqa: ARG001 - needs no folder
    """Return the cost of an event, and the share of made sessions that each rule stops."""
    seeds = range(4 if quick else 20)
    waffling = [made(kind, seed) for kind in WAFFLING for seed in seeds]
    honest = [made(kind, seed) for kind in HONEST for seed in seeds]
    rows = [_cost([*waffling, *honest])]
    rows.append(_found("waffle score", waffling, honest, _steered))
    for name, rule in RULES.items():
        rows.append(_found(f"{name}'s rules", waffling, honest, _alarm(rule)))
    return rows


def _cost(tapes: Iterable[Tape]) -> Row:
    number, best = 0, float("inf")
    for _ in range(3):
        number, started = 0, time.process_time()
        for tape in tapes:
            scorer = Scorer()
            for event in tape.events:
                scorer.feed(event)
            number += len(tape.events)
        best = min(best, time.process_time() - started)
    how = f"CPU, {number} events of made sessions, best of 3"
    return Row("waffle score of one event", f"{best / number * 1e6:.0f} us", "<= 50 us", how)


def _steered(tape: Tape) -> bool:
    scorer = Scorer()
    for event in tape.events:
        scorer.feed(event)
    return scorer.steers > 0


def _alarm(rule: Rule) -> Callable[[Tape], bool]:
    return lambda tape: next(rule(tape.events), None) is not None


def _found(
    name: str, waffling: list[Tape], honest: list[Tape], stops: Callable[[Tape], bool]
) -> Row:
    hits = sum(map(stops, waffling)) / len(waffling)
    alarms = sum(map(stops, honest)) / len(honest)
    how = f"{len(waffling)} made sessions that waffle, {len(honest)} that do not"
    goal = ">= 95 %, <= 2 %" if name == "waffle score" else "-"
    return Row(f"stopped by {name}", f"{hits:.0%} of waffling, {alarms:.0%} of honest", goal, how)
