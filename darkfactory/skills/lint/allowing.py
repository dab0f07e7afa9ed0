"""Suppressions: a finding that somebody has looked at, with a reason and until a month.

``df-lint: allow I003 reason="..." until=2027-02`` stands in a comment on the line of the finding or
on the one above; a finding without a line is allowed anywhere in its file or in SKILL.md. The end
is a month, or a day of one.
"""

import calendar
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from darkfactory.config.problems import shown
from darkfactory.errors import did_you_mean
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Finding, Rule, Spot
from darkfactory.skills.lint.text import Text
from darkfactory.skills.sidecar import FILE as SIDECAR

_Place = tuple[str, str, int | None]

ALLOWING = "S015"
"""The rule about suppressions."""
_MARK = "df-lint:"
_ALLOW = re.compile(
    r'allow\s+([A-Z]\d{3})\s+reason="([^"]*\S[^"]*)"\s+until=(20\d\d)-(0[1-9]|1[0-2])'
    r"(?:-(0[1-9]|[12]\d|3[01]))?(?![-\w])"
)
_PARTS = {
    "a rule (`allow I003`)": re.compile(r"allow\s+[A-Z]\d{3}\b"),
    'a reason (`reason="..."`)': re.compile(r'reason="[^"]*\S[^"]*"'),
    "an end (`until=2027-02`)": re.compile(
        r"until=20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?![-\w])"
    ),
}
_ENDED_FIX = "mend what it was about, or look at that again and write a later `until`"


@dataclass(frozen=True, slots=True)
class Allowance:
    """One suppression of *rule* at a place; *until* is its last day."""

    rule: str
    reason: str
    until: date
    file: str
    line: int

    @property
    def places(self) -> set[_Place]:
        """Where findings of its rule are suppressed; no file and no line: wherever it has none."""
        lines = (self.line, self.line + 1, None)
        anywhere = {(self.rule, "", None)} if self.file == "SKILL.md" else set()
        return {(self.rule, self.file, line) for line in lines} | anywhere


def allowances(skill: ParsedSkill) -> list[Allowance]:
    """Return the suppressions of *skill* that are whole and not expired."""
    return [one for one in _written(skill) if isinstance(one, Allowance) and not _ended(one, skill)]


def apart(
    found: Sequence[Finding], allowed: Sequence[Allowance]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return those of *found* that count, and those that are *allowed*."""
    places = {place for each in allowed for place in each.places}
    kept = tuple(one for one in found if places.isdisjoint(_places(one)))
    return kept, tuple(one for one in found if not places.isdisjoint(_places(one)))


def _places(found: Finding) -> set[_Place]:
    """Return the places at one of which a suppression of *found* has to be."""
    here = (found.rule, found.file, found.line)
    return {here, (found.rule, "", None)} if found.line is None else {here}


def idle(
    allowed: Sequence[Allowance], found: Sequence[Finding], rules: Collection[str]
) -> Iterator[Spot]:
    """Yield those of *allowed* of *rules* that none of *found* is suppressed by."""
    places = {place for each in found for place in _places(each)}
    for one in allowed:
        if one.rule in rules and places.isdisjoint(one.places):
            said = (
                f"the suppression of {one.rule} suppresses nothing: there is no such finding here"
            )
            yield Spot(said, one.line, one.file, fix="take it out, or put it where the finding is")


def allowing_rule(rules: Collection[str]) -> Rule:
    """Return the rule about suppressions, of which each names one of *rules*."""
    return Rule(
        ALLOWING, "each suppression names a rule, a reason and an end",
        "what is suppressed without a reason or for ever is forgotten",
        'write `df-lint: allow I003 reason="..." until=2027-02` in a comment',
        _wrong(frozenset((*rules, ALLOWING))),
    )  # fmt: skip


def _wrong(rules: Collection[str]) -> Callable[[ParsedSkill], Iterator[Spot]]:
    """Return the check that yields what suppresses nothing: not whole, of no rule, or expired."""

    def check(skill: ParsedSkill) -> Iterator[Spot]:
        for one in _written(skill):
            if isinstance(one, Spot):
                yield one
            elif one.rule not in rules:
                said = f"a suppression of {one.rule}, which is no rule"
                fix = f"{did_you_mean(one.rule, rules)}docs/skills.md lists the rules"
                yield Spot(said, one.line, one.file, fix=fix)
            elif _ended(one, skill):
                said = f"the suppression of {one.rule} ended on {one.until}"
                yield Spot(said, one.line, one.file, fix=_ENDED_FIX)

    return check


def _ended(one: Allowance, skill: ParsedSkill) -> bool:
    return skill.today is not None and one.until < skill.today


def _written(skill: ParsedSkill) -> Iterator[Allowance | Spot]:
    for text in (*skill.texts.values(), Text(SIDECAR, skill.sidecar.text)):
        for number, near in text.near_exact(_MARK):
            for said in near.split(_MARK)[1:]:
                found = _ALLOW.match(said.strip())
                if found is None:
                    yield Spot(_nothing(said.strip()), number, text.name)
                    continue
                year, month = int(found[3]), int(found[4])
                days = calendar.monthrange(year, month)[1]
                last = date(year, month, min(int(found[5] or days), days))
                yield Allowance(found[1], found[2].strip(), last, text.name, number)


def _nothing(said: str) -> str:
    """Return why the suppression *said* suppresses nothing."""
    lacks = [name for name, part in _PARTS.items() if not part.search(said)]
    why = f"it lacks {' and '.join(lacks)}" if lacks else "its parts stand in another order"
    return f"a suppression that suppresses nothing, for {why}: {shown(said)}"
