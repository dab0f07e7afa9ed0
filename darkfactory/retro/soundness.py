"""Whether an edit of a skill is small, and leaves it no worse by the rules of the lint."""

from collections import Counter

from darkfactory.retro.patch import diff_of
from darkfactory.retro.shelf import Shelved
from darkfactory.skills.frontmatter import FILE, with_newlines
from darkfactory.skills.lint.engine import Choice, lint_alone
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.text import Text

MOST_LINES = 15
MOST_TOKENS = 120
_CHARACTERS_A_TOKEN = 4


def doubt_of(before: Shelved, after: Shelved) -> str:
    """Return why nobody is asked whether *before* should become *after*; empty if there is none."""
    if before.text == after.text:
        return "it changes nothing"
    diff = diff_of("", before.text, after.text).splitlines()[3:]
    lines = sum(line.startswith(("+", "-")) for line in diff)
    if lines > MOST_LINES:
        return f"it touches {lines} lines; {MOST_LINES} are the most"
    tokens = tokens_between(before.text, after.text)
    if tokens > MOST_TOKENS:
        return f"it brings {tokens} tokens; {MOST_TOKENS} are the most"
    errors = new_errors(before, after)
    return f"the lint finds new errors: {', '.join(errors)}" if errors else ""


def tokens_between(before: str, after: str) -> int:
    """Return about how many tokens *after* is longer than *before*."""
    return (len(after) - len(before)) // _CHARACTERS_A_TOKEN


def new_errors(before: Shelved, after: Shelved) -> list[str]:
    """Return the rules that *after* breaks more often than *before*, as errors."""
    return sorted((_errors(after) - _errors(before)).elements())


def _errors(skill: Shelved) -> Counter[str]:
    texts = {FILE: Text(FILE, "\n".join(skill.head.lines), skill.head.lone_return)}
    texts |= {path: Text(path, *with_newlines(held)) for path, held in skill.references.items()}
    sizes = {path: len(held.text) for path, held in texts.items()}
    parsed = ParsedSkill(skill.name, skill.head, skill.sidecar, sizes, texts)
    found = lint_alone(parsed, Choice())
    return Counter(one.rule for one in found if one.severity == "error")
