"""The gate of a skill: is it worse than what it is held against? Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.domain.fisher import fisher_p
from darkfactory.evals.compare import (
    FEWEST_SCENARIOS,
    Comparison,
    compare,
    condition_order,
    widest_pair,
    without_revision,
)
from darkfactory.evals.reliability import cost_per_success
from darkfactory.evals.report import latest
from darkfactory.evals.result import CellResult

_WAS_KEPT = 0.8
_IS_BROKEN = 0.5
_DOUBT = 0.1
_DEARER = 1.25


class Gate(StrEnum):
    """What the gate says."""

    PASS = "pass"  # noqa: S105 - no password
    REGRESSION = "regression"
    UNSURE = "not enough data"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate says of *b* held against *a*, and why; *comparison* is of completeness."""

    verdict: Gate
    a: str
    b: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    comparison: Comparison | None = None


def judge_gate(results: Iterable[CellResult], a: str, b: str, *, margin: float) -> GateVerdict:
    """Return whether condition *b* is worse than *a*.

    It is when a non-negotiable that was kept is broken, or when completeness falls: the whole
    interval below minus half of the *margin*, or the mean below minus the margin with p < 0.1.
    It passes when the interval lies above minus the margin; else nobody knows.
    """
    cells = [one for one in latest(results) if one.condition in (a, b)]
    broken = tuple(_unproven(cells))
    if broken:
        return GateVerdict(Gate.BROKEN, a, b, broken)
    found = compare(cells, a, b, margin=margin)
    warnings = tuple(_dearer(cells, a, b, found))
    regressions = (*_rules_broken(cells, a, b), *_falls(found, margin))
    if regressions:
        return GateVerdict(Gate.REGRESSION, a, b, regressions, warnings, found)
    unsure = _unsure(found, margin)
    if unsure:
        return GateVerdict(Gate.UNSURE, a, b, (unsure,), warnings, found)
    return GateVerdict(Gate.PASS, a, b, (), warnings, found)


def usual_pair(results: Iterable[CellResult]) -> tuple[str, str]:
    """Return which condition to hold against which: the skill against an older one, if there is.

    Else what has most against what has least. Both are empty where there are no two conditions.
    """
    names = sorted({one.condition for one in results}, key=condition_order)
    for name in names:
        skill = without_revision(name)
        if skill != name and skill in names:
            return name, skill
    return widest_pair(names)


def _unproven(cells: Iterable[CellResult]) -> Iterator[str]:
    for one in cells:
        if not one.proves:
            yield f"{one.scenario} {one.condition} {one.agent} #{one.repeat}: {one.problem}"


def _rules_broken(cells: Sequence[CellResult], a: str, b: str) -> Iterator[str]:
    kept: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in cells:
        for rule, held in one.rules.items():
            kept[rule, one.condition].append(held)
    for rule in sorted({rule for rule, _ in kept}):
        before, now = kept.get((rule, a), []), kept.get((rule, b), [])
        if before and now and _is_broken(before, now):
            told = f"{sum(before)}/{len(before)} -> {sum(now)}/{len(now)}"
            yield f"{rule} is no longer kept: {told}"


def _is_broken(before: Sequence[bool], now: Sequence[bool]) -> bool:
    if sum(before) / len(before) < _WAS_KEPT or sum(now) / len(now) >= _IS_BROKEN:
        return False
    return not any(now) or fisher_p(sum(before), len(before), sum(now), len(now)) < _DOUBT


def _falls(found: Comparison | None, margin: float) -> Iterator[str]:
    if found is None:
        return
    if found.interval is not None and found.interval[1] < -margin / 2:
        yield f"completeness falls by {-found.delta:.3f}, at least by {-found.interval[1]:.3f}"
    elif found.delta < -margin and found.p < _DOUBT:
        yield f"completeness falls by {-found.delta:.3f} (p {found.p:.3f})"


def _unsure(found: Comparison | None, margin: float) -> str:
    if found is None:
        return "no scenario has both conditions"
    if found.interval is None or found.scenarios < FEWEST_SCENARIOS:
        return f"{found.scenarios} scenarios; at least {FEWEST_SCENARIOS} are needed"
    if found.interval[0] < -margin:
        return f"completeness may have fallen by {-found.interval[0]:.3f}, the margin is {margin:g}"
    return ""


def _dearer(cells: Sequence[CellResult], a: str, b: str, found: Comparison | None) -> Iterator[str]:
    before, now = (_price(cells, name) for name in (a, b))
    lifts = found is not None and found.delta > 0
    if before is not None and now is not None and now > _DEARER * before and not lifts:
        yield f"a success costs {now:.2f} USD instead of {before:.2f}, and none more succeed"


def _price(cells: Sequence[CellResult], condition: str) -> float | None:
    own = [one for one in cells if one.condition == condition]
    return cost_per_success([one.cost_usd for one in own], sum(bool(one.strict) for one in own))
