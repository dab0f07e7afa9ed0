"""Rules Z: what a skill costs whoever loads it."""

from collections.abc import Iterator

from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Spot
from darkfactory.skills.lint.rules_structure import noted

_MOST_LINES = 500
_MOST_TOKENS = 5000
_FEWEST_TOKENS = 60
_BEST_TOKENS = (200, 2500)


def _lines(skill: ParsedSkill) -> Iterator[Spot]:
    lines = len(skill.body.lines)
    lines -= skill.body.lines[-1:] == ("",)  # what is behind the last newline is no line
    if lines > _MOST_LINES:
        yield Spot(f"the body has {lines} lines", skill.body.first + _MOST_LINES)


def _tokens(skill: ParsedSkill) -> Iterator[Spot]:
    if skill.body_tokens > _MOST_TOKENS:
        yield Spot(f"the body is about {skill.body_tokens} tokens", skill.body.first)


def _thin(skill: ParsedSkill) -> Iterator[Spot]:
    if skill.body_tokens < _FEWEST_TOKENS:
        yield Spot(f"the body is about {skill.body_tokens} tokens", skill.body.first)


def _unusual(skill: ParsedSkill) -> Iterator[Spot]:
    least, most = _BEST_TOKENS
    if not least <= skill.body_tokens <= most:
        message = f"the body is about {skill.body_tokens} tokens; {least} to {most} work best"
        yield Spot(message, skill.body.first)


RULES = (
    Rule(
        "Z001", "the body has at most 500 lines",
        "the whole body is in the context from its loading on",
        "move what only some cases need into references/",
        _lines,
    ),
    Rule(
        "Z002", "the body is at most 5000 tokens (characters / 4)",
        "the whole body is in the context from its loading on",
        "move what only some cases need into references/",
        _tokens,
    ),
    Rule(
        "Z003", "the body is at least 60 tokens",
        "so little tells an agent nothing that its description does not",
        "write down the steps, the rules with their reasons, and how to verify",
        _thin,
    ),
    Rule(
        "Z004", "the body is 200 to 2500 tokens",
        "in published measurements detailed and compact skills help, comprehensive ones do not",
        "aim at the middle: the steps, the rules with their reasons, how to verify",
        _unusual, "info",
    ),
    Rule(
        "Z007", "the folder is at most 500 files, 5 MiB and 8 folders deep",
        "all of it is copied into every session",
        "take out what no session needs",
        noted("Z007"), "error",
    ),
)  # fmt: skip
