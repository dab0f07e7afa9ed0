"""What became of rules and references: M1 broken, M3 never or always opened, M9 of no use, M11."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from darkfactory.domain.session import Outcome
from darkfactory.domain.skill import NonNegotiable
from darkfactory.retro.case import Case, Rule, telling_lanes
from darkfactory.retro.finding import Finding, find
from darkfactory.retro.shelf import Shelf, rules_of
from darkfactory.retro.wording import key_of, one_line
from darkfactory.skills.checks import CheckInvalid, parse_check
from darkfactory.skills.remedy import LATE, TOP, Remedy, commonest_remedy, remedy_of

FEWEST_LOADS = 20
_EXERCISED = 20
_ALWAYS = 0.9
_RULE = re.compile(
    r"\b(always|must not|must|never|do not|don't)\s+([^.,;:()\n\u2013\u2014]{6,120})", re.IGNORECASE
)
_REASON = re.compile(r"\s+(?:because|so that|-+)\s.*", re.IGNORECASE)
_SHORTEST = 6
_WRAPPED = re.compile(r"\n[ \t]+(?![-*+\d\s])")
_FORBIDS = frozenset({"never", "do not", "don't", "must not"})


def broken_rules(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M1: non-negotiables that sessions broke although they were given the skill.

    Where no agent tells what it loads, having been given the skill counts.
    """
    telling = telling_lanes(cases)
    for (skill, id_), rule in rules_of(shelf).items():
        judged = [case for case in cases if skill in case.skills and case.was_judged((skill, id_))]
        broken = ((case, case.violated_at((skill, id_))) for case in judged)
        found = [(case, case.at(offset)) for case, offset in broken if offset is not None]
        if not found:
            continue
        place = shelf[skill].place_of(rule)
        remedy = commonest_remedy(_remedy(case, skill, place, telling) for case, _ in found)
        said = f"{id_} was broken in {len(found)} of {len(judged)} sessions; {_stands(place)}"
        finding = find("M1", skill, id_, f"{said}: {remedy}", found, alone=bool(rule.enforce))
        yield replace(finding, remedy=remedy)


def _remedy(case: Case, skill: str, place: str, telling: Container[str]) -> Remedy | None:
    loaded = case.has_read(skill) or case.sitting.lane not in telling
    return remedy_of(loaded=loaded, place=place, opened=f"{skill}/{place}" in case.opened)


def _stands(place: str) -> str:
    where = {TOP: "it stands at the top", LATE: "it comes late", "": "SKILL.md lacks it"}
    return where.get(place, f"it stands in {place} only")


def unread_references(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M3: references that nobody opens, and those that everybody does."""
    for name, skill in sorted(shelf.items()):
        loads = [case for case in cases if name in case.loaded]
        if len(loads) < FEWEST_LOADS:
            continue
        for path in sorted(skill.references):
            read = [case for case in loads if f"{name}/{path}" in case.opened]
            if not read:
                seen = [(case, case.at(case.loaded[name])) for case in loads]
                said = f"{path} was opened in none of {len(loads)} sessions that read the skill"
                yield find("M3", name, f"{path} never", said, seen)
            elif len(read) >= _ALWAYS * len(loads):
                seen = [(case, case.at(case.opened[f"{name}/{path}"])) for case in read]
                said = f"{path} was opened in {len(read)} of {len(loads)} sessions"
                yield find("M3", name, f"{path} always", said, seen)


def idle_rules(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M9: rules that are kept as often without their skill, by sessions of the same lanes."""
    for rule in rules_of(shelf):
        skill, id_ = rule
        judged = [case for case in cases if case.was_judged(rule)]
        lanes = {case.sitting.lane for case in judged if skill in case.skills}
        arms: dict[bool, list[Case]] = {True: [], False: []}
        for case in judged:
            if case.sitting.lane in lanes:
                arms[skill in case.skills].append(case)
        if min(map(len, arms.values())) < _EXERCISED:
            continue
        rates = {given: _kept(found, rule) for given, found in arms.items()}
        if rates[False] >= rates[True]:
            kept = ((case, case.kept_at(rule)) for case in arms[False])
            seen = [(case, case.at(offset)) for case, offset in kept if offset is not None]
            said = f"{id_} was kept in {rates[False]:.0%} of sessions without the skill"
            said += f", in {rates[True]:.0%} with it"
            yield find("M9", skill, id_, said, seen)


def _kept(cases: Sequence[Case], rule: Rule) -> float:
    return sum(case.violated_at(rule) is None for case in cases) / len(cases)


def unmet_rules(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M9, too: rules that sessions are judged by, and whose case came in none of them.

    A session that crashed was not judged, and one with another version may not have had the rule.
    """
    for (skill, id_), rule in rules_of(shelf).items():
        had = [
            case
            for case in cases
            if case.skills.get(skill) == shelf[skill].version
            and case.sitting.outcome != Outcome.CRASHED
        ]
        met = any(case.has_met((skill, id_)) for case in had)
        if len(had) >= _EXERCISED and not met and _is_judged(rule):
            seen = [(case, case.at(case.started)) for case in had]
            said = f"the case of {id_} came in none of {len(had)} sessions with the skill"
            yield find("M9", skill, f"{id_} never", said, seen)


def _is_judged(rule: NonNegotiable) -> bool:
    try:
        return rule.check is not None and parse_check(rule.check).is_pure
    except CheckInvalid:
        return False


def contradictions(cases: Sequence[Case], shelf: Shelf) -> Iterator[Finding]:
    """Yield M11: two skills given together, of which one forbids what the other demands."""
    wishes = {name: _wishes(skill.text) for name, skill in shelf.items()}
    for one, other in combinations(sorted(shelf), 2):
        both = [case for case in cases if {one, other} <= set(case.skills)]
        against = {
            (wish, line)
            for wish, (forbids, line) in wishes[one].items()
            if wish in wishes[other] and wishes[other][wish][0] is not forbids
        }
        if both and against:
            wish, line = min(against)
            seen = [(case, case.at(case.started)) for case in both]
            said = f"{one} and {other} contradict each other: {line!r}"
            yield find("M11", one, f"{other} {wish}", said, seen)


def _wishes(text: str) -> dict[str, tuple[bool, str]]:
    """Return what a text demands or forbids: the object, whether it is forbidden, the words.

    The reason that a rule gives is no part of its object.
    """
    wishes = {}
    for found in _RULE.finditer(_WRAPPED.sub(" ", text)):
        said = _REASON.sub("", found[0])
        about = key_of(said[len(found[1]) :])
        if len(about) >= _SHORTEST:
            wishes[about] = found[1].lower() in _FORBIDS, one_line(said)
    return wishes
