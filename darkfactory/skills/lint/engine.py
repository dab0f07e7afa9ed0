"""Hold skills against the rules of a profile."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.skills.lint.catalogue import RULES
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Finding, Profile, Rule, Severity, Spot
from darkfactory.skills.lint.rules_library import ALIKE_RULE, alike

_LICENCE = "S011"
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules count: those of *profile*, and the optional ones in *also*.

    *strict*: warnings are errors. *third_party*: the skill is somebody else's, who has to say under
    which licence it may be copied.
    """

    profile: Profile = "factory"
    also: Collection[str] = ()
    strict: bool = False
    third_party: bool = False


def lint(skills: Sequence[ParsedSkill], choice: Choice) -> list[tuple[Finding, ...]]:
    """Return the findings of each of *skills*, which form one library, most severe first."""
    found = [list(lint_alone(skill, choice)) for skill in skills]
    if ALIKE_RULE.severity(choice.profile):
        for place, spot in alike(skills):
            found[place].append(finding(ALIKE_RULE, spot, choice))
    return [tuple(sorted(each, key=_rank)) for each in found]


def lint_alone(skill: ParsedSkill, choice: Choice) -> Iterator[Finding]:
    """Yield the findings of *skill* by itself."""
    for rule in RULES:
        if rule.severity(choice.profile) and (not rule.optional or rule.id in choice.also):
            for spot in rule.check(skill):
                yield finding(rule, spot, choice)


def finding(rule: Rule, spot: Spot, choice: Choice) -> Finding:
    """Return what *spot* means under *choice*."""
    severity = rule.severity(choice.profile) or "info"
    if spot.severity and choice.profile != "spec":
        severity = spot.severity
    if (choice.strict and severity == "warning") or (choice.third_party and rule.id == _LICENCE):
        severity = "error"
    fix = spot.fix or rule.fix
    return Finding(rule.id, severity, spot.file, spot.line, spot.message, rule.why, fix)


def _rank(found: Finding) -> tuple[int, str, int, str]:
    return _ORDER[found.severity], found.file, found.line or 0, found.rule
