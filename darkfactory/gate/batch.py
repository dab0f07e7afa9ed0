"""What one yes to several changes of a lane may cover, and which of them are opened before: pure.

A batch takes only changes of which nothing has to be said. A random fifth of it is drawn, and a
change that was once drawn stays so: whoever asks again, or for less, has never fewer to open.
"""

import hashlib
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.domain.counting import counted, listed
from darkfactory.domain.lane import BatchCap, Lane
from darkfactory.gate.record import Change, Changes
from darkfactory.gate.warned import HARD_FROM, doubts_of, own_word

SAMPLE_SHARE = 0.2
_NOT_GREEN = "the checks do not pass on the merged result"
UNTESTED = "not tested on the base as it is now"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A change that wants a yes of its own, for the reason *why*."""

    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The changes of *lane* that one yes covers, in reading order, and those that it does not."""

    lane: str
    changes: tuple[Change, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def id(self) -> str:
        """What names these changes at these heads."""
        heads = "\n".join(sorted(f"{one.id} {one.head}" for one in self.changes))
        return f"b-{hashlib.sha256(heads.encode()).hexdigest()[:8]}"

    @property
    def drawn(self) -> tuple[Change, ...]:
        """Those that are to be opened before."""
        return tuple(one for one in self.changes if one.drawn)


def choose(lane: Lane, cap: BatchCap, waiting: Iterable[Change], changes: Changes) -> Batch:
    """Return what a batch of *lane* holds.

    Args:
        waiting: The changes of the lane that wait for a verdict, in reading order.
        changes: Those at the gate, which know how they meet.
    """
    chosen: list[Change] = []
    left_out: list[LeftOut] = []
    files = lines = 0
    for change in waiting:
        size = int(change.facts.get("files") or 0)
        why = why_not(lane, change, changes)
        if not why and (files + size > cap.files or lines + change.lines > cap.lines):
            most = f"{counted(cap.files, 'file')} and {counted(cap.lines, 'line')}"
            why = f"it would be more than a batch of {most}"
        if why:
            left_out.append(LeftOut(change, why))
            continue
        chosen.append(change)
        files, lines = files + size, lines + change.lines
    return Batch(lane.name, tuple(chosen), tuple(left_out))


def why_not(lane: Lane, change: Change, changes: Changes) -> str:
    """Return why *change* wants a yes of its own, empty where it may be one of several."""
    return next(_hindrances(lane, change, changes), "")


def to_draw(batch: Batch, chance: random.Random) -> Sequence[Change]:
    """Return what is drawn besides what was drawn before, so that a fifth is, at least one."""
    left = [one for one in batch.changes if not one.drawn]
    missing = sample_size(len(batch.changes)) - len(batch.drawn)
    return chance.sample(left, max(0, min(missing, len(left))))


def sample_size(number: int) -> int:
    """Return how many of *number* changes are opened before one yes to them all."""
    return min(number, max(1, math.ceil(SAMPLE_SHARE * number)))


def _hindrances(lane: Lane, change: Change, changes: Changes) -> Iterator[str]:
    facts, check = change.facts, change.check
    if check and (check.get("result") != "pass" or not check.get("green")):
        yield _NOT_GREEN
    if not changes.is_pretested(change):
        yield UNTESTED
    with_base, beside = changes.conflicts_with_base(change), changes.conflicts_of(change)
    if with_base or beside:
        yield f"it conflicts with {listed([*(['the base'] if with_base else []), *beside])}"
    yield from doubts_of(change)
    alone = own_word(change)
    if alone:
        yield alone
    if any(claim.get("holds") is False for claim in check.get("claims") or ()):
        yield "a claim of the agent is refuted"
    if change.risk.score >= HARD_FROM:
        yield f"its risk is {change.risk.score:.2f}, not below {HARD_FROM:.2f}"
    waffle = float((facts.get("waffle") or {}).get("score") or 0.0)
    if waffle >= lane.waffle.warn:
        yield f"its waffle score is {waffle:.2f}, not below {lane.waffle.warn:.2f}"
