"""The signals behind a score: they fade with it and keep the evidence they had."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from darkfactory.waffle.signal import Signal

_FAINTEST = 0.05


class Evidence:
    """The signals that made the score while it falls."""

    def __init__(self) -> None:
        self._shown: dict[str, Signal] = {}

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All of them, most doubtful first."""
        return tuple(sorted(self._shown.values(), key=lambda one: (-one.doubt, one.name)))

    def halve(self) -> None:
        """Let all fade to the half: there was progress."""
        self._shown = {
            name: replace(one, strength=one.strength / 2) for name, one in self._shown.items()
        }

    def take(self, found: Sequence[Signal], *, kept: float) -> None:
        """Take the signals *found* now; of those before only the share *kept* is left."""
        if not self._shown and not found:
            return
        shown = {
            name: replace(one, strength=one.strength * kept)
            for name, one in self._shown.items()
            if one.strength * kept >= _FAINTEST
        }
        for one in found:
            if one.name not in shown or one.strength >= shown[one.name].strength:
                shown[one.name] = one
        self._shown = shown


def doubt_of(found: Iterable[Signal]) -> float:
    """Return the noisy-or over families of their strongest signals."""
    families: dict[str, float] = {}
    for one in found:
        families[one.family] = max(one.doubt, families.get(one.family, 0.0))
    trust = 1.0
    for doubt in families.values():
        trust *= 1.0 - doubt
    return 1.0 - trust
