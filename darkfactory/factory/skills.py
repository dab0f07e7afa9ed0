"""The skills of one session: pinned copies in its folder, and the words that name them."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from darkfactory.agents.protocol import SkillFolder
from darkfactory.agents.registry import adapter
from darkfactory.config.problems import shown
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentKind
from darkfactory.domain.skill import Skill, SkillRef
from darkfactory.errors import UsageError
from darkfactory.factory.line import Line
from darkfactory.factory.skill_trials import is_proven
from darkfactory.sessions.skill_copies import SessionSkills
from darkfactory.skills.beside import catalogue_of, shadows_of, skills_beside
from darkfactory.skills.frontmatter import FILE, MOST_BYTES
from darkfactory.skills.holdout import Drawn, draw, may_be_withheld
from darkfactory.skills.library import is_retired, skills_for
from darkfactory.skills.lock import check_locked, read_lock
from darkfactory.skills.pin import Pinned, pin, pinned_in, withheld_in
from darkfactory.skills.prompting import first_words, reminder
from darkfactory.skills.reading import read_plain
from darkfactory.skills.snapshot import content_hash

_FOLDER = "skills"


class RequiredMissing(UsageError):
    """A lane gives a skill without one that it requires."""

    code = "skill.required"

    def __init__(self, lane: str, skill: str, missing: str) -> None:
        super().__init__(
            f"lane {lane} gives skill {skill} without {shown(missing)}, which it requires",
            fix=f"add {missing} to the skills of lane {lane}, or take {skill} out",
        )


def lane_skills(lane: Lane, root: Path) -> tuple[Skill, ...]:
    """Return the skills of *lane* in the repository at *root*, without those that are retired.

    Raises:
        RequiredMissing: If one requires another that the lane does not give.
        UnknownSkill: If lanes.yaml names one that the repository does not have.
        SkillInvalid: If one has an error.
        SkillChanged: If one is not as a person has agreed to it.
        LockInvalid: If the lock file cannot be read.
    """
    if not lane.skills:
        return ()
    names = [name for name in lane.skills if not is_retired(name, root)]
    skills, locked = skills_for(names, root), read_lock(root)
    for skill in skills:
        check_locked(skill, locked)
        missing = next((name for name in skill.requires if name not in names), None)
        if missing is not None:
            raise RequiredMissing(lane.name, skill.name, missing)
    return skills


def new_skills(line: Line, lane: Lane, session: str, item: str, kind: AgentKind) -> SessionSkills:
    """Copy the skills of *lane* for a *session* of *item* that begins, and return them.

    What a holdout of the lane withholds from the item is not among them.

    Raises:
        UnknownSkill: If lanes.yaml names one that the repository does not have.
        SkillChanged: If one is not as a person has agreed to it.
        DiskFull: If there is no room for the copies.
    """
    folder = line.state.session(session) / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # of a start that was killed before its agent began
    if not lane.skills:
        return SessionSkills()
    root = Path(line.state.repository)
    drawn = draw_skills(lane_skills(lane, root), lane, item, kind, root)
    withheld = [
        Pinned(skill, SkillRef(skill.name, skill.version, content_hash(skill), share=lane.holdout))
        for skill in drawn.withheld
    ]
    pinned = pin(drawn.given, folder, kind, shares=drawn.shares, withheld=withheld)
    return _of(pinned, withheld, kind, root)


def kept_skills(line: Line, lane: Lane, session: str, item: str, kind: AgentKind) -> SessionSkills:
    """Return the skills that *session* began with, which it keeps whatever became of the library.

    Raises:
        UnknownSkill: If they are gone, and lanes.yaml names one that the repository does not have.
        DiskFull: If they are gone, and there is no room for new copies.
    """
    folder = line.state.session(session) / _FOLDER
    pinned = pinned_in(folder)
    if pinned is None:
        return new_skills(line, lane, session, item, kind)
    return _of(pinned, withheld_in(folder), kind, Path(line.state.repository))


def draw_skills(
    skills: Sequence[Skill], lane: Lane, item: str, kind: AgentKind, root: Path
) -> Drawn:
    """Return which of *skills* a session of *item* in *lane* is given, by the lane's holdout.

    What the agent sees without us, or what is proven, is withheld from nobody.
    """
    if not lane.holdout:
        return Drawn(tuple(skills))
    beside = skills_beside(root, adapter(kind).capabilities.skills.beside)
    seen = {name for each in beside for name in (each.name, os.path.basename(each.place))}

    def may_lack(skill: Skill) -> bool:
        return may_be_withheld(skill) and skill.name not in seen and not is_proven(root, skill)

    return draw(skills, item, lane.holdout, may_lack=may_lack)


def _of(
    pinned: Sequence[Pinned], withheld: Sequence[Pinned], kind: AgentKind, root: Path
) -> SessionSkills:
    at = adapter(kind).capabilities.skills
    skills = [each.skill for each in pinned]
    bodies = {
        skill.name: read_plain(os.fspath(skill.path / FILE), MOST_BYTES).decode("utf-8", "replace")
        for skill in skills
    }
    beside = skills_beside(root, at.beside)
    paths = (f"{folder}/{skill.name}" for folder in at.workspace for skill in skills)
    return SessionSkills(
        pairs=[(_folder(each), each.ref) for each in pinned],
        first=first_words(skills, kind, bodies, read=at.read),
        again=reminder(skills, kind, read=at.read),
        # Those of withheld skills are judged, and told nobody: are they kept without the skill?
        rules=checked_rules([*skills, *(each.skill for each in withheld)]),
        catalogue=catalogue_of(skills, beside, at.catalogue),
        shadows=shadows_of(skills, root, beside),
        # What the repository has there itself is the agent's work, and stays as it is.
        paths=tuple(path for path in paths if not os.path.lexists(root / path)),
        withheld=[each.ref for each in withheld],
    )


def checked_rules(skills: Iterable[Skill]) -> list[Mapping[str, Any]]:
    """Return the non-negotiables of *skills* that a session is judged by: those with a check."""
    return [
        {"skill": skill.name, **asdict(rule)}
        for skill in skills
        for rule in skill.non_negotiables
        if isinstance(rule.check, Mapping)
    ]


def _folder(pinned: Pinned) -> SkillFolder:
    skill = pinned.skill
    return SkillFolder(skill.name, skill.description, os.fspath(skill.path))
