"""Where the skills are that a command was asked to look at."""

import os
from collections.abc import Sequence
from pathlib import Path

from darkfactory.config.problems import shown
from darkfactory.errors import UsageError
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.library import FOLDER as SHELF
from darkfactory.skills.library import RETIRED

DEEPEST = 6
MOST_FOLDERS = 2000
_SKIPPED = {".git", "node_modules", "__pycache__"}


class NoSkill(UsageError):
    """A path where no skill is."""

    code = "skill.none"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"no skill to look at: {shown(str(path))} {why}",
            fix=f"name a folder that holds a {FILE}, or one with such folders in it",
        )


def skill_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the skill folders that *paths* name or hold, each once.

    A path is a skill's folder, its SKILL.md, or a folder to look for skills in.

    Raises:
        NoSkill: If a path does not exist or holds no skill.
    """
    found: dict[Path, None] = {}
    for path in paths:
        folders = _folders(path)
        if not folders:
            raise NoSkill(path, f"holds no {FILE} (looked {DEEPEST} folders deep)")
        found.update(dict.fromkeys(folders))
    return list(found)


def _folders(path: Path) -> list[Path]:
    real = Path(os.path.realpath(path))
    if not os.path.lexists(path) or not real.exists():
        raise NoSkill(path, "does not exist")
    if path.name == FILE and not path.is_dir():
        return [Path(os.path.realpath(path.absolute().parent))]
    if not real.is_dir():
        raise NoSkill(path, f"is neither a folder nor a {FILE}")
    return _below(real)


def _below(top: Path) -> list[Path]:
    found: list[Path] = []
    looked = 0
    for folder, folders, names in os.walk(top):
        looked += 1
        if FILE in names or FILE in folders:
            found.append(Path(folder))
            folders.clear()
            continue
        if os.path.basename(folder) == SHELF:
            folders[:] = [name for name in folders if name != RETIRED]
        depth = 0 if folder == str(top) else os.path.relpath(folder, top).count(os.sep) + 1
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        if depth >= DEEPEST or looked > MOST_FOLDERS:
            folders.clear()
    return found
