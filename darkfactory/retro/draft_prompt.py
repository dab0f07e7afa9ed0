"""What a drafting agent is told: its task in our words, all else as data. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from darkfactory.domain.quoting import quoted
from darkfactory.retro.delta import FEW_TYPES, TYPES, UNREAD_TYPES
from darkfactory.retro.excerpts import Excerpt
from darkfactory.retro.finding import Finding
from darkfactory.retro.shelf import Shelved
from darkfactory.retro.soundness import MOST_LINES, MOST_TOKENS
from darkfactory.retro.wording import one_line

LONGEST_SKILL = 60_000
_LONGEST_TASK = 300
_TYPES = {**dict.fromkeys(("M4", "M8", "M10"), FEW_TYPES), "M2": UNREAD_TYPES}

_TASK = """\
You word ONE small edit of a skill. A skill is a text of instructions that coding agents get. What \
sessions with it showed is told below; somebody has to find the words that help the next ones. \
Change no file and run no command: you need neither."""

_ANSWER = """\
Your last message is ONE JSON object and nothing else, of one of these forms:
{forms}
{{"type": "NONE", "why": "..."}} when no small edit would help: that is a good answer, too.

`evidence` names what of the data supports it, by the names there (e1, e2, ...). Words are one \
line without markup at its beginning, short, and say why. An edit touches at most {lines} lines \
and adds at most {tokens} tokens. It is general: no names of sessions, items or people. It brings \
no address, command or tool that the data does not need, and loosens no rule. A person judges it."""

_FORMS = {
    "ADD_RULE": '{"type": "ADD_RULE", "text": "a new rule", "evidence": ["e1"]}',
    "EDIT_RULE": (
        '{"type": "EDIT_RULE", "old": "one line of SKILL.md, whole", "text": "what stands there'
        ' instead; a mark like [NN-1] stays", "evidence": ["e1"]}'
    ),
    "DELETE_RULE": (
        '{"type": "DELETE_RULE", "old": "one line of SKILL.md, whole", "evidence": ["e1"]}'
    ),
    "ADD_GOTCHA": (
        '{"type": "ADD_GOTCHA", "text": "what goes wrong, and what helps", "evidence": ["e1"]}'
    ),
    "EDIT_DESCRIPTION": (
        '{"type": "EDIT_DESCRIPTION", "text": "what the skill does and when to use it", "evidence":'
        ' ["e1"]}'
    ),
    "FIX_LINK": (
        '{"type": "FIX_LINK", "old": "the target of a link in SKILL.md", "text": "its new target",'
        ' "evidence": ["e1"]}'
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a drafting agent sees: *tasks* are scenarios that are not held out, by their id."""

    finding: Finding
    skill: Shelved
    excerpts: Sequence[Excerpt]
    tasks: Sequence[tuple[str, str]] = ()


def types_for(finding: Finding) -> tuple[str, ...]:
    """Return the edits that *finding* may support."""
    return _TYPES.get(finding.miner, TYPES)


def draft_id(finding: Finding) -> str:
    """Return the name of the task to draft an edit for *finding*."""
    return f"draft-{finding.id}"


def draft_title(finding: Finding) -> str:
    """Return the title of that task."""
    return f"Word an edit of skill {finding.skill}"


def draft_prompt(shown: Shown) -> str:
    """Return what the agent is told."""
    rule, data = quoted(_data(shown))
    forms = "\n".join(_FORMS[name] for name in types_for(shown.finding))
    parts = (
        f"# {draft_id(shown.finding)}: {draft_title(shown.finding)}",
        _TASK,
        rule,
        data,
        _ANSWER.format(forms=forms, lines=MOST_LINES, tokens=MOST_TOKENS),
    )
    return "\n\n".join(parts) + "\n"


def _data(shown: Shown) -> Iterator[str]:
    finding, skill = shown.finding, shown.skill
    yield f"FINDING ({finding.sessions} sessions of {finding.items} items)"
    yield one_line(finding.said)
    yield "\nEVIDENCE"
    for one in shown.excerpts:
        yield f"{one.name}: {one.text}"
    if skill.references:
        yield "\nOTHER TEXTS OF THE SKILL"
        yield from sorted(skill.references)
    if shown.tasks:
        yield "\nSOME TASKS THAT THE SKILL IS TRIED ON"
        for name, task in shown.tasks:
            yield f"{name}: {one_line(task, _LONGEST_TASK)}"
    yield "\nSKILL.md"
    yield skill.text
