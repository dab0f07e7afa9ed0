"""Which scenarios are kept from whoever words an edit that they then judge. Pure."""

from collections.abc import Iterable

from darkfactory.domain.digest import short_hash

SHARE = 0.4


def held_out(skill: str, scenarios: Iterable[str]) -> frozenset[str]:
    """Return the scenarios of *skill* to hold out: 40 % of them, by a hash of their names.

    The same scenarios are held out whoever asks and whenever; at least one of two or more.
    """
    ordered = sorted(set(scenarios), key=lambda name: short_hash(f"{skill}/{name}"))
    return frozenset(ordered[: round(SHARE * len(ordered))])
