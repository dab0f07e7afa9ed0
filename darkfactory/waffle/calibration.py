"""The estimate that a session fails: a ridge logistic fitted to finished sessions of one lane.

It informs and never acts. A lane's estimate is kept only if it ranks sessions that it was not
fitted to better than their length does; before that nothing is said.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.waffle.profile import FEATURES

FILE = "waffle.json"
FEWEST_SESSIONS = 100
FEWEST_OF_EACH = 20
GAIN = 0.03
_FOLDS = 5
_RIDGE = 6.0
_STEPS = 12
_LARGEST = 30.0

Row = Sequence[float]


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished session: its numbers, whether it *failed*, and the *task* it was at."""

    task: str
    features: tuple[float, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """The fitted estimate of one lane."""

    bias: float
    weights: tuple[float, ...]
    """One for each of :data:`FEATURES`, as they are."""

    def risk(self, features: Row) -> float:
        """Return the chance, 0 to 1, that a session with *features* fails."""
        return _sigmoid(self.bias + sum(map(_product, self.weights, features)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What fitting a lane came to; *estimate* is None where it is not kept, *why* says it."""

    lane: str
    sessions: int
    failed: int
    auroc: float | None
    auroc_length: float | None
    estimate: Estimate | None
    why: str


def calibrated(lane: str, samples: Sequence[Sample]) -> Verdict:
    """Return the estimate for *lane*, held against the length of sessions it had not seen."""
    failed = sum(one.failed for one in samples)
    few = min(failed, len(samples) - failed)
    if len(samples) < FEWEST_SESSIONS or few < FEWEST_OF_EACH:
        why = (
            f"not enough yet: {len(samples)} finished sessions ({FEWEST_SESSIONS} are needed),"
            f" {few} of the rarer outcome ({FEWEST_OF_EACH})"
        )
        return Verdict(lane, len(samples), failed, None, None, None, why)
    outcomes = [one.failed for one in samples]
    found = auroc(outcomes, _held_out(samples))
    length = auroc(outcomes, [one.features[0] for one in samples])
    length = max(length, 1 - length)  # in some lanes the short sessions are those that fail
    if found < length + GAIN:
        why = f"no better than length: {found:.3f} against {length:.3f}"
        return Verdict(lane, len(samples), failed, found, length, None, why)
    why = f"better than length: {found:.3f} against {length:.3f}"
    return Verdict(lane, len(samples), failed, found, length, fitted(samples), why)


def fitted(samples: Sequence[Sample]) -> Estimate:
    """Return the ridge logistic of *samples*, each class counting half."""
    rows = [one.features for one in samples]
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    scales = [
        math.sqrt(sum((value - mean) ** 2 for value in column) / len(rows)) or 1.0
        for column, mean in zip(zip(*rows, strict=True), means, strict=True)
    ]
    scaled = [
        [1.0, *((v - m) / s for v, m, s in zip(row, means, scales, strict=True))] for row in rows
    ]
    solution = _newton(scaled, [one.failed for one in samples])
    weights = tuple(w / s for w, s in zip(solution[1:], scales, strict=True))
    return Estimate(solution[0] - sum(map(_product, weights, means)), weights)


def auroc(outcomes: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the chance that a failed session scores above one that did not fail."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and scores[order[end + 1]] == scores[order[start]]:
            end += 1
        for at in order[start : end + 1]:
            ranks[at] = (start + end) / 2 + 1
        start = end + 1
    positive = sum(outcomes)
    above = sum(rank for rank, failed in zip(ranks, outcomes, strict=True) if failed)
    return (above - positive * (positive + 1) / 2) / (positive * (len(outcomes) - positive))


def as_file(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what is kept of *verdicts* as the JSON object of ``waffle.json``."""
    lanes = {}
    for one in verdicts:
        if one.estimate is not None and one.auroc is not None and one.auroc_length is not None:
            lanes[one.lane] = {
                "sessions": one.sessions,
                "failed": one.failed,
                "auroc": round(one.auroc, 4),
                "auroc_length": round(one.auroc_length, 4),
                "bias": one.estimate.bias,
                "weights": dict(zip(FEATURES, one.estimate.weights, strict=True)),
            }
    return {"version": 1, "lanes": lanes}


def from_file(body: Any) -> dict[str, Estimate] | None:
    """Return the estimates of a decoded ``waffle.json`` by lane, None if it is not one."""
    lanes = body.get("lanes") if isinstance(body, dict) and body.get("version") == 1 else None
    if not isinstance(lanes, dict):
        return None
    found = {name: _estimate(told) for name, told in lanes.items()}
    return {name: one for name, one in found.items() if one} if all(found.values()) else None


def _estimate(told: Any) -> Estimate | None:
    weights = told.get("weights") if isinstance(told, dict) else None
    if not isinstance(weights, Mapping) or set(weights) != set(FEATURES):
        return None
    numbers = [told.get("bias"), *(weights[name] for name in FEATURES)]
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
        return None
    return Estimate(numbers[0], tuple(numbers[1:]))


def _held_out(samples: Sequence[Sample]) -> list[float]:
    """Return for each of *samples* the risk by a fit without its task."""
    tasks = sorted({one.task for one in samples})
    fold_of = {task: number % _FOLDS for number, task in enumerate(tasks)}
    risks = [0.0] * len(samples)
    for fold in range(_FOLDS):
        rest = [one for one in samples if fold_of[one.task] != fold]
        if len({one.failed for one in rest}) < 2:  # noqa: PLR2004 - nothing to tell apart
            continue
        estimate = fitted(rest)
        for at, one in enumerate(samples):
            if fold_of[one.task] == fold:
                risks[at] = estimate.risk(one.features)
    return risks


def _newton(rows: Sequence[Row], outcomes: Sequence[bool]) -> list[float]:
    size = len(rows[0])
    positive = max(1, sum(outcomes))
    share = (len(rows) / 2 / positive, len(rows) / 2 / max(1, len(rows) - positive))
    solution = [0.0] * size
    for _ in range(_STEPS):
        gradient = [-_RIDGE * value for value in solution]
        gradient[0] = 0.0
        curve = [[_RIDGE * (i == j and i > 0) for j in range(size)] for i in range(size)]
        for row, failed in zip(rows, outcomes, strict=True):
            chance = _sigmoid(sum(map(_product, solution, row)))
            weight = share[0] if failed else share[1]
            off, bend = weight * (failed - chance), weight * chance * (1 - chance)
            for i, value in enumerate(row):
                gradient[i] += off * value
                for j in range(i + 1):
                    curve[i][j] += bend * value * row[j]
        for i in range(size):
            for j in range(i):
                curve[j][i] = curve[i][j]
        solution = [a + b for a, b in zip(solution, _solved(curve, gradient), strict=True)]
    return solution


def _solved(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Return the solution of a positive definite system, by Gauss."""
    size = len(vector)
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for at in range(size):
        best = max(range(at, size), key=lambda i: abs(rows[i][at]))
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at][at] or 1e-9
        for below in range(at + 1, size):
            factor = rows[below][at] / pivot
            for column in range(at, size + 1):
                rows[below][column] -= factor * rows[at][column]
    solution = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][column] * solution[column] for column in range(at + 1, size))
        solution[at] = (rows[at][size] - known) / (rows[at][at] or 1e-9)
    return solution


def _product(one: float, other: float) -> float:
    return one * other


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-_LARGEST, min(_LARGEST, value))))
