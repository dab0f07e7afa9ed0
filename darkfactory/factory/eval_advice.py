"""Advice on the rules of skills from results, with what the working tree knows beside them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from darkfactory.domain.foreign import mapping_of, text_of
from darkfactory.evals.advice import Advice, KnownRule, advise
from darkfactory.evals.result import CellResult
from darkfactory.factory.tree_shelf import shelved
from darkfactory.retro.case import Evidence
from darkfactory.retro.finding import Finding
from darkfactory.retro.proposal import propose
from darkfactory.retro.shelf import Shelved
from darkfactory.skills.folder import HISTORY
from darkfactory.skills.frontmatter import MOST_BYTES, NAME
from darkfactory.skills.library import FOLDER
from darkfactory.skills.reading import read_plain
from darkfactory.skills.remedy import MOVES

_MENDS = ("MOVE_INLINE", "EDIT_RULE")
_CHANGED = "; the skill has changed since, so run its scenarios again"


def advice_of(results: Sequence[CellResult], root: Path | None) -> list[Advice]:
    """Return the advice that *results* give, with an edit where a rule can make it.

    Args:
        results: What cells came to.
        root: The repository whose skills they tried; None: they are not at hand.
    """
    names = {one.skill for one in results if one.skill and NAME.fullmatch(one.skill)}
    skills = {} if root is None else _skills(root, sorted(names))
    known = {
        (name, rule.id): KnownRule(
            place=skill.place_of(rule),
            has_reason=bool(rule.why),
            enforce=rule.enforce or "",
            revised=rule.id in mended,
        )
        for name, (skill, mended) in skills.items()
        for rule in skill.sidecar.non_negotiables
    }
    return [
        _with_patch(one, skills, known.get((one.skill, one.rule))) for one in advise(results, known)
    ]


def _skills(root: Path, names: Sequence[str]) -> dict[str, tuple[Shelved, frozenset[str]]]:
    found = {}
    for name in names:
        skill = shelved(root / FOLDER / name)
        if skill is not None:
            found[name] = skill, _mended(root / FOLDER / name / HISTORY)
    return found


def _mended(path: Path) -> frozenset[str]:
    """Return the rules that a skill's history has accepted edits of; a line that is none is not."""
    try:
        text = read_plain(str(path), MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return frozenset()
    return frozenset(filter(None, map(_mended_by, text.splitlines())))


def _mended_by(line: str) -> str:
    try:
        entry = mapping_of(json.loads(line))
    except (ValueError, RecursionError):
        return ""
    accepted = mapping_of(entry.get("decision")).get("verdict") == "accept"
    is_mend = accepted and entry.get("type") in _MENDS
    return text_of(entry.get("anchor")) if is_mend else ""


def _with_patch(
    one: Advice, skills: dict[str, tuple[Shelved, frozenset[str]]], now: KnownRule | None
) -> Advice:
    """Return *one* with its edit; a rule that stands elsewhere by now has none."""
    if one.remedy not in MOVES or now is None:
        return one
    if now.place != one.place:
        return replace(one, said=one.said + _CHANGED)
    made = propose([_finding(one)], (), {one.skill: skills[one.skill][0]})
    return replace(one, patch=made[0].patch if made else "")


def _finding(one: Advice) -> Finding:
    """Return *one* as the retro words it, which makes the edit."""
    seen = tuple(Evidence(cell.session or "", 0) for cell in one.cells)
    scenarios = len({cell.scenario for cell in one.cells})
    return Finding(
        "M1", one.rule, one.skill, one.said, seen, len(seen), scenarios,
        supported=True, remedy=one.remedy,
    )  # fmt: skip
