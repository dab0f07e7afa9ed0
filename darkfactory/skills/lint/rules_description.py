"""Rules D: the description, by which alone an agent decides whether to load the skill."""

import re
from collections.abc import Iterator

from darkfactory.domain.counting import counted
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

_TRIGGER = re.compile(
    r"\b(?:use|used|using) (?:this |it )?(?:skill )?(?:when|whenever|for|to|if|before|after)\b"
    r"|\bwhen(?:ever)?\b|\btriggers?\b|\bif the user\b|\basks?\b|\basked\b|\bbefore\b|\bafter\b"
    r"|\bmust be used\b|\binvoke\b"
)
_FEWEST_WORDS = 10
_QUOTED = re.compile(r'"[^"]*"|\u201c[^\u201d]*\u201d')
_PERSON = re.compile(
    r"\b(?:i(?:'m|'ll|'ve)?(?= [a-z])|we|our|my|you can|you should|let me"
    r"|(?:helps?|lets) you|your)\b"
)
_BOUNDARY = re.compile(
    r"\bnot (?:for|use|when|if|to)\b|\bdo(?:es)? not\b|\bdon't\b|\bnever\b|\bexcept\b"
    r"|\bunless\b|\bonly\b|\brather than\b|\binstead of\b|\bskip\b"
)
_LONG = 500
_HEADING = re.compile(
    r"\bwhen (?:not )?to (?:use|apply|activate|invoke)\b|\bwhen this (?:skill )?applies\b"
    r"|\bwhen (?:should|do|can) (?:i|you|we) (?:use|apply|invoke)\b|^use cases$"
)
_STEP_VERBS = re.compile(
    r"\b(?:runs?|reads?|writes?|creates?|checks?|opens?|generates?|builds?|commits?|push(?:es)?"
    r"|analy[sz]es?|validates?|updates?|plans?|appl(?:y|ies)|verif(?:y|ies)|fix(?:es)?|tests?"
    r"|reviews?|dispatch(?:es)?|merges?|deploys?|installs?|fetch(?:es)?|edits?|inspects?"
    r"|implements?|summari[sz]es?|asks?)\b"
)
_ORDER = re.compile(r"\bthen\b|\bafter that\b|\bfinally\b|\bfollowed by\b|\bstep 1\b")
_NUMBERED = re.compile(r"\b1[.)] .*\b2[.)] ", re.DOTALL)
_STEPS = 3


def _line(skill: ParsedSkill) -> int:
    return skill.head.line_of("description")


def _no_trigger(skill: ParsedSkill) -> Iterator[Spot]:
    text = skill.head.description
    if text and not _TRIGGER.search(text.lower()):
        yield Spot("the description does not say when to use the skill", _line(skill))


def _short(skill: ParsedSkill) -> Iterator[Spot]:
    words = len(skill.head.description.split())
    if 0 < words < _FEWEST_WORDS:
        yield Spot(f"the description has {counted(words, 'word')}", _line(skill))


def _person(skill: ParsedSkill) -> Iterator[Spot]:
    said = _QUOTED.sub("", skill.head.description)  # words of a user are no words of the skill
    found = _PERSON.search(said.lower())
    if found:
        yield Spot(f"the description speaks in person ({found[0]})", _line(skill))


def _no_boundary(skill: ParsedSkill) -> Iterator[Spot]:
    text = skill.head.description
    if text and not _BOUNDARY.search(text.lower()):
        yield Spot("the description does not say what the skill is not for", _line(skill))


def _long(skill: ParsedSkill) -> Iterator[Spot]:
    length = len(skill.head.description)
    if length > _LONG:
        yield Spot(f"the description has {length} characters", _line(skill))


def _when_in_body(skill: ParsedSkill) -> Iterator[Spot]:
    for number, heading in skill.body.headings:
        if _HEADING.search(heading.lower()):
            yield Spot("the body says when to use the skill", number)
            return


def _retells(skill: ParsedSkill) -> Iterator[Spot]:
    text = skill.head.description.lower()
    ordered = _ORDER.search(text) and len(set(_STEP_VERBS.findall(text))) >= _STEPS
    if ordered or _NUMBERED.search(text):
        yield Spot("the description retells the steps of the body", _line(skill))


RULES = (
    Rule(
        "D001", "the description says when to use the skill",
        "a skill whose case is not named is not loaded",
        "add a clause `Use when ...` with words that occur in such tasks",
        _no_trigger,
    ),
    Rule(
        "D002", "the description has at least 10 words",
        "so few words match too little, or everything",
        "say what it does, and `Use when ...`",
        _short,
    ),
    Rule(
        "D003", "the description speaks of the skill, not of I, we or you",
        "it stands in a prompt where `you` is the agent and `I` nobody",
        "write it in the third person, or as an order",
        _person, "info",
    ),
    Rule(
        "D004", "the description says what the skill is not for",
        "without a boundary it is loaded for what is merely like its case",
        "add `Not for ...`, which names the nearest other case",
        _no_boundary, "info",
    ),
    Rule(
        "D005", "the description has at most 500 characters",
        "agents cut long descriptions first when their catalogue is full",
        "keep what it does and when to use it",
        _long, "info",
    ),
    Rule(
        "D006", "the description, not the body, says when to use the skill",
        "the body is read after the decision to load it",
        "move the cases into the description",
        _when_in_body, "info",
    ),
    Rule(
        "D008", "the description does not retell the steps",
        "agents follow the retold steps instead of reading the body",
        "say what comes out and when to use it; leave the steps to the body",
        _retells, "info",
    ),
)  # fmt: skip
