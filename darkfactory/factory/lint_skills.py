"""Look at skills for ``df skills``: those of the repository, or those in given folders."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from darkfactory.skills.lint.allowing import allowances, apart
from darkfactory.skills.lint.engine import Choice, lint
from darkfactory.skills.lint.places import skill_folders
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.lint.report import Linted


def lint_skills(paths: Sequence[Path], choice: Choice) -> list[Linted]:
    """Return what is found in the skills that *paths* name or hold.

    Skills in the same folder are one library.

    Raises:
        NoSkill: If a path does not exist or holds no skill.
    """
    libraries: dict[Path, list[Path]] = defaultdict(list)
    for folder in skill_folders(paths):
        libraries[folder.parent].append(folder)
    today = datetime.now(UTC).date()
    linted = []
    for folders in libraries.values():
        skills = [read_skill(folder, today) for folder in folders]
        for folder, skill, found in zip(folders, skills, lint(skills, choice), strict=True):
            kept, allowed = apart(found, allowances(skill))
            linted.append(Linted(skill.name, folder, kept, allowed))
    return linted
