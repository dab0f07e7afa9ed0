"""One typed edit of a skill in somebody's own words, laid onto the skill's text. Pure.

Whoever words it is hostile input: what does not fit comes back as the reason why it is dropped.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from darkfactory.retro.edits import GOTCHAS, RULES, item_end, prose_lines, with_item
from darkfactory.retro.shelf import Shelved, holds, spoken_of
from darkfactory.retro.wording import dangers, hides

TYPES = ("ADD_RULE", "EDIT_RULE", "DELETE_RULE", "ADD_GOTCHA", "EDIT_DESCRIPTION", "FIX_LINK")
FEW_TYPES = ("ADD_GOTCHA", "FIX_LINK")
"""Those that no rule comes of: what only tools have shown supports nothing else."""
UNREAD_TYPES = ("EDIT_DESCRIPTION",)
"""What helps a skill that nobody opens: all else stands where nobody reads it."""
_BULLETED = ("ADD_RULE", "EDIT_RULE", "ADD_GOTCHA")
A_MODEL = "words of a model"
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_MARKUP = re.compile(r"[-*+#>|]\s|#|```|~~~|---|\d+[.)]\s")
_BINDS = re.compile(r"\b(?:always|must|never|do not|don't|only)\b", re.IGNORECASE)
_TARGET = re.compile(r"https://[^\s()<>\"'`\\]+")


@dataclass(frozen=True, slots=True)
class Delta:
    """An edit of the kind *type*: *old* is what it is about, *text* what comes, *cited* its proof.

    *cited* are names of excerpts that whoever worded it was shown.
    """

    type: str
    text: str = ""
    old: str = ""
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why nothing comes of a draft."""

    why: str


@dataclass(frozen=True, slots=True)
class Worded:
    """What a skill is *after* a delta, and what a person has to look at."""

    after: Shelved
    flags: tuple[str, ...]


def worded(skill: Shelved, delta: Delta) -> Worded | Dropped:
    """Return what *delta* makes of *skill*, or why it does not fit.

    The bullet of a rule may be told with its words.
    """
    if delta.type in _BULLETED:
        delta = replace(delta, text=delta.text.strip().removeprefix("- "))
    wrong = _wrong(delta)
    if wrong:
        return Dropped(wrong)
    made = _EDITS[delta.type](skill, delta)
    if isinstance(made, Dropped):
        return made
    text, flags = made
    told = (A_MODEL, *flags, *spoken_of(skill, delta.text), *dangers(delta.text))
    return Worded(replace(skill, text=text), tuple(dict.fromkeys(told)))


_Made = tuple[str, tuple[str, ...]] | Dropped


def _wrong(delta: Delta) -> str:
    """Return what is wrong with the words of *delta*, wherever they go."""
    if delta.type not in TYPES:
        return f"{delta.type!r} is no edit that a draft may make"
    if delta.type != "DELETE_RULE" and not delta.text.strip():
        return "it has no words"
    if len(delta.text.splitlines()) > 1 or hides(delta.text):
        return "its words are more than one line, or hold what nobody sees"
    if "<!--" in delta.text or "-->" in delta.text:
        return "its words hide something in a comment"
    return "its words begin with markup" if _MARKUP.match(delta.text.strip()) else ""


def _added(skill: Shelved, delta: Delta) -> _Made:
    if skill.says(delta.text):
        return Dropped("the skill says so already")
    headings, title = (RULES, "Rules") if delta.type == "ADD_RULE" else (GOTCHAS, "Gotchas")
    return with_item(skill, headings, title, delta.text.strip()), ()


def _edited(skill: Shelved, delta: Delta) -> _Made:
    at = _place(skill, delta.old)
    if isinstance(at, Dropped):
        return at
    lines, new = list(skill.head.lines), delta.text.strip()
    line = lines[at]
    rules = [rule for rule in skill.sidecar.non_negotiables if holds(line, rule)]
    lost = next((f"[{rule.id}]" for rule in rules if f"[{rule.id}]" in line), "")
    if lost and lost not in new:
        return Dropped(f"it takes {lost} away, the mark of a non-negotiable")
    lines[at] = _lead(line) + new
    flags = ["changes a non-negotiable"] if rules else []
    flags += ["loosens a rule"] if len(_BINDS.findall(line)) > len(_BINDS.findall(new)) else []
    return "\n".join(lines), tuple(flags)


def _deleted(skill: Shelved, delta: Delta) -> _Made:
    at = _place(skill, delta.old)
    if isinstance(at, Dropped):
        return at
    lines = list(skill.head.lines)
    end = item_end(lines, at) if _ITEM.match(lines[at]) else at + 1
    gone = "\n".join(lines[at:end])
    if any(holds(gone, rule) for rule in skill.sidecar.non_negotiables):
        return Dropped("it drops a non-negotiable, which no draft may do")
    del lines[at:end]
    return "\n".join(lines), ("drops what the skill says",)


def _described(skill: Shelved, delta: Delta) -> _Made:
    place = skill.head.line_of("description") - 1
    if "description" not in skill.head.entries:
        return Dropped("the skill has no description")
    later = [line - 1 for line, _ in skill.head.entries.values() if line - 1 > place]
    lines = list(skill.head.lines)
    told = json.dumps(delta.text.strip(), ensure_ascii=False)
    lines[place : min(later, default=skill.head.body - 1)] = [f"description: {told}"]
    return "\n".join(lines), ("says when the skill is used",)


def _linked(skill: Shelved, delta: Delta) -> _Made:
    new, link = delta.text.strip(), f"]({delta.old})"
    if not delta.old or link not in skill.text:
        return Dropped(f"SKILL.md has no link to {delta.old!r}")
    if new not in skill.references and not _TARGET.fullmatch(new):
        return Dropped(f"{new!r} is no text of the skill and no https address")
    return skill.text.replace(link, f"]({new})"), ()


_EDITS: Mapping[str, Callable[[Shelved, Delta], _Made]] = {
    "ADD_RULE": _added,
    "ADD_GOTCHA": _added,
    "EDIT_RULE": _edited,
    "DELETE_RULE": _deleted,
    "EDIT_DESCRIPTION": _described,
    "FIX_LINK": _linked,
}


def _place(skill: Shelved, old: str) -> int | Dropped:
    """Return the index of the one line of prose that is *old*, with or without its bullet."""
    asked = old.strip()
    if not asked or len(asked.splitlines()) > 1:
        return Dropped("it does not name one line of SKILL.md")
    found = [
        at
        for at, line in prose_lines(skill.head.lines, skill.head.body)
        if asked in (line.strip(), line[len(_lead(line)) :].strip())
    ]
    if len(found) != 1:
        how = "no line" if not found else f"{len(found)} lines"
        return Dropped(f"SKILL.md has {how} {asked[:80]!r}")
    return found[0]


def _lead(line: str) -> str:
    """Return what comes before the words of *line*: spaces and a bullet."""
    found = _ITEM.match(line)
    return found[0] if found else line[: len(line) - len(line.lstrip())]
