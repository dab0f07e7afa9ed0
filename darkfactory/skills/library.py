"""The skills of a repository: ``skills/<name>/SKILL.md``, each with what is odd about it."""

import os
from collections.abc import Sequence
from pathlib import Path

from darkfactory.config.problems import nearest, shown
from darkfactory.domain.skill import UNVERSIONED, Skill, SkillFinding
from darkfactory.errors import NotReady, UsageError
from darkfactory.skills import frontmatter
from darkfactory.skills.folder import LINK_OR_SPECIAL, skill_files
from darkfactory.skills.reading import head_of, side_of

FOLDER = "skills"
RETIRED = "retired"
"""The folder of FOLDER with the skills that no session gets any more; no skill has this name."""


class UnknownSkill(UsageError):
    """A name that no folder of skills/ has."""

    code = "skill.unknown"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        best = nearest(name, known)
        super().__init__(
            f"there is no skill {shown(name)} in {FOLDER}/"
            + (f"; did you mean {best}?" if best else ""),
            fix=f"use one of: {', '.join(known)}"
            if known
            else f"write {FOLDER}/NAME/SKILL.md, or take the name out of lanes.yaml",
        )


class SkillRetired(UsageError):
    """A skill that lies among the retired ones."""

    code = "skill.retired"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"skill {name} is retired: it lies in {FOLDER}/{RETIRED}/{name}",
            fix=f"df skills restore {name}",
        )


class SkillInvalid(UsageError):
    """A skill that may not go into a session; the problem is its first error."""

    code = "skill.invalid"

    def __init__(self, skill: Skill, errors: Sequence[SkillFinding]) -> None:
        first, *others = errors
        line = f" line {first.line}" if first.line else ""
        more = f" (and {len(others)} more)" if others else ""
        super().__init__(
            f"skill {skill.name}, {first.file}{line}: {first.message}{more}",
            fix=f"mend {skill.path}, or take the name out of lanes.yaml",
        )


class SkillsUnreadable(NotReady):
    """The folder of skills cannot be listed."""

    code = "skill.unreadable"

    def __init__(self, folder: Path, error: OSError) -> None:
        said = error.strerror or type(error).__name__
        super().__init__(f"{folder} cannot be listed: {said}", fix="check its permissions")


def find_skills(root: Path) -> list[Skill]:
    """Return the skills of the repository at *root* by name, the broken ones with their findings.

    A folder without a SKILL.md is none.

    Raises:
        SkillsUnreadable: If the folder cannot be listed.
    """
    return _skills_in(root / FOLDER, root)


def retired_skills(root: Path) -> list[Skill]:
    """Return the retired skills of the repository at *root* by name.

    Raises:
        SkillsUnreadable: If their folder cannot be listed.
    """
    return _skills_in(root / FOLDER / RETIRED, root)


def _skills_in(shelf: Path, root: Path) -> list[Skill]:
    try:
        names = sorted(entry.name for entry in os.scandir(shelf) if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise SkillsUnreadable(shelf, error) from error
    return [
        _skill(shelf / name, root)
        for name in names
        if not name.startswith(".")
        and name != RETIRED
        and os.path.lexists(shelf / name / frontmatter.FILE)
    ]


def skills_for(names: Sequence[str], root: Path) -> tuple[Skill, ...]:
    """Return the skills called *names* of the repository at *root*, in that order.

    Raises:
        UnknownSkill: If there is none of a name.
        SkillRetired: If one is retired.
        SkillInvalid: If one has an error and may not go into a session.
        SkillsUnreadable: If the folder of skills cannot be listed.
    """
    found = {skill.name: skill for skill in find_skills(root)}
    chosen = []
    for name in names:
        if name not in found and is_retired(name, root):
            raise SkillRetired(name)
        if name not in found:
            raise UnknownSkill(name, list(found))
        if found[name].errors:
            raise SkillInvalid(found[name], found[name].errors)
        chosen.append(found[name])
    return tuple(chosen)


def is_retired(name: str, root: Path) -> bool:
    """Tell whether a skill called *name* is retired, and there is none of that name beside it."""
    shelf = root / FOLDER
    there = (os.path.lexists(place / name / frontmatter.FILE) for place in (shelf, shelf / RETIRED))
    return list(there) == [False, True]


def _skill(folder: Path, root: Path) -> Skill:
    real = os.path.realpath(folder)
    if real != os.path.join(os.path.realpath(root), os.path.relpath(folder, root)):
        message = "the folder is reached through a link; put the skill itself here"
        found = SkillFinding(LINK_OR_SPECIAL, "error", ".", message)
        return Skill(folder.name, folder.absolute(), findings=(found,))
    return skill_in(Path(real))


def skill_in(folder: Path) -> Skill:
    """Return the skill in *folder*, which is no link, with what is odd about it."""
    head = head_of(os.fspath(folder))
    side = side_of(os.fspath(folder))
    _, odd = skill_files(folder)
    return Skill(
        name=folder.name,
        path=folder,
        description=head.description,
        version=side.version or head.version or UNVERSIONED,
        lanes=side.lanes,
        non_negotiables=side.non_negotiables,
        docs=side.docs,
        deliver=side.deliver,
        kind=side.kind,
        requires=side.requires,
        findings=(*head.findings, *side.findings, *odd),
    )
