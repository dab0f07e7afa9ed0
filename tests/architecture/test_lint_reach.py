"""The linter of the code reads all of our code: a folder's name must not keep one from it."""

import subprocess
import sys

from tests.architecture.figures import ROOT


def test_the_linter_reads_every_python_file_of_ours() -> None:
    asked = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    shown = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = subprocess.run(
        ["git", "ls-files", "darkfactory/*.py", "scripts/*.py", "tests/*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    read = {line.removeprefix(f"{ROOT}/") for line in shown.splitlines()}
    assert set(tracked.splitlines()) <= read
