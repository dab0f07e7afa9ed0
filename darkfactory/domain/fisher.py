"""Fisher's exact test of two shares, one-sided."""

import math


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
