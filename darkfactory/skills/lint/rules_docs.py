"""Rules L: where a skill sends its reader for what changes."""

import re
from collections.abc import Iterator

from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.rule import Rule, Severity, Spot
from darkfactory.skills.lint.shingles import repeated_share, windows

_ADDRESS = re.compile(r"https?://")
_MOST_TOKENS = 50_000
_MOST_REPEATED = 0.15


def _no_docs(skill: ParsedSkill) -> Iterator[Spot]:
    beside = any(_ADDRESS.search(text.text) for text in skill.texts.values())
    if not skill.sidecar.docs and not beside:
        said = "no text of the skill names live documentation"
        yield Spot(said, skill.body.first, severity=_severity(skill))


def _no_docs_in_body(skill: ParsedSkill) -> Iterator[Spot]:
    inside = _ADDRESS.search(skill.whole.text)
    beside = any(_ADDRESS.search(text.text) for text in skill.texts.values())
    if not skill.sidecar.docs and beside and not inside:
        said = "live documentation is named in references alone"
        yield Spot(said, skill.body.first, severity=_severity(skill))


def _severity(skill: ParsedSkill) -> Severity:
    """Return how much it matters: what a skill says of a product changes with the product."""
    return "warning" if skill.sidecar.kind == "product" else "info"


def _copied_docs(skill: ParsedSkill) -> Iterator[Spot]:
    tokens = sum(text.tokens for text in skill.references)
    if tokens > _MOST_TOKENS:
        yield Spot(f"the references are about {tokens} tokens")


def _repeats(skill: ParsedSkill) -> Iterator[Spot]:
    if not skill.references:
        return
    found = windows(skill.body.lines)
    share = repeated_share(found, [" ".join(text.folded.split()) for text in skill.references])
    if share > _MOST_REPEATED:
        yield Spot(
            f"{round(100 * share)} % of the body stand in a reference, too", skill.body.first
        )


RULES = (
    Rule(
        "L001", "a skill names live documentation",
        "what a skill says of a product grows old; its documentation does not",
        "name the address, and when to read it, in SKILL.md or in `docs:` of df.yaml",
        _no_docs, "info",
    ),
    Rule(
        "L002", "the references are at most 50000 tokens",
        "copied documentation grows old, and nobody reads so much",
        "name the address of the documentation instead",
        _copied_docs,
    ),
    Rule(
        "L003", "SKILL.md itself names the live documentation",
        "a reference that is not opened sends nobody on",
        "name the address in SKILL.md, or in `docs:` of df.yaml",
        _no_docs_in_body, "info",
    ),
    Rule(
        "L004", "the body does not repeat the references",
        "it is paid for twice, and one of the two grows old",
        "keep each in one place",
        _repeats,
    ),
)  # fmt: skip
