"""Scenarios that are kept from whoever words an edit which they then judge. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from darkfactory.domain.digest import short_hash
from darkfactory.evals.gating import Gate, GateVerdict, judge_gate
from darkfactory.evals.result import CellResult

SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Judged:
    """What all scenarios say of an edit, and what those say that its author never saw.

    *held_out* is None where the author was nobody who could have learned them by heart.
    """

    whole: GateVerdict
    held_out: GateVerdict | None = None

    @property
    def passes(self) -> bool:
        """Whether nothing speaks against the edit, and enough for it, in both."""
        return all(one.verdict is Gate.PASS for one in (self.whole, self.held_out) if one)


def held_out(skill: str, scenarios: Iterable[str]) -> frozenset[str]:
    """Return the scenarios of *skill* to hold out: 40 % of them, by a hash of their names.

    The same scenarios are held out whoever asks and whenever; at least one of two or more.
    """
    ordered = sorted(set(scenarios), key=lambda name: short_hash(f"{skill}/{name}"))
    return frozenset(ordered[: round(SHARE * len(ordered))])


def judge_held_out(
    results: Collection[CellResult], pair: tuple[str, str], *, margin: float, shown: Collection[str]
) -> Judged:
    """Return what *results* say as a whole, and those of scenarios that are not among *shown*."""
    kept_back = [one for one in results if one.scenario not in shown]
    whole, apart = (judge_gate(cells, *pair, margin=margin) for cells in (results, kept_back))
    return Judged(whole, apart)
