"""What a prompt says of the skills of a session.

Skills that are only installed are often not read, and agents do not carry them over turns: so the
rules stand in the prompt itself, and every turn of ours names the skills again. How much is said
of each is its ``deliver``: ``catalog`` says nothing, ``mention`` names it, ``inline-nn`` gives its
rules too, ``inline-all`` all of SKILL.md.
"""

from collections.abc import Iterator, Mapping, Sequence

from darkfactory.domain.skill import NonNegotiable, Skill

LONGEST_RULE = 300
DELIVERED = "inline-nn"
_READ = "Read the SKILL.md of each before you go on."
_NAMED = frozenset({"mention", "inline-nn", "inline-all"})
_RULED = frozenset({"inline-nn", "inline-all"})


def delivery(skill: Skill, kind: str) -> str:
    """Return how *skill* is told of to agents of *kind*."""
    return skill.deliver.get(kind) or skill.deliver.get("default") or DELIVERED


def reminder(skills: Sequence[Skill], kind: str, *, read: str = _READ) -> str:
    """Return what each turn of ours says of *skills* to an agent of *kind*; may be empty.

    Args:
        read: The sentence that has them read; NAME stands for the name of each.
    """
    named = [skill for skill in skills if delivery(skill, kind) in _NAMED]
    ruled = [skill for skill in skills if delivery(skill, kind) in _RULED]
    parts = (mention(named, read=read), non_negotiables_block(ruled).strip())
    return "\n\n".join(part for part in parts if part)


def first_words(
    skills: Sequence[Skill], kind: str, bodies: Mapping[str, str], *, read: str = _READ
) -> str:
    """Return what the first prompt says of *skills*: the reminder, and whole texts.

    Args:
        bodies: The text of SKILL.md, by the name of its skill.
        read: The sentence that has them read.
    """
    whole = [skill.name for skill in skills if delivery(skill, kind) == "inline-all"]
    texts = (f"Skill {name}, in full:\n\n{bodies[name].strip()}" for name in whole)
    return "\n\n".join(part for part in (reminder(skills, kind, read=read), *texts) if part)


def non_negotiables_block(skills: Sequence[Skill]) -> str:
    """Return the rules of *skills* as lines of a prompt; empty when there are none.

    One line a rule, with its id and its reason, whatever the sidecar held.
    """
    lines = list(dict.fromkeys(_lines(skills)))
    if not lines:
        return ""
    return "Rules that hold for this work, whatever else you read:\n" + "".join(lines)


def mention(skills: Sequence[Skill], *, read: str = _READ) -> str:
    """Return the one line that names *skills*, for the start and every later turn; may be empty."""
    if not skills:
        return ""
    names = ", ".join(skill.name for skill in skills)
    return f"Skills for this work: {names}. {read}"


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
