"""Suppressions: a finding that somebody has looked at, with a reason and until a month.

``df-lint: allow I003 reason="..." until=2027-02`` stands in a comment on the line of the finding or
on the one above; a finding without a line is allowed anywhere in its file or in SKILL.md.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from darkfactory.config.problems import shown
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Finding, Rule, Spot

_MARK = "df-lint:"
_ALLOW = re.compile(
    r'allow\s+([A-Z]\d{3})\s+reason="([^"]*\S[^"]*)"\s+until=(20\d\d)-(0[1-9]|1[0-2])(?!\d)'
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """One suppression of *rule* at a place; *until* is its last day."""

    rule: str
    reason: str
    until: date
    file: str
    line: int

    def covers(self, found: Finding) -> bool:
        """Tell whether *found* is at the place of the suppression."""
        if found.rule != self.rule:
            return False
        if found.line is None:
            return self.file in (found.file, "SKILL.md")
        return self.file == found.file and found.line in (self.line, self.line + 1)


def allowances(skill: ParsedSkill) -> list[Allowance]:
    """Return the suppressions of *skill* that are whole and not expired."""
    return [one for one in _written(skill) if isinstance(one, Allowance) and not _ended(one, skill)]


def apart(
    found: Sequence[Finding], allowed: Sequence[Allowance]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return those of *found* that count, and those that are *allowed*."""
    kept = tuple(one for one in found if not any(each.covers(one) for each in allowed))
    return kept, tuple(one for one in found if any(each.covers(one) for each in allowed))


def wrong_allowances(skill: ParsedSkill) -> Iterator[Spot]:
    """Yield the suppressions that suppress nothing: without rule, reason or end, or expired."""
    for one in _written(skill):
        if isinstance(one, Spot):
            yield one
        elif _ended(one, skill):
            yield Spot(f"the suppression of {one.rule} ended on {one.until}", one.line, one.file)


def _ended(one: Allowance, skill: ParsedSkill) -> bool:
    return skill.today is not None and one.until < skill.today


def _written(skill: ParsedSkill) -> Iterator[Allowance | Spot]:
    for text in skill.texts.values():
        for number, near in text.near_exact(_MARK):
            for said in near.split(_MARK)[1:]:
                found = _ALLOW.match(said.strip())
                if found is None:
                    yield Spot(
                        f"a suppression of nothing: {shown(said.strip())}", number, text.name
                    )
                    continue
                year, month = int(found[3]), int(found[4])
                last = date(year, month, calendar.monthrange(year, month)[1])
                yield Allowance(found[1], found[2].strip(), last, text.name, number)


ALLOWING = Rule(
    "S015", "each suppression names a rule, a reason and an end",
    "what is suppressed without a reason or for ever is forgotten",
    'write `df-lint: allow I003 reason="..." until=2027-02` in a comment',
    wrong_allowances,
)  # fmt: skip
