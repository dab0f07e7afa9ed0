"""Look at the skills of lanes before anything starts: are they there, and will agents see them?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.agents.registry import adapter
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentSettings, Settings
from darkfactory.domain.skill import Skill
from darkfactory.factory.skills import lane_skills
from darkfactory.skills.beside import SkillShadowed, catalogue_size, shadow_of, skills_beside
from darkfactory.skills.library import is_retired


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person should know of the skills of *lane*, and what they can do."""

    lane: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"lane {self.lane}: {self.problem}; {self.fix}"


def check_skills(lanes: Iterable[Lane], settings: Settings, root: Path) -> Iterator[Notice]:
    """Yield what a person should know of the skills of *lanes* in the repository at *root*.

    Raises:
        UnknownSkill: If there is none of a name.
        SkillInvalid: If one may not go into a session.
        SkillChanged: If one is not as a person has agreed to it.
        LockInvalid: If the lock file cannot be read.
        SkillShadowed: If an agent would see another one of the same name.
    """
    for lane in lanes:
        skills = lane_skills(lane, root)
        yield from _retired(lane, root)
        for name in lane.agents if skills else ():
            yield from _seen_by(settings.agents[name], lane, skills, root)


def _retired(lane: Lane, root: Path) -> Iterator[Notice]:
    for name in lane.skills:
        if is_retired(name, root):
            fix = f"take it out of lanes.yaml, or bring it back: df skills restore {name}"
            yield Notice(lane.name, f"skill {name} is retired, so its sessions go without it", fix)


def _seen_by(
    agent: AgentSettings, lane: Lane, skills: tuple[Skill, ...], root: Path
) -> Iterator[Notice]:
    at = adapter(agent.kind).capabilities.skills
    beside = skills_beside(root, at.beside)
    for skill in skills:
        place = shadow_of(skill, root, beside)
        if place is not None:
            raise SkillShadowed(skill.name, place, agent.name)
    size = catalogue_size([*skills, *beside])
    if at.catalogue is not None and size > at.catalogue:
        problem = (
            f"agent {agent.name!r} sees {len(beside)} skills beside its own; {size} characters are "
            f"more than its catalogue of {at.catalogue}, so it will cut descriptions or leave "
            "skills out"
        )
        yield Notice(lane.name, problem, "remove skills that nobody needs")
