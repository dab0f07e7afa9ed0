"""The skills of one session: pinned copies in its folder, and the words that name them."""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.agents.protocol import SkillFolder
from darkfactory.domain.lane import Lane
from darkfactory.domain.skill import SkillRef
from darkfactory.factory.line import Line
from darkfactory.skills import mention, non_negotiables_block, skills_for, snapshot


@dataclass(frozen=True, slots=True)
class SessionSkills:
    """What a session gets: *pairs* to launch, *block* for its prompt, *mention* for resumes."""

    pairs: Sequence[tuple[SkillFolder, SkillRef]] = ()
    block: str = ""
    mention: str = ""


def lane_skills(line: Line, lane: Lane, session: str) -> SessionSkills:
    """Copy the skills of *lane* for *session* and return them; the copy is what the hash is of.

    Raises:
        UnknownSkill: If lanes.yaml names one that the repository does not have.
        DiskFull: If there is no room for the copies.
    """
    if not lane.skills:
        return SessionSkills()
    found = skills_for(lane.skills, Path(line.state.repository))
    target = line.state.session(session) / "skills" / uuid.uuid4().hex[:8]
    pairs = []
    for skill in found:
        copy = target / skill.name
        ref = snapshot(skill, copy)
        pairs.append((SkillFolder(skill.name, skill.description, os.fspath(copy)), ref))
    return SessionSkills(pairs, non_negotiables_block(found), mention(found))
