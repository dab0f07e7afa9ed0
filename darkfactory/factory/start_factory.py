"""Begin a factory in a repository: lanes.yaml, a first backlog, a starter skill."""

import os
from enum import StrEnum
from pathlib import Path

from darkfactory.config.starters import example_lanes

_BACKLOG = """\
# Items for `df triage`. Ids must stay stable; done_when is a command, or a sentence for people.
- id: first-item
  title: Describe one small, testable piece of work
  body: What is wrong or missing, and where.
  labels: [bug]
  done_when: the harness passes
"""

_SKILL = """\
---
name: leave-it-green
description: How to finish a piece of work in this repository. Use before ending any turn.
---

# Leave it green

1. Run the harness named in your prompt. Read what it says; do not guess.
2. If it fails because of your change, fix your change, not the test.
3. If it fails for another reason, say so in your summary with the failing names.
4. Stop after three tries at the same failure and say what you learned.
"""

_GUESSES = (
    ("pyproject.toml", "python -m pytest -q"),
    ("setup.py", "python -m pytest -q"),
    ("package.json", "npm test"),
    ("Cargo.toml", "cargo test"),
    ("go.mod", "go test ./..."),
    ("pom.xml", "mvn -q test"),
    ("Makefile", "make test"),
)


class Preset(StrEnum):
    """How many lanes a new factory has."""

    SOLO = "solo"
    MAINTAINER = "maintainer"
    TEAM = "team"


def start_factory(root: Path, preset: Preset) -> tuple[list[str], list[str]]:
    """Write the first files of a factory; return the names written and those kept as they were.

    Raises:
        DiskFull: If there is no room.
    """
    files = {
        "lanes.yaml": example_lanes(preset, harness=guess_harness(root)),
        "backlog.yaml": _BACKLOG,
        "skills/leave-it-green/SKILL.md": _SKILL,
    }
    written: list[str] = []
    kept: list[str] = []
    for name, text in files.items():
        (written if _write_new(root / name, text) else kept).append(name)
    return written, kept


def guess_harness(root: Path) -> str:
    """Return the test command that the files at *root* suggest."""
    for name, command in _GUESSES:
        if (root / name).exists():
            return command
    return "python -m pytest -q" if any(root.glob("test*")) else "make test"


def _write_new(path: Path, text: str) -> bool:
    """Write *path* unless it exists, also when somebody makes it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
