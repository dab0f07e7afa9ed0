"""Fisher's exact test of two shares: one-sided, and two-sided over strata."""

import math
from collections import defaultdict
from collections.abc import Sequence

_TIE = 1e-7
"""By how much two chances may differ and be the same."""


def fisher_p(kept_before: int, before: int, kept_now: int, now: int) -> float:
    """Return the one-sided p of Fisher's exact test that less is kept now than before.

    The chance of *kept_now* of *now* or fewer, given how many of both together are kept: a sum of
    the hypergeometric distribution (R. A. Fisher, Statistical Methods for Research Workers, 5th
    edition, 1934, section 21.02).
    """
    kept, total = kept_before + kept_now, before + now
    ways = sum(
        math.comb(now, each) * math.comb(before, kept - each)
        for each in range(max(0, kept - before), kept_now + 1)
    )
    return ways / math.comb(total, kept)


def stratified_p(strata: Sequence[tuple[int, int, int, int]]) -> float:
    """Return the two-sided p of the exact test that two shares are the same in all *strata*.

    Given how many of both together are kept in each stratum: the chance of all sums that are no
    likelier than the one seen (N. Mantel and W. Haenszel, J. Natl. Cancer Inst. 22 (1959) 719,
    made exact). For one stratum it is Fisher's exact test.

    Args:
        strata: Of each: kept and all of the one group, kept and all of the other.
    """
    chances, seen = {0: 1.0}, 0
    for kept, of, other, others in strata:
        both = kept + other
        every = _log_ways(of + others, both)
        shares = {
            each: math.exp(_log_ways(of, each) + _log_ways(others, both - each) - every)
            for each in range(max(0, both - others), min(of, both) + 1)
        }
        joined: dict[int, float] = defaultdict(float)
        for total, chance in chances.items():
            for each, share in shares.items():
                joined[total + each] += chance * share
        chances, seen = joined, seen + kept
    limit = chances[seen] * (1 + _TIE)
    return min(1.0, sum(chance for chance in chances.values() if chance <= limit))


def _log_ways(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
