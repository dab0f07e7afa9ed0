"""How each skill of a repository stands: what is known of it here, and what that comes to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from darkfactory.domain.foreign import text_of
from darkfactory.domain.skill import Skill
from darkfactory.evals.suite import NoSuite, suite_folders
from darkfactory.factory.line import LANES_FILE, Line, look_at_line
from darkfactory.factory.read_history import read_history
from darkfactory.factory.skill_chances import chances_of
from darkfactory.factory.skill_trials import last_trial, was_tried
from darkfactory.factory.tree_shelf import shelved
from darkfactory.retro.decay import Judged, Known, Program, judge_decay
from darkfactory.retro.holdouts import Holdout, holdouts
from darkfactory.retro.shelf import Shelf, Shelved
from darkfactory.skills.holdout import may_be_withheld
from darkfactory.skills.library import find_skills, retired_skills
from darkfactory.skills.lock import Tombstone, read_tombstones

_NO_LOGS = float("inf")


def skill_standings(root: Path, now: float) -> list[tuple[Skill, Judged]]:
    """Return each skill of the repository at *root* and how it stands at the time *now*, by name.

    Retired ones come last. The lanes of each are those that give it, where there is a lanes.yaml.

    Raises:
        SkillsUnreadable: If the folder of skills cannot be listed.
        LanesInvalid: If there is a lanes.yaml that is wrong.
        LockInvalid: If the lock of skills is none.
        GitFailed: If the hub cannot be read.
    """
    line = look_at_line(root) if (root / LANES_FILE).is_file() else None
    held_out = _held_out(line) if line else ()
    known = {skill.name: one for skill, one in _known(root, line, held_out)}
    found = [
        (replace(skill, lanes=_given_by(line, skill)), judge_decay(known[skill.name], now))
        for skill in find_skills(root)
    ]
    stones = read_tombstones(root)
    for skill in retired_skills(root):
        said = Known(skill.name, retired=_epitaph(stones.get(skill.name)))
        found.append((skill, judge_decay(said, now)))
    return found


def _given_by(line: Line | None, skill: Skill) -> tuple[str, ...]:
    if line is None:
        return tuple(skill.lanes)
    return tuple(lane.name for lane in line.settings.lanes if skill.name in lane.skills)


def judged_on(
    line: Line, shelf: Shelf, held_out: Sequence[Holdout]
) -> dict[str, tuple[Known, Judged]]:
    """Return what is known of each skill on *shelf* and how it stands, by name.

    One that the checkout has otherwise than the landed base is left out: evals try the checkout's.
    """
    root, now = line.state.repository, line.clock.now()
    return {
        skill.name: (known, judge_decay(known, now))
        for skill, known in _known(root, line, held_out)
        if skill.name in shelf and _is_on(skill, shelf[skill.name])
    }


def _is_on(skill: Skill, landed: Shelved) -> bool:
    here = shelved(skill.path)
    return here is not None and (here.text, here.side) == (landed.text, landed.side)


def _epitaph(stone: Tombstone | None) -> str:
    return f"by {stone.by} on {stone.at[:10]}: {stone.reason}" if stone else "nobody noted why"


def _known(
    root: Path, line: Line | None, held_out: Sequence[Holdout]
) -> Iterator[tuple[Skill, Known]]:
    programs = _programs(line) if line else {}
    drawn = {(one.skill, one.version): one for one in held_out}
    for skill in find_skills(root):
        agents = {name: programs[name] for name in _given_to(skill.name, line)}
        yield skill, known_of(root, skill, drawn.get((skill.name, skill.version)), agents)


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


def _given_to(skill: str, line: Line | None) -> Iterator[str]:
    for lane in line.settings.lanes if line else ():
        yield from lane.agents if skill in lane.skills else ()


def _held_out(line: Line) -> list[Holdout]:
    return holdouts(chances_of(line, read_history(line, _NO_LOGS).sittings))


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
