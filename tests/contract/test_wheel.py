"""What is built for others to install."""

import subprocess
import sys
import zipfile
from pathlib import Path

from darkfactory.skills.starter import starter_skills

ROOT = Path(__file__).resolve().parents[2]
STARTERS = "darkfactory/skills/starters/"


def test_the_wheel_holds_the_starter_skills_without_their_scenarios(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.iterdir()
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {name.removeprefix(STARTERS) for name in names if name.startswith(STARTERS)} == {
        f"{skill}/{file}" for skill in starter_skills() for file in ("SKILL.md", "df.yaml")
    }
    assert not [name for name in names if name.startswith(("skills/", "tests/"))]
