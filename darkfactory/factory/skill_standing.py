"""How each skill of a repository stands: what is known of it here, and what that comes to."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from darkfactory.domain.foreign import text_of
from darkfactory.domain.settings import Settings
from darkfactory.domain.skill import Skill
from darkfactory.evals.suite import NoSuite, suite_folders
from darkfactory.factory.learn import chances_of
from darkfactory.factory.line import LANES_FILE, Line, look_at_line
from darkfactory.factory.read_history import read_history
from darkfactory.factory.skill_trials import last_trial, was_tried
from darkfactory.retro.decay import Judged, Known, Program, judge_decay
from darkfactory.retro.holdouts import Holdout, holdouts
from darkfactory.skills.holdout import may_be_withheld
from darkfactory.skills.library import find_skills

_NO_LOGS = float("inf")


def skill_standings(root: Path, now: float) -> list[tuple[Skill, Judged]]:
    """Return each skill of the repository at *root* and how it stands at the time *now*, by name.

    Raises:
        SkillsUnreadable: If the folder of skills cannot be listed.
        LanesInvalid: If there is a lanes.yaml that is wrong.
        GitFailed: If the hub cannot be read.
    """
    line = look_at_line(root) if (root / LANES_FILE).is_file() else None
    held_out = _held_out(line) if line else {}
    programs = _programs(line) if line else {}
    settings = line.settings if line else None
    found = []
    for skill in find_skills(root):
        agents = {name: programs[name] for name in _given_to(skill.name, settings)}
        known = known_of(root, skill, held_out.get((skill.name, skill.version)), agents)
        found.append((skill, judge_decay(known, now)))
    return found


def known_of(
    root: Path, skill: Skill, holdout: Holdout | None, agents: Mapping[str, Program]
) -> Known:
    """Return what is known of *skill* beside its *holdout* and the *agents* that get it."""
    trial = None if skill.errors else last_trial(root, skill)
    return Known(
        skill.name,
        trial,
        holdout,
        agents,
        kept=not may_be_withheld(skill),
        scenarios=_has_scenarios(root, skill.name),
        elsewhere=trial is None and was_tried(root, skill.name),
    )


def _has_scenarios(root: Path, skill: str) -> bool:
    try:
        return bool(suite_folders(root, skill))
    except NoSuite:
        return False


def _given_to(skill: str, settings: Settings | None) -> Iterator[str]:
    for lane in settings.lanes if settings else ():
        yield from lane.agents if skill in lane.skills else ()


def _held_out(line: Line) -> dict[tuple[str, str], Holdout]:
    history = read_history(line, _NO_LOGS)
    found = holdouts(chances_of(line, history.sittings))
    return {(one.skill, one.version): one for one in found}


def _programs(line: Line) -> dict[str, Program]:
    """Return each agent as it is: the model of lanes.yaml, the version its last session told."""
    versions = {
        row.agent: text_of(row.started.data.get("version"))
        for row in line.record.sessions.values()
        if row.agent
    }
    return {
        name: Program(agent.model or "", versions.get(name, ""))
        for name, agent in line.settings.agents.items()
    }
