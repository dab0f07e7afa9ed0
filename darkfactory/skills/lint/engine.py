"""Hold skills against the rules of a profile."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.skills.lint.allowing import ALLOWING, allowances, apart, idle
from darkfactory.skills.lint.catalogue import BY_ID, RULES
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


def parted(
    skill: ParsedSkill, found: Sequence[Finding], choice: Choice
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return those of *found* in *skill* that count, and those that it has suppressed.

    A suppression of nothing counts, too, where its rule was asked and only the skill answers it.
    """
    written = allowances(skill)
    asked = {rule.id for rule in RULES if _is_asked(rule, choice) and not rule.around}
    spots = idle(written, found, asked) if ALLOWING in asked else ()
    lame = [finding(BY_ID[ALLOWING], spot, choice) for spot in spots]
    return apart(sorted((*found, *lame), key=_rank), written)


def _is_asked(rule: Rule, choice: Choice) -> bool:
    asked = rule.severity(choice.profile) is not None
    return asked and (not rule.optional or rule.id in choice.also)


def lint_alone(skill: ParsedSkill, choice: Choice) -> Iterator[Finding]:
    """Yield the findings of *skill* by itself."""
    for rule in RULES:
        if _is_asked(rule, choice):
            for spot in dict.fromkeys(rule.check(skill)):
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
