"""Which prefixes of the queue to test, to land and to refuse next: pure.

Approved changes form one chain on the base. Runners test prefixes of it; a green one lands whole, a
red one is searched for its first bad change. Batches grow only where more changes wait than
runners are free, and shrink as more changes fail. One runner and no batch is the queue that tests
one change at a time; batches of one are a train.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

_LARGEST_BATCH = 8
_FEW_RUNNERS = 2
_SHARE_FEW, _SHARE_MANY = 0.4, 0.2
_SMALLEST_FOR_MANY = 3
_PRIOR_FAILED, _PRIOR_JUDGED = 0.5, 10
_PRIOR_FLAKES, _PRIOR_RETRIES = 1, 4
_WORTH_A_RUN = 0.08
_RETRIES_OF_FLAKY = 3


class Verdict(StrEnum):
    """What the harness says of a prefix."""

    GREEN = "green"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at one moment. A prefix is named by its length; the first change has place 1.

    *approved* changes come first, then those *planned*: they would follow if their reader says yes.
    *alone* holds the places of changes that are tested with no other one, at the front.
    *batch* is how many changes one more run may add.
    """

    approved: int
    planned: int = 0
    alone: Collection[int] = ()
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    running: Collection[int] = ()
    runners: int = 1
    batch: int = 1

    @property
    def free(self) -> int:
        """How many runners have nothing to do."""
        return max(0, self.runners - len(self.running))


@dataclass(frozen=True, slots=True)
class Moves:
    """What to do now: *land* that prefix (0: none), *refuse* the change at that place (0: none).

    Then *stop* and *start* the runs of these prefixes.
    """

    land: int = 0
    refuse: int = 0
    start: tuple[int, ...] = ()
    stop: tuple[int, ...] = ()


def decide(queue: Queue) -> Moves:
    """Return what to do about *queue* at this moment.

    The longest green prefix of approved changes lands; it clears every red one within it. Failing
    that the shortest red prefix is searched between it and the longest green one below. Failing
    that free runners take on more.
    """
    green = [place for place, verdict in queue.verdicts.items() if verdict is Verdict.GREEN]
    land = max((place for place in green if place <= queue.approved), default=0)
    if land:
        return Moves(land=land)
    high = min((p for p, verdict in queue.verdicts.items() if verdict is Verdict.RED), default=0)
    if high:
        return _search(queue, max((place for place in green if place < high), default=0), high)
    return Moves(start=tuple(_go_on(queue, max([0, *green, *queue.running]))))


def _search(queue: Queue, low: int, high: int) -> Moves:
    """Look for the first bad change behind the good prefix *low* in the bad prefix *high*."""
    if high - low == 1:
        return Moves(refuse=high)
    inside = [place for place in queue.running if low < place < high]
    wanted = _split(low, high, inside, queue.runners)
    beside = sorted((p for p in queue.running if p not in inside), reverse=True)
    stop = tuple(beside[: max(0, len(wanted) - queue.free)])
    return Moves(start=tuple(wanted[: queue.free + len(stop)]), stop=stop)


def _split(low: int, high: int, running: Sequence[int], runners: int) -> list[int]:
    """Return the places, at most as many as *runners* with those *running*, that halve the gaps."""
    edges, found = sorted((low, high, *running)), []
    while len(edges) - 2 < min(runners, high - low - 1):
        at = max(range(len(edges) - 1), key=lambda i: edges[i + 1] - edges[i])
        place = edges[at] + (edges[at + 1] - edges[at]) // 2
        edges.insert(at + 1, place)
        found.append(place)
    return found


def _go_on(queue: Queue, front: int) -> Iterator[int]:
    """Yield the prefixes that free runners take on behind the prefix *front*."""
    end = queue.approved + queue.planned
    first_alone = min(queue.alone, default=0)
    if first_alone:
        end = min(end, max(1, first_alone - 1))
    for free in range(queue.free, 0, -1):
        if front >= end:
            return
        waiting = max(0, queue.approved - front)
        front = min(end, front + max(1, min(queue.batch, ceil(waiting / free))))
        yield front


def batch_limit(rate: float, runners: int) -> int:
    """Return how many changes one run may add where a share *rate* of changes fails.

    Fewer where there are many runners: they would rather test more prefixes. A small batch is none
    there: while one is searched that is red, more of them wait than it has saved runs.
    """
    few = runners <= _FEW_RUNNERS
    batch = min(_LARGEST_BATCH, int((_SHARE_FEW if few else _SHARE_MANY) / rate))
    return batch if batch >= (1 if few else _SMALLEST_FOR_MANY) else 1


def failure_rate(failed: Sequence[bool]) -> float:
    """Return the share of changes that fail when they are to land, from those judged last."""
    return (sum(failed) + _PRIOR_FAILED) / (len(failed) + _PRIOR_JUDGED)


def is_worth_a_retry(
    *, retries: int, flakes: int, tried: int, seen_twice: bool, known_flaky: bool
) -> bool:
    """Tell whether a change whose own run was red is run once more before it is refused.

    Args:
        retries: How many such runs there were so far, for any change.
        flakes: How many of them were green.
        tried: How many of them this very change has had.
        seen_twice: Another run with this change in it failed in the same tests.
        known_flaky: All that failed here has failed and passed on one tree before.
    """
    if known_flaky:
        return tried < _RETRIES_OF_FLAKY
    expected = (flakes + _PRIOR_FLAKES) / (retries + _PRIOR_RETRIES)
    return tried == 0 and not seen_twice and expected > _WORTH_A_RUN
