"""Who goes first where the harness runs of several commands share one machine: pure."""

from collections.abc import Iterable
from enum import IntEnum


class Wanted(IntEnum):
    """Who waits for a run; the smaller number goes first.

    ``NOW`` is a landing, the check of a proposal, or the loop that an agent waits for. ``AHEAD`` is
    what a person may say yes to soon. Nobody waits for ``EARLY``: the agent works on.
    """

    NOW = 0
    AHEAD = 1
    EARLY = 2


def is_to_wait(wanted: Wanted, going: Iterable[int], runners: int) -> bool:
    """Tell whether a run is not to begin yet: *runners* that go first go on.

    What goes on is never ended for another: half a run is lost work.
    """
    return sum(one < wanted for one in going) >= runners
