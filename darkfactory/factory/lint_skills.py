"""Look at skills for ``df skills``: those of the repository, or those in given folders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from darkfactory.factory.skill_project import Beside, project_of
from darkfactory.files import write_atomic
from darkfactory.skills.frontmatter import FILE, MOST_BYTES
from darkfactory.skills.lint.catalogue import check_rules
from darkfactory.skills.lint.engine import Choice, lint, parted
from darkfactory.skills.lint.fixing import mended
from darkfactory.skills.lint.places import skill_folders
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.lint.report import Linted
from darkfactory.skills.reading import read_plain


def lint_skills(
    paths: Sequence[Path], choice: Choice, beside: Beside | None = None
) -> list[Linted]:
    """Return what is found in the skills that *paths* name or hold.

    Skills in the same folder are one library.

    Args:
        beside: What else to look at; the standard's own profile looks at the skills alone.

    Raises:
        UnknownRule: If the choice names a rule that there is not.
        NoSkill: If a path does not exist or holds no skill.
        LanesInvalid: If the lanes.yaml beside a library is wrong.
    """
    check_rules(choice.also)
    libraries: dict[Path, list[Path]] = defaultdict(list)
    for folder in skill_folders(paths):
        libraries[folder.parent].append(folder)
    today = datetime.now(UTC).date()
    linted = []
    for shelf, folders in libraries.items():
        skills = [read_skill(folder, today) for folder in folders]
        if choice.profile == "factory":
            project = project_of(shelf, skills, beside or Beside())
            skills = [replace(skill, project=project) for skill in skills]
        for folder, skill, found in zip(folders, skills, lint(skills, choice), strict=True):
            kept, allowed = parted(skill, found, choice)
            linted.append(Linted(skill.name, folder, kept, allowed))
    return linted


def mend_skills(paths: Sequence[Path]) -> list[Path]:
    """Mend by rule what can be in the skills that *paths* name or hold; return what was written.

    A SKILL.md that is a link, no UTF-8 or cannot be read is left alone.

    Raises:
        NoSkill: If a path does not exist or holds no skill.
        DiskFull: If the disk has no room; the file keeps its old text.
    """
    written = []
    for folder in skill_folders(paths):
        path = folder / FILE
        try:
            text = read_plain(str(path), MOST_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError):  # what is wrong with it, the lint tells
            continue
        better = mended(text, read_skill(folder))
        if better != text:
            write_atomic(path, better, mode=path.stat().st_mode & 0o777)
            written.append(path)
    return written
