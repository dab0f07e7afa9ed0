"""Rules N: the rules of a skill itself, which must be read, understood and proved."""

import re
from collections.abc import Iterator

from darkfactory.domain.skill import NonNegotiable
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

_ABSOLUTES = ("MUST", "NEVER", "DO NOT", "ALWAYS")
_ABSOLUTE = re.compile(r"\b(?:MUST|NEVER|DO NOT|ALWAYS)\b")
_MODAL = re.compile(
    r"\b(?:must|never|always|do not|don't|shall|should|required?|only|avoid|cannot)\b"
)
_RULE = re.compile(r"\b(?:must|never|always|do not|don't)\b")
_REASON = re.compile(
    r"\b(?:because|since|so that|so the|otherwise|or else|prevents?|silently|to avoid|as it|which"
    r"|why|reason|breaks?|fails?|causes?|leads? to)\b|[:\u2014;(]| - | -- "
)
_SHOUTED = ("MUST", "NEVER", "ALWAYS", "DO NOT", "CRITICAL", "IMPORTANT", "MANDATORY", "REQUIRED")
_SHOUT = re.compile(rf"\b(?:{'|'.join(_SHOUTED)})\b")
_WORD = re.compile(r"[a-z_]{4,}")
_ANCHOR = re.compile(
    r"<!--\s{0,9}nn:([\w.-]{1,64})\s{0,9}-->"
    r"|^\s{0,20}(?:[-*+]|\d{1,3}[.)])\s{1,9}(?:\[[ xX]\]\s{1,9})?[*_`]{0,5}\[([\w.-]{1,64})\]",
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.-]+")
_LATEST_SHARE, _LATEST_LINE, _EARLY = 0.6, 300, 10
_FEWEST_RULES = 3
_MOST_SHOUTS, _WORDS, _FEWEST_SHOUTS = 12, 1000, 3
_ENFORCEABLE = re.compile(
    r"no-verify|force[- ]push|push (?:-f|--force)|secret|password|credential|api[ -]key"
)


def _only_in_reference(skill: ParsedSkill) -> Iterator[Spot]:
    loud = [one for one in skill.references if any(word in one.text for word in _ABSOLUTES)]
    known = set(_WORD.findall(skill.whole.folded)) if loud else set()
    declared = [set(_WORD.findall(rule.text.lower())) for rule in skill.sidecar.non_negotiables]
    for text in loud:
        for number, line in text.markdown.prose:
            absolute = any(word in line for word in _ABSOLUTES) and _ABSOLUTE.search(line)
            words = set(_WORD.findall(line.lower())) if absolute else set()
            if len(words) >= _FEWEST_RULES and len(words & known) * 2 < len(words):
                ours = any(rule and len(rule & words) * 2 >= len(rule) for rule in declared)
                message = "a rule that SKILL.md does not have"
                yield Spot(message, number, text.name, "error" if ours else None)


def _no_rule(skill: ParsedSkill) -> Iterator[Spot]:
    if not _MODAL.search(skill.prose):
        yield Spot("the body has no rule at all", skill.body.first)


def _rules(skill: ParsedSkill) -> list[tuple[int, str]]:
    """Return the places in the body, and the texts, of its lines that hold a rule."""
    return [(at, line) for at, line in _numbered(skill) if _is_rule(line.lower())]


def _numbered(skill: ParsedSkill) -> Iterator[tuple[int, str]]:
    """Yield the places in the body, and the texts, of its lines outside of code."""
    return ((number - skill.body.first, line[:2000]) for number, line in skill.body.prose)


def _is_rule(low: str) -> bool:
    # Plain words first: a pattern over every line costs more than all else in this file.
    hinted = "must" in low or "never" in low or "always" in low or "do not" in low or "don't" in low
    return hinted and _RULE.search(low) is not None


def _late(skill: ParsedSkill) -> Iterator[Spot]:
    at = next((at for at, line in _numbered(skill) if _MODAL.search(line.lower())), 0)
    if at >= _LATEST_LINE or (at > _EARLY and at > _LATEST_SHARE * len(skill.body.lines)):
        yield Spot("the first rule of the body comes late", skill.body.first + at)


def _no_reasons(skill: ParsedSkill) -> Iterator[Spot]:
    rules, lines = _rules(skill), skill.body.lines
    bare = [at for at, line in rules if not _REASON.search(_with_next(line, lines, at).lower())]
    if len(rules) >= _FEWEST_RULES and len(bare) * 2 > len(rules):
        message = f"{len(bare)} of {len(rules)} rules have no reason"
        yield Spot(message, skill.body.first + bare[0])


def _with_next(line: str, lines: tuple[str, ...], at: int) -> str:
    after = lines[at + 1][:2000] if at + 1 < len(lines) else ""
    return line if after.lstrip().startswith(("-", "*", "#")) else f"{line} {after}"


def _shouts(skill: ParsedSkill) -> Iterator[Spot]:
    text = "\n".join(line for _, line in skill.body.prose)
    words = len(text.split())
    # Counting plain words costs a quarter of what the pattern does.
    shouts = sum(map(text.count, _SHOUTED))
    if _too_many(shouts, words):
        shouts = len(_SHOUT.findall(text))
        if _too_many(shouts, words):
            yield Spot(f"{shouts} words in capitals among {words}", skill.body.first)


def _too_many(shouts: int, words: int) -> bool:
    return shouts >= _FEWEST_SHOUTS and shouts * _WORDS > _MOST_SHOUTS * words


def _unanchored(skill: ParsedSkill) -> Iterator[Spot]:
    rules = skill.sidecar.non_negotiables
    text = "\n".join(line for _, line in skill.body.prose) if rules else ""
    found = {name for names in _ANCHOR.findall(text) for name in names}
    for rule in rules:
        if rule.id not in found:
            yield Spot(f"SKILL.md does not hold the rule {rule.id}")


def _unproved(skill: ParsedSkill) -> Iterator[Spot]:
    rules = skill.sidecar.non_negotiables if skill.evals else ()  # without any, E001 says so, once
    texts = skill.evals.values() if rules and skill.evals else ()
    named = {name.rstrip(".") for text in texts for name in _NAME.findall(text)}
    for rule in rules:
        if rule.id not in named:
            yield Spot(f"no scenario exercises the rule {rule.id}", file="df.yaml")


def _only_prose(skill: ParsedSkill) -> Iterator[Spot]:
    for rule in skill.sidecar.non_negotiables:
        if not rule.enforce and _ENFORCEABLE.search(_text(rule)):
            yield Spot(f"the rule {rule.id} could be enforced, and is only prose", file="df.yaml")


def _text(rule: NonNegotiable) -> str:
    return rule.text.lower()


RULES = (
    Rule(
        "N001", "no rule stands in a reference alone",
        "what can be skipped is skipped, and a reference is",
        "move the rule into SKILL.md",
        _only_in_reference,
    ),
    Rule(
        "N002", "the body has a rule",
        "without one a skill is a text about its subject",
        "say what must, and what must not be done, and why",
        _no_rule, "info",
    ),
    Rule(
        "N003", "the first rule comes early",
        "what comes late in a long text is followed less",
        "move the rules to the beginning",
        _late,
    ),
    Rule(
        "N004", "most rules have a reason",
        "an agent that knows the reason decides well where the rule does not fit",
        "add to each a half-sentence with because, otherwise or so that",
        _no_reasons,
    ),
    Rule(
        "N005", "at most 12 of 1000 words are absolutes in capitals",
        "where everything is shouted nothing stands out",
        "keep capitals for the one or two rules that matter most",
        _shouts, "info",
    ),
    Rule(
        "N006", "each non-negotiable of df.yaml stands in SKILL.md",
        "the rule that is judged must be the rule that was read",
        "begin its list item with [ID], or put <!-- nn:ID --> before it",
        _unanchored, "error",
    ),
    Rule(
        "N007", "a scenario exercises each non-negotiable",
        "a rule that nothing tries is not known to be kept",
        "name it in `nn:` of a scenario in evals/",
        _unproved,
    ),
    Rule(
        "N008", "a rule that a tool could enforce is enforced",
        "a machine keeps it always, an agent mostly",
        "set `enforce:` of the rule, as in `enforce: gate`",
        _only_prose, "info",
    ),
)  # fmt: skip
