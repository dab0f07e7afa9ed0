"""How often an agent succeeds: in one try, in any of several, in all of them; at what cost."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean


def pass_at(k: int, tries: int, passed: int) -> float:
    """Return the chance that at least one of *k* of the *tries* passes (pass@k, unbiased)."""
    return 1 - math.comb(tries - passed, k) / math.comb(tries, k)


def pass_all(k: int, tries: int, passed: int) -> float:
    """Return the chance that all *k* of the *tries* pass (pass^k, unbiased)."""
    return math.comb(passed, k) / math.comb(tries, k)


def reliability(passes: Mapping[str, Sequence[bool]]) -> tuple[int, float, float, float] | None:
    """Return k, pass@1, pass@k and pass^k over scenarios, None where there are none.

    Args:
        passes: The strict passes of each scenario. k is the fewest tries that one of them had.
    """
    if not passes or not all(passes.values()):
        return None
    k = min(len(tries) for tries in passes.values())
    counts = [(len(tries), sum(tries)) for tries in passes.values()]
    return (
        k,
        fmean(passed / tries for tries, passed in counts),
        fmean(pass_at(k, tries, passed) for tries, passed in counts),
        fmean(pass_all(k, tries, passed) for tries, passed in counts),
    )


def flake_rate(passes: Mapping[str, Sequence[bool]]) -> float | None:
    """Return the share of the scenarios tried more than once that both passed and failed."""
    repeated = [tries for tries in passes.values() if len(tries) > 1]
    if not repeated:
        return None
    return sum(any(tries) and not all(tries) for tries in repeated) / len(repeated)


def cost_per_success(costs: Collection[float | None], successes: int) -> float | None:
    """Return what one success cost, failures included; None where nothing or not all is known."""
    told = [cost for cost in costs if cost is not None]
    if not successes or len(told) < len(costs):
        return None
    return sum(told) / successes


def estimate(agents: Sequence[str], took: Iterable[tuple[str, float | None]]) -> float | None:
    """Return what a cell of each of *agents* comes to, as they *took* on average before.

    None where there is none of them, or where one is not known.
    """
    known: dict[str, list[float]] = defaultdict(list)
    for agent, amount in took:
        if amount is not None:
            known[agent].append(amount)
    if not agents or not known.keys() >= set(agents):
        return None
    return sum(fmean(known[agent]) for agent in agents)
