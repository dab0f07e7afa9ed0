"""What all results come to: comparisons, and each condition and agent by itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from darkfactory.evals.advice import Advice, advice_body
from darkfactory.evals.compare import (
    MARGIN,
    Comparison,
    compare_all,
    condition_order,
    scenario_means,
)
from darkfactory.evals.reliability import cost_per_success, flake_rate, reliability
from darkfactory.evals.result import CellResult

_DIGITS = 6
_BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one agent did under one condition. What is not known is None.

    *completeness* and *strict* are means over scenarios, as in comparisons: one whose repeats
    failed counts as much as the others.
    """

    condition: str
    agent: str
    cells: int
    unproven: int
    completeness: float | None
    strict: float | None
    rules_kept: float | None
    k: int | None
    pass_1: float | None
    pass_k: float | None
    pass_all_k: float | None
    flakes: float | None
    tokens: float | None
    cost_usd: float | None
    cost_per_success: float | None
    seconds: float | None
    loaded: float | None


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How much more often one check passes under *b* than under *a*; about 0: it tells nothing."""

    scenario: str
    check: str
    a: str
    b: str
    passed_a: float
    passed_b: float


def latest(results: Iterable[CellResult]) -> list[CellResult]:
    """Return *results* without failures of ours that were made good by a later try."""
    listed = list(results)
    proven = {one.place for one in listed if one.proves}
    return [one for one in listed if one.proves or one.place not in proven]


def standings(results: Iterable[CellResult]) -> list[Standing]:
    """Return how each agent did under each condition, conditions in their order."""
    groups: dict[tuple[str, str], list[CellResult]] = defaultdict(list)
    for one in results:
        groups[one.condition, one.agent].append(one)
    ordered = sorted(groups.items(), key=lambda pair: (condition_order(pair[0][0]), pair[0][1]))
    return [_standing(condition, agent, cells) for (condition, agent), cells in ordered]


def discriminations(results: Sequence[CellResult], a: str, b: str) -> list[Discrimination]:
    """Return how each check tells *b* from *a*, those that tell most first."""
    rates: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for one in results:
        if one.proves:
            for check in one.checks:
                if check.decided:
                    rates[one.scenario, check.id, one.condition].append(check.passed)
    found = [
        Discrimination(scenario, check, a, b, fmean(before), fmean(rates[scenario, check, b]))
        for (scenario, check, condition), before in list(rates.items())
        if condition == a and (scenario, check, b) in rates
    ]
    return sorted(found, key=lambda one: (one.passed_a - one.passed_b, one.scenario, one.check))


def too_easy(results: Iterable[CellResult]) -> list[str]:
    """Return the scenarios meant to be failed without the skill that most baseline cells passed."""
    passes: dict[str, list[bool]] = defaultdict(list)
    for one in results:
        if one.expect_fail and one.condition == _BASELINE and one.proves:
            passes[one.scenario].append(bool(one.strict))
    return sorted(name for name, held in passes.items() if 2 * sum(held) > len(held))


def report_body(
    results: Sequence[CellResult], *, margin: float = MARGIN, advice: Sequence[Advice] = ()
) -> dict[str, Any]:
    """Return the JSON of ``df evals report``."""
    results = latest(results)
    return {
        "margin": margin,
        "cells": len(results),
        "unproven": [_unproven(one) for one in results if not one.proves],
        "too_easy": too_easy(results),
        "comparisons": [comparison_body(one) for one in compare_all(results, margin=margin)],
        "conditions": [_standing_body(one) for one in standings(results)],
        "judges": judged(results),
        "advice": [advice_body(one) for one in advice],
    }


def comparison_body(one: Comparison) -> dict[str, Any]:
    """Return *one* as JSON; figures are rounded so that they can be compared."""
    return {
        "a": one.a,
        "b": one.b,
        "agent": one.agent,
        "metric": one.metric,
        "scenarios": one.scenarios,
        "delta": _round(one.delta),
        "interval": _pair(one.interval),
        "p": _round(one.p),
        "verdict": str(one.verdict),
        "smallest_p": _round(one.smallest_p),
        "detectable": _round(one.detectable),
        "bootstrap": _pair(one.bootstrap),
        "rises": one.rises,
        "falls": one.falls,
        "mean_a": _round(one.mean_a),
        "mean_b": _round(one.mean_b),
    }


def judged(results: Iterable[CellResult]) -> list[dict[str, Any]]:
    """Return what each judge said, with what its votes took: no part of any other figure."""
    cells: dict[str, list[CellResult]] = defaultdict(list)
    for one in results:
        if one.judging is not None and one.proves:
            cells[one.judging.agent].append(one)
    return [_judge_body(agent, judged) for agent, judged in sorted(cells.items())]


def _judge_body(agent: str, cells: Sequence[CellResult]) -> dict[str, Any]:
    asked = [one.judging for one in cells if one.judging is not None]
    said: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for one in cells:
        for check in one.checks:
            if one.judging is not None and check.id in one.judging.checks:
                word = ("yes" if check.passed else "no") if check.decided else "undecided"
                said[one.scenario, check.id, one.condition][word] += 1
    costs = [one.cost_usd for one in asked]
    ordered = sorted(said.items(), key=lambda pair: (*pair[0][:2], condition_order(pair[0][2])))
    return {
        "agent": agent,
        "votes": sum(one.votes for one in asked),
        "tokens": sum(one.tokens for one in asked),
        "cost_usd": None if None in costs else _round(sum(filter(None, costs))),
        "checks": [
            {"scenario": scenario, "check": check, "condition": condition}
            | {word: counts[word] for word in ("yes", "no", "undecided")}
            for (scenario, check, condition), counts in ordered
        ],
    }


def _standing(condition: str, agent: str, cells: Sequence[CellResult]) -> Standing:
    proven = [one for one in cells if one.proves]
    passes: dict[str, list[bool]] = defaultdict(list)
    for one in proven:
        if one.strict is not None:
            passes[one.scenario].append(one.strict)
    reliable = reliability(passes) or (None, None, None, None)
    successes = sum(map(sum, passes.values()))
    costs = [one.cost_usd for one in proven]
    return Standing(
        condition=condition,
        agent=agent,
        cells=len(cells),
        unproven=len(cells) - len(proven),
        completeness=_mean(scenario_means(proven, "completeness").values()),
        strict=_mean(scenario_means(proven, "strict").values()),
        rules_kept=_mean(one.rules_kept for one in proven),
        k=reliable[0],
        pass_1=reliable[1],
        pass_k=reliable[2],
        pass_all_k=reliable[3],
        flakes=flake_rate(passes),
        tokens=_mean(_used(one) for one in proven),
        cost_usd=_mean(costs),
        cost_per_success=cost_per_success(costs, successes),
        seconds=_mean(one.seconds for one in proven),
        loaded=_mean(
            bool(one.skills_loaded) if one.skills_loaded is not None else None for one in proven
        ),
    )


def _used(one: CellResult) -> int | None:
    return one.tokens.get("input", 0) + one.tokens.get("output", 0) if one.tokens else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return fmean(known) if known else None


def _standing_body(one: Standing) -> dict[str, Any]:
    names = Standing.__dataclass_fields__
    return {
        name: _round(value) if isinstance(value := getattr(one, name), float) else value
        for name in names
    }


def _unproven(one: CellResult) -> dict[str, Any]:
    return {
        "scenario": one.scenario,
        "condition": one.condition,
        "agent": one.agent,
        "repeat": one.repeat,
        "outcome": one.outcome,
        "problem": one.problem,
        "session": one.session,
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _pair(interval: tuple[float, float] | None) -> list[float | None] | None:
    return None if interval is None else [_round(interval[0]), _round(interval[1])]
