"""Take a skill over, killed before each change that makes; print what lies there then.

A process of its own, because it forks: ``skills_killer.py FOLDER WORDS``. Prints one JSON line for
the run that nobody killed and one for each killed one: what it left, and what came of that.
"""

import json
import os
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from darkfactory.domain.skill import Skill
from darkfactory.factory.add_skill import accept_skill, lock_skills, offer_skill
from darkfactory.factory.put_skill import print_of, settle_library
from darkfactory.skills.library import find_skills
from darkfactory.skills.lock import SkillChanged, check_locked, read_lock
from tests.crash.workspace_killer import killed
from tests.fakes.repositories import make_repository

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = "---\nname: tidy\ndescription: Use when you tidy.\nlicense: MIT\n---\n\n# Tidy\n\n{0}\n"


class Stage:
    """A repository whose library holds a skill with *words*, or none, and a newer one on offer."""

    def __init__(self, folder: Path, words: str) -> None:
        self.root, self.saved = folder / "live", folder / "saved"
        make_repository(self.root, {"a": "a\n"})
        if words:
            write(self.root / "skills" / "tidy", words)
            lock_skills(self.root, ["tidy"], "bo", NOW)
        write(folder / "other" / "tidy", "New.")
        self.offer = offer_skill(self.root, str(folder / "other"), "", folder / "quarantine", NOW)
        shutil.copytree(self.root, self.saved)

    def reset(self) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(self.saved, self.root)

    def add(self) -> None:
        """Take the skill over, as a second try of the command does after it was killed."""
        there = replace(self.offer, before=print_of(self.root / "skills" / "tidy"))
        accept_skill(self.root, there, "ana", NOW)

    def look(self) -> dict[str, Any]:
        found = {skill.name: skill for skill in find_skills(self.root)}
        skill = found.get("tidy")
        words = (skill.path / "SKILL.md").read_text().split()[-1] if skill else ""
        ours = {".git", ".darkfactory", "a", "skills", "tidy", "skills.lock.json"}
        shelf = self.root / "skills"
        seen = {*os.listdir(self.root), *(os.listdir(shelf) if shelf.exists() else ())}
        return {
            "words": words,
            "locked": skill is not None and "tidy" in read_lock(self.root),
            "agreed": skill is not None and self._agreed(skill),
            "beside": sorted(seen - ours),
            "taking": (self.root / ".darkfactory" / "taking").exists(),
        }

    def _agreed(self, skill: Skill) -> bool:
        try:
            check_locked(skill, read_lock(self.root))
        except SkillChanged:
            return False
        return True


def write(folder: Path, words: str) -> None:
    (folder / "scripts").mkdir(parents=True)
    (folder / "SKILL.md").write_text(BODY.format(words))
    (folder / "scripts" / "a.sh").write_text("echo a\n")


def main() -> None:
    stage = Stage(Path(sys.argv[1]), sys.argv[2])
    stage.add()
    print(json.dumps(stage.look()), flush=True)  # noqa: T201 - read by the test
    step = 1
    while True:
        stage.reset()
        if not killed(stage, Stage.add, step):
            return
        left = stage.look()
        settle_library(stage.root)
        settled = stage.look()
        stage.add()
        told = {"step": step, "left": left, "settled": settled, "again": stage.look()}
        print(json.dumps(told), flush=True)  # noqa: T201 - read by the test
        step += 1


if __name__ == "__main__":
    main()
