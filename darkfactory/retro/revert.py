"""Take an accepted edit of a skill back when the sessions since fared worse. Pure.

What was there before the edit comes back, and only that: later edits elsewhere stay. Where the
skill was edited since at the same place there is no patch, and that is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from darkfactory.retro.finding import Finding
from darkfactory.retro.follow_up import FollowUp
from darkfactory.retro.proposal import Edit, Proposal, proposal_of
from darkfactory.retro.shelf import Shelved
from darkfactory.retro.soundness import new_errors
from darkfactory.retro.wording import dangers

REVERT = "REVERT"
WORSE = "worse"
_VERSION = re.compile(r"^version\s*:.*$", re.MULTILINE)
_EDITED = "the skill was edited since at the same place"


@dataclass(frozen=True, slots=True)
class Texts:
    """SKILL.md and df.yaml of a skill at one time."""

    text: str
    side: str


@dataclass(frozen=True, slots=True)
class Back:
    """How an edit that did harm can be taken back: by *proposal*, or why not (*problem*).

    Both are empty where it was taken back already.
    """

    proposal: Proposal | None = None
    problem: str = ""


def taken_back(followed: FollowUp, was: Texts, became: Texts, skill: Shelved) -> Back:
    """Return how to undo the edit that made *became* of *was*, in *skill* as it is now."""
    if not (was.text and became.text):
        return Back(problem="it was more than an edit of SKILL.md")
    # The version rises with every edit, so it is no part of what is taken back.
    version = _VERSION.search(skill.side)
    line = version[0] if version else ""
    later, earlier = (_at_version(side, line) for side in (became.side, was.side))
    text = _inverse(became.text, was.text, skill.text)
    side = _inverse(later, earlier, skill.side)
    if text is None or side is None:
        again = _inverse(was.text, became.text, skill.text)
        return Back() if again is not None else Back(problem=_EDITED)
    after = replace(skill, text=text, side=side)
    errors = new_errors(skill, after)
    if errors:
        return Back(problem=f"the lint finds errors in what was there: {', '.join(errors)}")
    return Back(_proposal(followed, skill, after)) if after != skill else Back()


def _proposal(followed: FollowUp, skill: Shelved, after: Shelved) -> Proposal:
    brought = set(after.head.lines) - set(skill.head.lines)
    flags = dict.fromkeys(flag for line in sorted(brought) for flag in dangers(line))
    rules = {one.id for one in skill.sidecar.non_negotiables}
    if rules - {one.id for one in after.sidecar.non_negotiables}:
        flags["loosens a non-negotiable"] = None
    said = (
        f"{followed.good} of {followed.sessions} sessions with {followed.version} were of"
        f" use, {followed.good_before} of {followed.sessions_before} before it"
    )
    shown = (followed.evidence, followed.sessions, followed.items)
    finding = Finding("", followed.proposal, skill.name, said, *shown, supported=True)
    made = proposal_of(finding, skill, Edit(REVERT, after.text, 1, after.side, tuple(flags)))
    return replace(made, finding="")


def _at_version(side: str, line: str) -> str:
    """Return *side* with *line* as its version, where there is one."""
    if not line:
        return side
    if _VERSION.search(side):
        return _VERSION.sub(lambda _: line, side, count=1)
    return f"{line}\n{side}"


def _inverse(became: str, was: str, now: str) -> str | None:
    """Return *now* with what *became* has and *was* has not undone; None where that is gone.

    What came has to stand in *now* as it did; where something went, the lines on both sides of it.
    """
    new, old, lines = map(_lines, (became, was, now))
    kept = SequenceMatcher(None, new, lines, autojunk=False).get_matching_blocks()
    undone: list[tuple[int, int, Sequence[str]]] = []
    changes = SequenceMatcher(None, new, old, autojunk=False).get_opcodes()
    for tag, start, end, first, last in changes:
        if tag == "equal":
            continue
        low, high = (start, end) if start < end else (start - 1, end + 1)
        block = next((one for one in kept if one.a <= low and high <= one.a + one.size), None)
        if block is None:
            return None
        shift = block.b - block.a
        undone.append((start + shift, end + shift, old[first:last]))
    for start, end, text in reversed(undone):
        lines[start:end] = text
    return "".join(lines[1:-1])


def _lines(text: str) -> list[str]:
    """Return the lines of *text* between two that no text has."""
    return ["\0begin", *text.splitlines(keepends=True), "\0end"]
