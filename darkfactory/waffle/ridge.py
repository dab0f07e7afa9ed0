"""A ridge logistic in plain Python: a chance from a few numbers of each session."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_RIDGE = 6.0
_STEPS = 12
_LARGEST = 30.0

Row = Sequence[float]


class Case(Protocol):
    """What an estimate is fitted to."""

    @property
    def features(self) -> Row:
        """The numbers of a session."""
        ...

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """The fitted estimate of one lane."""

    bias: float
    weights: tuple[float, ...]
    """One for each of :data:`FEATURES`, as they are."""

    def risk(self, features: Row) -> float:
        """Return the chance, 0 to 1, that a session with *features* fails."""
        return _sigmoid(self.bias + sum(map(_product, self.weights, features)))


def fitted(samples: Sequence[Case]) -> Estimate:
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
