"""What an agent sees beside the skills that it is given: others of the repository.

A skill of the same name may take the place of ours, or be listed a second time; and all of them
share one catalogue, from which agents first cut descriptions and then drop skills.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkfactory.domain.skill import Skill
from darkfactory.errors import UsageError
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.library import FOLDER
from darkfactory.skills.reading import head_of
from darkfactory.skills.snapshot import content_hash

_MOST = 500


class SkillShadowed(UsageError):
    """A skill of a lane that the repository has a second time, with another content."""

    code = "skill.shadowed"

    def __init__(self, name: str, place: str, agent: str) -> None:
        super().__init__(
            f"skill {name}: agent {agent!r} would see another one of that name in {place}",
            fix=f"rename one of them, remove {place}, or make it the same as {FOLDER}/{name}",
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """A skill that an agent finds by itself. *place* is its folder below the root."""

    name: str
    place: str
    description: str


def skills_beside(root: Path, folders: Sequence[str]) -> list[Beside]:
    """Return the skills in *folders* below *root*, at most some hundreds; links are followed."""
    found = [each for folder in folders for each in _in_folder(root, folder)]
    return found[:_MOST]


def shadow_of(skill: Skill, root: Path, seen: Iterable[Beside]) -> str | None:
    """Return where one of *seen* has the name of *skill* and another content, or None."""
    for each in seen:
        if skill.name in (each.name, os.path.basename(each.place)):
            other = Skill(skill.name, Path(os.path.realpath(root / each.place)))
            if not same_content(skill, other):
                return each.place
    return None


def shadows_of(skills: Iterable[Skill], root: Path, seen: Sequence[Beside]) -> list[dict[str, str]]:
    """Return each of *skills* that one of *seen* has the name of, and *by* which place."""
    places = ((skill.name, shadow_of(skill, root, seen)) for skill in skills)
    return [{"name": name, "by": place} for name, place in places if place]


def catalogue_of(
    skills: Sequence[Skill], beside: Sequence[Beside], budget: int | None
) -> dict[str, Any]:
    """Return what the catalogue of an agent holds that sees *skills* and those *beside* them.

    Args:
        budget: How many characters of names and descriptions it shows, None: nobody knows.
    """
    chars = catalogue_size([*skills, *beside])
    share = round(chars / budget, 4) if budget else None
    told = {"skills": len(skills), "beside": len(beside)}
    return {**told, "chars": chars, "budget": budget, "budget_share": share}


def same_content(skill: Skill, other: Skill) -> bool:
    """Tell whether a session would see the same files of both."""
    try:
        return content_hash(skill) == content_hash(other)
    except UsageError:
        return False


def catalogue_size(skills: Iterable[Skill | Beside]) -> int:
    """Return how many characters of a catalogue *skills* take: their names and descriptions."""
    return sum(len(skill.name) + len(skill.description) for skill in skills)


def _in_folder(root: Path, folder: str) -> Iterator[Beside]:
    try:
        names = sorted(os.listdir(root / folder))[:_MOST]
    except OSError:  # it is not there, or cannot be read: then the agent sees nothing there either
        return
    for name in names:
        place = f"{folder}/{name}"
        if os.path.lexists(root / place / FILE):
            head = head_of(os.fspath(root / place))
            yield Beside(head.name or name, place, head.description)
