"""Compare conditions over paired scenarios, and say no more than the numbers prove."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import fmean

from darkfactory.evals.result import CellResult
from darkfactory.evals.statistics import (
    BOOTSTRAP_FROM,
    CONFIDENCE,
    bootstrap_interval,
    detectable,
    sign_flip_p,
    smallest_p,
    t_interval,
)

FEWEST_SCENARIOS = 6
"""Below this no exact test can reach p < 0.05, whatever the differences are."""
MARGIN = 0.05
METRICS = ("completeness", "strict")
_ORDER = (
    *("baseline", "null-skill", "mcp", "mcp+null-skill"),
    *("skill", "skill-inline", "mcp+skill", "mcp+skill-inline"),
)
_REVISION = re.compile("@[^+]*")
_ROUNDING = 1e-12


class Verdict(StrEnum):
    """What a comparison proves."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference"
    NOT_ENOUGH = "not enough data"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Condition *b* held against *a*; *agent* is None where agents are averaged in each scenario.

    *delta* is b - a over paired *scenarios*, *interval* its 95 % t interval, *p* of the exact
    sign-flip test, *detectable* the smallest difference that such a study finds in 8 of 10 cases.
    *bootstrap* is there from 30 scenarios up.
    """

    a: str
    b: str
    agent: str | None
    metric: str
    scenarios: int
    delta: float
    interval: tuple[float, float] | None
    p: float
    verdict: Verdict
    detectable: float | None
    smallest_p: float
    bootstrap: tuple[float, float] | None
    rises: int
    falls: int
    mean_a: float
    mean_b: float


def compare_all(results: Iterable[CellResult], *, margin: float = MARGIN) -> list[Comparison]:
    """Return every pair of conditions compared, all agents together first, then one by one."""
    proven = [each for each in results if each.proves]
    conditions = sorted({each.condition for each in proven}, key=condition_order)
    agents: list[str | None] = [None, *sorted({each.agent for each in proven})]
    tables = [_Table.of(proven, metric, margin) for metric in METRICS]
    found = (
        table.compare(a, b, agent)
        for a, b in combinations(conditions, 2)
        for agent in agents
        for table in tables
    )
    return [each for each in found if each is not None]


def compare(
    results: Sequence[CellResult],
    a: str,
    b: str,
    *,
    agent: str | None = None,
    metric: str = "completeness",
    margin: float = MARGIN,
) -> Comparison | None:
    """Return how *b* differs from *a*, None where no scenario has both."""
    return _Table.of(results, metric, margin).compare(a, b, agent)


def verdict(
    scenarios: int, interval: tuple[float, float] | None, p: float, margin: float
) -> Verdict:
    """Return what an interval and an exact *p* prove together.

    A difference must show in both: the interval leaves zero out and the exact test, which assumes
    nothing of how differences are spread, agrees. *No difference* is a claim of its own: the whole
    interval lies within the *margin*.
    """
    if interval is None or scenarios < FEWEST_SCENARIOS:
        return Verdict.NOT_ENOUGH
    low, high = interval
    if p <= 1 - CONFIDENCE + _ROUNDING and low > _ROUNDING:
        return Verdict.BETTER
    if p <= 1 - CONFIDENCE + _ROUNDING and high < -_ROUNDING:
        return Verdict.WORSE
    if -margin - _ROUNDING <= low and high <= margin + _ROUNDING:
        return Verdict.NO_DIFFERENCE
    return Verdict.NOT_ENOUGH


def condition_order(name: str) -> tuple[int, str, bool]:
    """Return where condition *name* stands among others: what has less comes first.

    An older revision of a skill comes before the skill as it is.
    """
    plain = without_revision(name)
    known = _ORDER.index(plain) if plain in _ORDER else len(_ORDER)
    return (len(_ORDER) + 1 if "distractors" in name else known), plain, plain == name


def without_revision(name: str) -> str:
    """Return the condition that gives the skill as it is where *name* gives an older one."""
    return _REVISION.sub("", name)


def widest_pair(names: Iterable[str]) -> tuple[str, str]:
    """Return the condition that has least and the one that has most, both empty without two.

    Fillers and distractors are there to be compared with, and are no more.
    """
    plain = [name for name in names if "distractors" not in name and "null" not in name]
    ordered = sorted(set(plain), key=condition_order)
    return (ordered[0], ordered[-1]) if len(ordered) > 1 else ("", "")


def scenario_means(results: Iterable[CellResult], metric: str) -> dict[tuple[str, str, str], float]:
    """Return the mean over the repeats by (condition, scenario, agent); every repeat counts."""
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for each in results:
        value = each.completeness if metric == "completeness" else each.strict
        if each.proves and value is not None:
            values[each.condition, each.scenario, each.agent].append(float(value))
    return {place: fmean(found) for place, found in values.items()}


@dataclass(frozen=True, slots=True)
class _Table:
    """The mean of each scenario and agent over its repeats, by condition."""

    metric: str
    margin: float
    means: Mapping[str, Mapping[tuple[str, str], float]]

    @classmethod
    def of(cls, results: Iterable[CellResult], metric: str, margin: float) -> "_Table":
        means: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        for (condition, scenario, agent), mean in sorted(scenario_means(results, metric).items()):
            means[condition][scenario, agent] = mean
        return cls(metric, margin, means)

    def compare(self, a: str, b: str, agent: str | None) -> Comparison | None:
        """Return how *b* differs from *a*, None where no scenario has both."""
        pairs = self._pairs(a, b, agent)
        if not pairs:
            return None
        deltas = [after - before for before, after in pairs]
        interval, p = t_interval(deltas), sign_flip_p(deltas)
        return Comparison(
            a=a,
            b=b,
            agent=agent,
            metric=self.metric,
            scenarios=len(deltas),
            delta=fmean(deltas),
            interval=interval,
            p=p,
            verdict=verdict(len(deltas), interval, p, self.margin),
            detectable=detectable(deltas),
            smallest_p=smallest_p(len(deltas)),
            bootstrap=bootstrap_interval(deltas) if len(deltas) >= BOOTSTRAP_FROM else None,
            rises=sum(each > _ROUNDING for each in deltas),
            falls=sum(each < -_ROUNDING for each in deltas),
            mean_a=fmean(before for before, _ in pairs),
            mean_b=fmean(after for _, after in pairs),
        )

    def _pairs(self, a: str, b: str, agent: str | None) -> list[tuple[float, float]]:
        """Return a and b of each scenario, over the agents that have done both of them there."""
        left, right = self.means.get(a, {}), self.means.get(b, {})
        pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for (scenario, who), before in left.items():
            after = right.get((scenario, who))
            if agent in (None, who) and after is not None:
                pairs[scenario].append((before, after))
        return [
            (fmean(before for before, _ in both), fmean(after for _, after in both))
            for both in pairs.values()
        ]
