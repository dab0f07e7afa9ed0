"""What a skill does, by sessions that a draw has given it to and withheld it from. Pure.

The draw is by item, so the item is the unit: its attempts are one try, in the arm that the first
of them was in. Lanes and shares are strata: an item is held against those of its lane that had the
same chance. What the draw decides is whether the skill is *given*: a session that did not open it
counts as one that had it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from darkfactory.domain.fisher import stratified_p
from darkfactory.retro.history import Fate, Sitting

MARGIN = 0.05
_ALPHA = 0.05
_Z = 1.959964
"""The 97.5 % point of the normal distribution."""
_GOOD = frozenset({Fate.LANDED, Fate.REPORTED})


@dataclass(frozen=True, slots=True)
class Chance:
    """One skill in the draw of one session: the *share* that it could be withheld with, and was."""

    skill: str
    version: str
    share: float
    withheld: bool
    sitting: Sitting


@dataclass(frozen=True, slots=True)
class Arm:
    """The items that were given a skill, or not: how many are settled, how many came to good."""

    items: int = 0
    good: int = 0
    sessions: int = 0
    tokens: float | None = None
    """The median of what the sessions of one item used, None where nobody told."""

    @property
    def rate(self) -> float | None:
        """The share of items that landed or were reported."""
        return self.good / self.items if self.items else None


@dataclass(frozen=True, slots=True)
class Holdout:
    """What *skill* at *version* does: *delta* is the rate with it less that without it.

    *interval* is its 95 % interval, *p* of the exact test. *verdict*: better, worse, no difference,
    not enough data.
    """

    skill: str
    version: str
    given: Arm
    withheld: Arm
    delta: float | None
    interval: tuple[float, float] | None
    p: float | None
    verdict: str
    without: tuple[str, ...] = ()
    """The sessions that went without it, oldest first."""


@dataclass(slots=True)
class _Item:
    """All sessions of one item with one skill in the draw."""

    withheld: bool
    sittings: list[Sitting] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return any(one.fate in _GOOD for one in self.sittings)

    @property
    def settled(self) -> bool:
        return self.good or all(one.fate is not Fate.OPEN for one in self.sittings)

    @property
    def tokens(self) -> int | None:
        told = [one.tokens for one in self.sittings]
        return None if None in told else sum(one or 0 for one in told)


_Stratum = tuple[int, int, int, int]
"""Good and all items that were given the skill, good and all of the others."""


def holdouts(chances: Iterable[Chance]) -> list[Holdout]:
    """Return what the draws of each version of each skill tell, by name."""
    drawn: dict[tuple[str, str], list[Chance]] = defaultdict(list)
    for chance in sorted(chances, key=lambda one: one.sitting.at):
        if 0 < chance.share < 1:
            drawn[chance.skill, chance.version].append(chance)
    return [_holdout(*name, found) for name, found in sorted(drawn.items())]


def newcombe(strata: Sequence[_Stratum]) -> tuple[float, tuple[float, float]] | None:
    """Return the difference of two shares over *strata* and its 95 % interval; None without both.

    Strata are weighted as by Mantel and Haenszel. The interval joins the Wilson limits of all
    shares by their squares: G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693; for
    one stratum it is method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 873.
    """
    both = [one for one in strata if one[1] and one[3]]
    weights = [n * m / (n + m) for _, n, _, m in both]
    total = sum(weights)
    if not both:
        return None
    delta = below = above = 0.0
    for (good, n, other, m), raw in zip(both, weights, strict=True):
        weight, p, q = raw / total, good / n, other / m
        (low_p, high_p), (low_q, high_q) = _wilson(good, n), _wilson(other, m)
        delta += weight * (p - q)
        below += weight**2 * ((p - low_p) ** 2 + (high_q - q) ** 2)
        above += weight**2 * ((high_p - p) ** 2 + (q - low_q) ** 2)
    return delta, (delta - math.sqrt(below), delta + math.sqrt(above))


def _holdout(skill: str, version: str, chances: Sequence[Chance]) -> Holdout:
    strata: dict[tuple[str, float], dict[str, _Item]] = defaultdict(dict)
    first: dict[str, tuple[str, float]] = {}
    for one in chances:
        place = first.setdefault(one.sitting.item, (one.sitting.lane, one.share))
        item = strata[place].setdefault(one.sitting.item, _Item(one.withheld))
        item.sittings.append(one.sitting)
    arms = {
        place: ([one for one in items.values() if one.settled]) for place, items in strata.items()
    }
    tables = [_table(items) for items in arms.values()]
    settled = [one for items in arms.values() for one in items]
    found = newcombe(tables)
    delta, interval = found or (None, None)
    p = stratified_p(tables) if found else None
    return Holdout(
        skill=skill,
        version=version,
        given=_arm([one for one in settled if not one.withheld]),
        withheld=_arm([one for one in settled if one.withheld]),
        delta=delta,
        interval=interval,
        p=p,
        verdict=_verdict(interval, p),
        without=tuple(one.sitting.session for one in chances if one.withheld),
    )


def _table(items: Iterable[_Item]) -> _Stratum:
    counts: Mapping[bool, list[bool]] = {True: [], False: []}
    for one in items:
        counts[one.withheld].append(one.good)
    given, without = counts[False], counts[True]
    return sum(given), len(given), sum(without), len(without)


def _arm(items: Sequence[_Item]) -> Arm:
    told = [one.tokens for one in items if one.tokens is not None]
    return Arm(
        items=len(items),
        good=sum(one.good for one in items),
        sessions=sum(len(one.sittings) for one in items),
        tokens=median(told) if told else None,
    )


def _verdict(interval: tuple[float, float] | None, p: float | None) -> str:
    """Return the word for a difference: it has to show in the interval and in the exact test."""
    if interval is None or p is None:
        return "not enough data"
    low, high = interval
    if p <= _ALPHA and (low > 0 or high < 0):
        return "better" if low > 0 else "worse"
    return "no difference" if low >= -MARGIN and high <= MARGIN else "not enough data"


def _wilson(good: int, of: int) -> tuple[float, float]:
    """Return the 95 % limits of a share: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209."""
    share, square = good / of, _Z**2 / of
    middle = share + square / 2
    reach = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return (middle - reach) / (1 + square), (middle + reach) / (1 + square)
