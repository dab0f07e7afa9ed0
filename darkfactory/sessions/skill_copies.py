"""The skills of a session, and their copies in its workspace."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from darkfactory.agents.protocol import SkillFolder
from darkfactory.domain.skill import SkillRef


@dataclass(frozen=True, slots=True)
class SessionSkills:
    """What a session gets: *pairs* to launch, *first* for its prompt, *again* for later turns.

    *rules* are the non-negotiables with a check, *paths* where copies go in the workspace.
    *withheld* are the skills of its lane that a draw has kept from it.
    *catalogue* is what the agent's list of skills holds at the start, *shadows* are skills of the
    repository that it may take for one of these, each with the name and the place *by* which.
    """

    pairs: Sequence[tuple[SkillFolder, SkillRef]] = ()
    first: str = ""
    again: str = ""
    rules: Sequence[Mapping[str, Any]] = ()
    paths: tuple[str, ...] = ()
    withheld: Sequence[SkillRef] = ()
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    shadows: Sequence[Mapping[str, Any]] = ()


def lay_copies(workspace: str, skills: SessionSkills) -> list[str]:
    """Make each path of *skills* in *workspace* a copy of the skill that has its name.

    What is there is replaced. No link is followed: where one, or a file, stands in place of a
    folder on the way, nothing is copied. No agent may run.

    Returns:
        What could not be laid, in sentences.

    Raises:
        OSError: If the disk refuses.
    """
    sources = {skill.name: skill.path for skill, _ in skills.pairs}
    problems = []
    for path in skills.paths:
        blocked = _blocked(workspace, os.path.dirname(path))
        if blocked is not None:
            problems.append(f"{path} is not laid: {blocked} is no folder")
            continue
        target = os.path.join(workspace, path)
        if os.path.islink(target) or os.path.isfile(target):
            os.unlink(target)
        elif os.path.lexists(target):
            shutil.rmtree(target)
        shutil.copytree(sources[os.path.basename(path)], target)
    return problems


def _blocked(workspace: str, folder: str) -> str | None:
    """Make *folder* below *workspace*; return what stands in its way, or None."""
    below = ""
    for part in folder.split("/"):
        below = os.path.join(below, part)
        place = os.path.join(workspace, below)
        if os.path.islink(place) or (os.path.lexists(place) and not os.path.isdir(place)):
            return below
        os.makedirs(place, exist_ok=True)
    return None
