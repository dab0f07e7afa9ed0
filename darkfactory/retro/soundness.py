"""Whether a skill is worse after an edit, by the rules of the lint."""

from collections import Counter

from darkfactory.retro.shelf import Shelved
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.lint.engine import Choice, lint_alone
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.text import Text


def new_errors(before: Shelved, after: Shelved) -> list[str]:
    """Return the rules that *after* breaks more often than *before*, as errors."""
    return sorted((_errors(after) - _errors(before)).elements())


def _errors(skill: Shelved) -> Counter[str]:
    texts = {FILE: Text(FILE, skill.text)}
    texts |= {path: Text(path, held) for path, held in skill.references.items()}
    sizes = {path: len(held.text) for path, held in texts.items()}
    parsed = ParsedSkill(skill.name, skill.head, skill.sidecar, sizes, texts)
    found = lint_alone(parsed, Choice())
    return Counter(one.rule for one in found if one.severity == "error")
