"""A skill as the working tree holds it, for reading: its texts, and where its rules stand."""

import os
from pathlib import Path

from darkfactory.retro.shelf import Shelved
from darkfactory.skills.folder import skill_files
from darkfactory.skills.frontmatter import FILE, MOST_BYTES
from darkfactory.skills.reading import read_plain
from darkfactory.skills.sidecar import FILE as SIDECAR


def shelved(folder: Path) -> Shelved | None:
    """Return the skill in *folder*, None where it has no SKILL.md that can be read.

    Files that are no text, or too long, are left out.
    """
    text = _text(folder / FILE)
    if text is None:
        return None
    files, _ = skill_files(folder)
    held = {one.name: _text(Path(one.source)) for one in files if one.name.endswith(".md")}
    references = {name: found for name, found in held.items() if found is not None and name != FILE}
    return Shelved(folder.name, text, _text(folder / SIDECAR) or "", references)


def rule_places(folder: Path) -> dict[str, str]:
    """Return where each non-negotiable of the skill in *folder* stands, as a shelf tells it."""
    skill = shelved(folder)
    rules = () if skill is None else skill.sidecar.non_negotiables
    return {rule.id: skill.place_of(rule) for rule in rules if skill is not None}


def _text(path: Path) -> str | None:
    try:
        return read_plain(os.fspath(path), MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        return None
