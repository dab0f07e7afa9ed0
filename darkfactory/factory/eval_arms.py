"""What each condition gives a session: skills as folders or as words, servers, distractors."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from darkfactory.agents.protocol import McpServer, SkillFolder
from darkfactory.agents.registry import adapter
from darkfactory.clock import SystemClock
from darkfactory.domain.settings import AgentKind
from darkfactory.domain.skill import Skill, SkillRef
from darkfactory.errors import UsageError
from darkfactory.evals.condition import Condition
from darkfactory.evals.filler import distractors, null_skill
from darkfactory.evals.scenario import FILE as SCENARIO
from darkfactory.evals.scenario import Scenario
from darkfactory.evals.suite import Suite
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.skills import checked_rules
from darkfactory.factory.tree_shelf import rule_places
from darkfactory.gitio import GitFailed
from darkfactory.sessions.spec import HARD_DEADLINE_SECONDS
from darkfactory.skills import non_negotiables_block, skills_for, snapshot
from darkfactory.skills.frontmatter import FILE as SKILL_FILE
from darkfactory.skills.library import FOLDER as SHELF
from darkfactory.skills.library import find_skills, skill_in
from darkfactory.skills.prompting import delivery, first_words, reminder
from darkfactory.workspaces.written import lay_out

_OLD = "old"


class NoOldSkill(UsageError):
    """The skill cannot be had at a revision."""

    code = "evals.old"

    def __init__(self, skill: str, revision: str, said: str) -> None:
        super().__init__(
            f"skill {skill!r} cannot be taken from {revision!r}: {said}",
            fix="name a revision that has it: `old: REVISION` in suite.yaml, or --old REVISION",
        )


@dataclass(frozen=True, slots=True)
class Arm:
    """One condition, ready: what to install, what to say, and a *digest* of both.

    *text* goes into the first prompt, *again* into every later one. *rules* are those the session
    is judged by, as in a lane; *places* tell where each rule stands; None: it is not the skill as
    the working tree has it. *tree* is the hash of the skill that is tried, None without one.
    """

    pairs: tuple[tuple[SkillFolder, SkillRef], ...] = ()
    text: str = ""
    again: str = ""
    servers: tuple[McpServer, ...] = ()
    digest: str = ""
    rules: tuple[Mapping[str, Any], ...] = ()
    places: Mapping[str, str] | None = None
    tree: str | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """An *arm* that nothing is said of yet, and the skills that are to be told of."""

    arm: Arm
    told: tuple[Skill, ...] = ()

    def worded_for(self, kind: AgentKind) -> Arm:
        """Return the arm with what a lane would tell an agent of *kind*."""
        if not self.told:
            return self.arm
        read = adapter(kind).capabilities.skills.read
        bodies = {skill.name: _text_of(skill) for skill in self.told}
        ways = {skill.name: delivery(skill, kind) for skill in self.told}
        pairs = (
            (folder, replace(ref, deliver=ways.get(ref.name, ref.deliver)))
            for folder, ref in self.arm.pairs
        )
        first = first_words(self.told, kind, bodies, read=read)
        again = reminder(self.told, kind, read=read)
        return replace(self.arm, pairs=tuple(pairs), text=first, again=again)


@dataclass
class Arms:
    """Makes the arms of one suite."""

    lab: Lab
    suite: Suite
    old: str | None = None
    _made: dict[Condition, "_Made"] = field(default_factory=dict)

    def of(self, condition: Condition, scenario: Scenario, kind: AgentKind) -> Arm:
        """Return what *condition* gives a session of *scenario* by an agent of *kind*.

        Raises:
            UsageError: If a skill cannot be had.
        """
        if condition not in self._made:
            self._made[condition] = self._make(condition)
        bare = self._made[condition].worded_for(kind)
        if scenario.loads is not None and bare.pairs:
            # Whether it is found by those whom nobody tells of it is the question.
            pairs = [(folder, replace(ref, deliver="catalog")) for folder, ref in bare.pairs]
            bare = replace(bare, pairs=tuple(pairs), text="", again="", rules=())
        names = scenario.mcp or tuple(self.suite.mcp)
        servers = tuple(self._servers[name] for name in names) if condition.mcp else ()
        told = [
            [[ref.name, ref.sha256] for _, ref in bare.pairs],
            bare.text,
            [[one.name, self.suite.mcp[one.name].command, dict(one.env)] for one in servers],
            self.files_digest if servers else "",
        ]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        return replace(bare, servers=servers, digest=digest, tree=self._tree(condition, bare))

    def _tree(self, condition: Condition, bare: Arm) -> str | None:
        if condition.skill != "native":
            return None
        return next((ref.sha256 for _, ref in bare.pairs if ref.name == self.suite.skill), None)

    @cached_property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        """The rules with a check of the skill in the working tree."""
        return checked_rules([skill_in(self.lab.home.repository / SHELF / self.suite.skill)])

    @cached_property
    def files(self) -> Path:
        """A copy of the suite's own files without its scenarios: what servers are made of."""
        target = self._place / "suite"
        shutil.copytree(self.suite.folder, target, ignore=_scenarios, symlinks=True)
        return target

    @cached_property
    def files_digest(self) -> str:
        """A hash of the suite's own files."""
        return folder_digest(self.files)

    @cached_property
    def _place(self) -> Path:
        """A folder for this run's copies; old ones go, those that a session may still use stay."""
        root = self.lab.state.repository / "arms"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in root.iterdir():
            if SystemClock().now() - old.stat().st_mtime > HARD_DEADLINE_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        place = root / uuid.uuid4().hex[:8]
        place.mkdir(mode=0o700, parents=True)
        return place

    @cached_property
    def _servers(self) -> Mapping[str, McpServer]:
        own = os.path.realpath(self.suite.folder) + os.sep
        there = os.fspath(self.files) + os.sep
        return {
            name: replace(
                server, command=tuple(word.replace(own, there, 1) for word in server.command)
            )
            for name, server in self.suite.mcp.items()
        }

    def _make(self, condition: Condition) -> "_Made":
        skills = tuple(self._tried(condition))
        rules = tuple(checked_rules(skills))
        if condition.skill == "inline":
            block = non_negotiables_block(skills)
            text = "\n\n".join(filter(None, (_inline(skills[0]), block)))
            return _Made(Arm(text=text, again=text, rules=rules))
        every = [*skills, *self._distractors(condition.distractors)]
        place = self._place / uuid.uuid4().hex[:8]
        pairs = []
        for skill in every:
            copy = place / skill.name
            ref = replace(snapshot(skill, copy), deliver="catalog")
            pairs.append((SkillFolder(skill.name, skill.description, os.fspath(copy)), ref))
        places = rule_places(skills[0].path) if condition.is_skill_as_it_is else None
        return _Made(Arm(tuple(pairs), rules=rules, places=places), skills)

    def _tried(self, condition: Condition) -> Iterator[Skill]:
        if condition.skill is None:
            return
        root = self.lab.home.repository
        if condition.revision is not None:
            root = self._at(condition.revision)
        (skill,) = skills_for([self.suite.skill], root)
        if condition.skill == "null":
            (skill,) = self._written(dict([null_skill(_text_of(skill))]))
        yield skill

    def _at(self, revision: str) -> Path:
        """Return a folder with the skill as it was at *revision*."""
        if revision == _OLD:
            revision = self.old or self.suite.old
        root = self._place / uuid.uuid4().hex[:8]
        path = f"{SHELF}/{self.suite.skill}"
        try:
            source = self.lab.source_of(revision) or self.lab.home.repository
            found = lay_out(("-C", os.fspath(source)), revision, [path], root)
        except GitFailed as error:
            said = (error.said.strip().splitlines() or ["git refuses it"])[-1]
            raise NoOldSkill(self.suite.skill, revision, said) from error
        if not found:
            raise NoOldSkill(self.suite.skill, revision, "it has no such skill")
        return root

    def _distractors(self, count: int) -> Sequence[Skill]:
        """Return *count* other skills: the repository's, and made-up ones where those are few."""
        others = [
            skill
            for skill in find_skills(self.lab.home.repository)
            if skill.name != self.suite.skill and not skill.errors
        ][:count]
        taken = {self.suite.skill, *(skill.name for skill in others)}
        made = distractors(count - len(others), but=taken)
        return [*others, *self._written(made)]

    def _written(self, texts: Mapping[str, str]) -> Sequence[Skill]:
        if not texts:
            return ()
        root = self._place / uuid.uuid4().hex[:8]
        for name, text in texts.items():
            folder = root / SHELF / name
            folder.mkdir(parents=True)
            (folder / SKILL_FILE).write_text(text, encoding="utf-8")
        return skills_for(list(texts), root)


def folder_digest(folder: Path) -> str:
    """Return a hash over the names and bytes of the files in *folder*."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            for part in (os.fsencode(path.relative_to(folder)), path.read_bytes()):
                whole.update(b"%d:" % len(part) + part)
    return whole.hexdigest()


def _text_of(skill: Skill) -> str:
    return (skill.path / SKILL_FILE).read_text(encoding="utf-8", errors="replace")


def _inline(skill: Skill) -> str:
    body = _text_of(skill).split("\n---", 1)[-1].split("\n", 1)[-1].strip()
    return f"Follow these instructions ({skill.name}):\n\n{body}"


def _scenarios(folder: str, names: list[str]) -> list[str]:
    """Return what of *names* is a scenario, or nothing that a server needs."""
    return [
        name
        for name in names
        if name == "__pycache__" or os.path.exists(os.path.join(folder, name, SCENARIO))
    ]
