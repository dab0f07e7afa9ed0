"""What a prompt says of the skills of a session.

Skills that are only installed are often not read, and agents do not carry them over turns: so the
rules stand in the prompt itself, and every turn of ours names the skills again.
"""

from collections.abc import Iterator, Sequence

from darkfactory.domain.skill import NonNegotiable, Skill

LONGEST_RULE = 300


def non_negotiables_block(skills: Sequence[Skill]) -> str:
    """Return the rules of *skills* as lines of a prompt; empty when there are none.

    One line a rule, with its id and its reason, whatever the sidecar held.
    """
    lines = list(dict.fromkeys(_lines(skills)))
    if not lines:
        return ""
    return "Rules that hold for this work, whatever else you read:\n" + "".join(lines)


def mention(skills: Sequence[Skill]) -> str:
    """Return the one line that names *skills*, for the start and every later turn; may be empty."""
    if not skills:
        return ""
    names = ", ".join(skill.name for skill in skills)
    return f"Skills for this work: {names}. Read the SKILL.md of each before you go on."


def _lines(skills: Sequence[Skill]) -> Iterator[str]:
    for skill in skills:
        for rule in skill.non_negotiables:
            yield f"- [{rule.id}] {_sentence(rule)}\n"


def _sentence(rule: NonNegotiable) -> str:
    text = _one_line(rule.text)
    return f"{text} Why: {_one_line(rule.why)}" if rule.why else text


def _one_line(text: str) -> str:
    """Return *text* without line breaks and without characters that no reader sees."""
    line = " ".join(text.split())
    seen = "".join(character for character in line if character.isprintable())
    ended = seen if seen.endswith((".", "!", "?")) else f"{seen}."
    return ended if len(ended) <= LONGEST_RULE else f"{ended[: LONGEST_RULE - 1]}…"
