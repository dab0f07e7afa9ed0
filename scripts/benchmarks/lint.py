"""What linting a skill costs: the starter skills, and real ones where a folder of them is named."""

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from darkfactory.skills.lint.engine import Choice, lint
from darkfactory.skills.lint.places import skill_folders
from darkfactory.skills.lint.reader import read_skill
from scripts.benchmarks.report import Row

STARTERS = Path(__file__).resolve().parents[2] / "skills"
CORPUS = os.environ.get("DARKFACTORY_SKILLS_CORPUS")
GOAL = "<= 5 ms"


def measure(folder: Path, *, quick: bool) -> Iterator[Row]:  # noqa: ARG001 - needs no folder
    """Yield the processor time of a skill, reading it included."""
    times = 3 if quick else 25
    yield _cost("lint of a starter skill", skill_folders([STARTERS]), times)
    if CORPUS:
        real = sorted(path.parent for path in Path(CORPUS).rglob("SKILL.md"))
        yield _cost("lint of a skill from elsewhere", real, times)


def _cost(name: str, folders: list[Path], times: int) -> Row:
    day = date(2026, 11, 1)
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        lint([read_skill(folder, day) for folder in folders], Choice())
        best = min(best, time.process_time() - started)
    size = sum(len(text.text) for one in folders for text in read_skill(one, day).texts.values())
    how = f"CPU, {len(folders)} skills of {size // len(folders) // 1000} KB, best of {times}"
    return Row(name, f"{best / len(folders) * 1e3:.1f} ms", GOAL, how)
