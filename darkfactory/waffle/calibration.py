"""What the finished sessions of a lane tell: the estimate that one fails, and what is usual.

The estimate informs and never acts. It is kept only if it ranks sessions that it was not fitted
to better than their length does; before that nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.waffle.ridge import Estimate, fitted
from darkfactory.waffle.usual import Pace, Usual, usual_of

FEWEST_SESSIONS = 100
FEWEST_OF_EACH = 20
GAIN = 0.03
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished session: its numbers, whether it *failed*, and the *task* it was at."""

    task: str
    features: tuple[float, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sessions of a lane come to; *finished* of them have ended.

    *failed* of *sessions* whose outcome is known did. *estimate* is None where it is not kept,
    *why* says it.
    """

    lane: str
    sessions: int
    failed: int
    auroc: float | None
    auroc_length: float | None
    estimate: Estimate | None
    why: str
    finished: int = 0
    usual: Usual | None = None


def calibrated(lane: str, samples: Sequence[Sample], paces: Sequence[Pace] = ()) -> Verdict:
    """Return what is kept of *lane*.

    Args:
        lane: Its name.
        samples: Its sessions whose outcome is known. The estimate is held against the length of
            those that it was not fitted to.
        paces: How all of its finished sessions got on.
    """
    failed = sum(one.failed for one in samples)
    auroc, length, estimate, why = _estimated(samples, failed)
    usual = usual_of(paces)
    return Verdict(lane, len(samples), failed, auroc, length, estimate, why, len(paces), usual)


def _estimated(
    samples: Sequence[Sample], failed: int
) -> tuple[float | None, float | None, Estimate | None, str]:
    few = min(failed, len(samples) - failed)
    if len(samples) < FEWEST_SESSIONS or few < FEWEST_OF_EACH:
        why = (
            f"not enough yet: {len(samples)} finished sessions ({FEWEST_SESSIONS} are needed),"
            f" {few} of the rarer outcome ({FEWEST_OF_EACH})"
        )
        return None, None, None, why
    outcomes = [one.failed for one in samples]
    found = auroc(outcomes, held_out(samples))
    length = auroc(outcomes, [one.features[0] for one in samples])
    length = max(length, 1 - length)  # in some lanes the short sessions are those that fail
    if found < length + GAIN:
        return found, length, None, f"no better than length: {found:.3f} against {length:.3f}"
    why = f"better than length: {found:.3f} against {length:.3f}"
    return found, length, fitted(samples), why


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


def held_out(samples: Sequence[Sample]) -> list[float]:
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
