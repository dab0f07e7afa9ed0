"""Kill -9 before each change that ``df skills add`` makes: the old skill or the new one, locked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash import skills_killer

ROOT = Path(__file__).parents[2]
WHOLE = {"words": "New.", "locked": True, "agreed": True, "beside": [], "taking": False}


def killed_runs(folder: Path, words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, skills_killer.__file__, str(folder), words],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    first, *others = map(json.loads, done.stdout.splitlines())
    assert first == WHOLE
    assert len(others) > 8, "the run has too few steps to prove anything"
    return others


@pytest.mark.parametrize("words", ["", "Old."], ids=["new", "update"])
def test_a_killed_add_leaves_one_whole_locked_skill_and_nothing_that_git_shows(
    tmp_path: Path, words: str
) -> None:
    runs = killed_runs(tmp_path, words)

    for run in runs:
        left, settled = run["left"], run["settled"]
        assert left["words"] in {words, "New.", ""}, run
        assert left["locked"] or not left["words"], run
        assert left["beside"] == [], run
        assert settled["words"] in {words, "New."}, run
        assert settled["agreed"] or not settled["words"], run
        assert not settled["taking"], run
        assert run["again"] == WHOLE, run
