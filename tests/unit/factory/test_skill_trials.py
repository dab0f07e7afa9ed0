"""What the results of evals on disk say of a skill as it is."""

import os
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import result_line
from darkfactory.factory.skill_trials import is_proven, last_trial, was_tried
from darkfactory.retro.decay import Program
from darkfactory.skills.library import skills_for
from darkfactory.skills.snapshot import content_hash


def repository(root: Path) -> Path:
    folder = root / "skills" / "commit"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: commit\ndescription: Use it.\n---\n\nBODY\n")
    (root / ".git").mkdir()
    return root


def record(root: Path, run: str, lift: float, *, at: int, tree: str = "") -> None:
    """Write the results of a run of six scenarios, which got its last one *at* a time."""
    (skill,) = skills_for(["commit"], root)
    cells = [
        CellResult(
            f"s{number}",
            condition,
            "codex",
            completeness=value,
            tree=(tree or content_hash(skill)) if value else None,
            tokens={"input": 100 + int(100 * value)},
            model_asked="gpt-5",
            version="1",
        )
        for number in range(6)
        for condition, value in (("baseline", 0.0), ("skill", lift))
    ]
    path = StateFolder(root / ".darkfactory").evals / run / "results.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(map(result_line, cells)))
    os.utime(path, (at, at))


def test_a_skill_is_proven_by_the_last_run_that_tried_this_very_content(tmp_path: Path) -> None:
    root = repository(tmp_path)
    (skill,) = skills_for(["commit"], root)
    record(root, "commit-1", 1.0, at=100)

    assert is_proven(root, skill)

    record(root, "commit-2", 0.5, at=200, tree="other")
    (root / "skills/commit/SKILL.md").write_text("---\nname: commit\ndescription: Use.\n---\nNEW\n")

    assert not is_proven(root, skills_for(["commit"], root)[0])
    assert was_tried(root, "commit")


def test_a_trial_tells_when_what_and_at_which_cost(tmp_path: Path) -> None:
    root = repository(tmp_path)
    (skill,) = skills_for(["commit"], root)
    record(root, "commit-1", 0.5, at=100)
    record(root, "commit-2", 1.0, at=200)
    broken = StateFolder(root / ".darkfactory").evals / "commit-3" / "results.jsonl"
    broken.parent.mkdir()
    broken.write_text("no result\n{}\n")

    trial = last_trial(root, skill)

    assert trial is not None
    assert (trial.at, trial.scenarios, trial.verdict, trial.dearer) == (200, 6, "better", 2.0)
    assert trial.tried == {"codex": (Program("gpt-5", "1"),)}
