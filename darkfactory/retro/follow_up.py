"""Whether an accepted edit of a skill did any good: sessions before it against those after. Pure.

An association, not a cause: other things change as well. It is there to catch what made things
worse; what an edit does by itself is for evals to tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from darkfactory.domain.fisher import fisher_p
from darkfactory.retro.case import Case, Evidence
from darkfactory.retro.decided import Decision
from darkfactory.retro.history import Fate

ENOUGH = 20
"""How many settled sessions with the new version are looked at, and as many before it."""
_DOUBT = 0.1
_GOOD = frozenset({Fate.LANDED, Fate.REPORTED})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What became of *skill* since proposal *proposal* landed as *version*.

    *good* of *sessions* with the version landed or were reported, *good_before* of
    *sessions_before* with the versions before. *verdict*: better, worse, no difference, too early.
    *evidence* are the sessions of *items* with the version that came to nothing.
    """

    proposal: str
    skill: str
    version: str
    good: int
    sessions: int
    good_before: int
    sessions_before: int
    verdict: str
    items: int = 0
    evidence: tuple[Evidence, ...] = ()


def follow_ups(cases: Iterable[Case], decided: Iterable[Decision]) -> list[FollowUp]:
    """Return how the sessions of each accepted edit fared, in the order of *decided*."""
    settled = sorted(
        (case for case in cases if case.sitting.fate is not Fate.OPEN),
        key=lambda one: one.sitting.at,
    )
    return [_followed(settled, one) for one in decided if one.accepted and one.version]


def _followed(cases: Sequence[Case], decision: Decision) -> FollowUp:
    given = [case for case in cases if decision.skill in case.skills]
    first = next(
        (at for at, case in enumerate(given) if case.skills[decision.skill] == decision.version),
        len(given),
    )
    after = [case for case in given[first:] if case.skills[decision.skill] == decision.version]
    after, before = after[:ENOUGH], given[:first][-ENOUGH:]
    good, good_before = _good(after), _good(before)
    return FollowUp(
        decision.proposal,
        decision.skill,
        decision.version,
        good,
        len(after),
        good_before,
        len(before),
        _verdict(good, len(after), good_before, len(before)),
        len({case.sitting.item for case in after}),
        tuple(case.at(case.started) for case in after if case.sitting.fate not in _GOOD),
    )


def _good(cases: Sequence[Case]) -> int:
    return sum(case.sitting.fate in _GOOD for case in cases)


def _verdict(good: int, now: int, good_before: int, before: int) -> str:
    """Return the word for two shares, by Fisher's exact test, one-sided, p < 0.1."""
    if now < ENOUGH or not before:
        return "too early"
    if fisher_p(good_before, before, good, now) < _DOUBT:
        return "worse"
    if fisher_p(good, now, good_before, before) < _DOUBT:
        return "better"
    return "no difference"
