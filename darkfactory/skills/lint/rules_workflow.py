"""Rules W: the order of the work, its proof, and where it stops."""

import re
from collections.abc import Iterator

from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot

_STEP = re.compile(
    r"\s{0,8}(?:\d{1,2}[.)]\s|[-*] \[[ x]\]\s|#{1,6} (?:step |phase )?\d|\*\*\d{1,2}[.)]\s"
    r"|(?:\*\*)?step \d)"
)
_FEWEST_STEPS = 3
_MENU = re.compile(
    r"\b(?:you can|you could|you may|either|options (?:are|include)|choose (?:from|between)"
    r"|any of)\b[^.]{0,120},[^.]{0,120}\bor\b|\byou (?:can|could|may) use [^.,]{1,60} or\b"
    r"|\buse (?:[\w`+-]{1,40}, ){2,9}or\b"
)
_MENU_HINTS = ("you can", "you could", "you may", "either", "options", "choose", "any of", ", or ")
_DEFAULT = re.compile(r"default|prefer|recommend|otherwise|unless|first choice|if ")
_VERIFY = re.compile(
    r"\b(?:verif\w+|validat\w+|(?:run|re-?run|pass\w*) (?:\w+ ){0,3}"
    r"(?:tests?|checks?|suite|linter|build)|lint|type-?check|check that"
    r"|confirm (?:that|the)|make sure|smoke test|dry[- ]run|test (?:the|your|that|it))\b"
    r"|\b(?:run|re-?run) `[^`\n]{0,60}(?:test|check|lint|build)"
)
_STOP = re.compile(
    r"\bstop\b.{0,60}\b(?:after|if|when|and|once|until)\b|\b(?:if|when|once|after)\b.{0,120}\bstop\b"
    r"|\bmore than \w+ (?:attempts|tries|times)\b|\bbail out\b|\bask for (?:help|guidance)\b"
    r"|\bgive up\b|\bescalat\w+|\bask (?:the |a |your )?(?:user|human|person|partner|maintainer)"
    r"|\bafter \w+ (?:failed )?(?:attempts|tries|times)\b|\b(?:report|hand) (?:\w+ ){0,3}back\b"
    r"|\bdo not (?:proceed|continue|retry)\b|\babort\b"
)


def _no_workflow(skill: ParsedSkill) -> Iterator[Spot]:
    steps = sum(_STEP.match(line.lower()) is not None for _, line in skill.body.prose)
    if steps < _FEWEST_STEPS and _is_work(skill):
        yield Spot("the body has no ordered steps", skill.body.first)


def _menus(skill: ParsedSkill) -> Iterator[Spot]:
    found = dict.fromkeys(
        number
        for number, near in skill.whole.near(*_MENU_HINTS)
        if _MENU.search(near) and not _DEFAULT.search(near)
    )
    for number in found:
        if number >= skill.body.first and not skill.whole.markdown.code[number - 1]:
            yield Spot("a choice without a default", number)


def _no_verification(skill: ParsedSkill) -> Iterator[Spot]:
    if _is_work(skill) and not _VERIFY.search(skill.prose):
        yield Spot("the body has no step that verifies the work", skill.body.first)


def _no_stop(skill: ParsedSkill) -> Iterator[Spot]:
    if _is_work(skill) and not _STOP.search(skill.prose):
        yield Spot("the body does not say when to stop or to ask", skill.body.first)


def _is_work(skill: ParsedSkill) -> bool:
    """Tell whether the skill asks for work: what is there to be known has no end and no proof."""
    return skill.sidecar.kind != "knowledge"


RULES = (
    Rule(
        "W001", "the body has an ordered workflow",
        "an agent that has to find the order by itself leaves steps out",
        "number the steps, at least three",
        _no_workflow,
    ),
    Rule(
        "W002", "a choice has a default",
        "a menu is decided differently in each session",
        "say which one to take, and when another one",
        _menus, "info",
    ),
    Rule(
        "W003", "the body has a step that verifies the work",
        "an agent says that it is done when nothing shows that it is not",
        "end with a command and the output that proves the work",
        _no_verification,
    ),
    Rule(
        "W004", "the body says when to stop, or to ask",
        "an agent that does not get on goes on, and spends",
        "add a rule such as: stop after two failed attempts and say what you tried",
        _no_stop,
    ),
)  # fmt: skip
