"""Repositories to measure on."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

_FILES = 6900
_PER_FOLDER = 60
_LINES = 120
SUM = "def total(values):\n    return sum(values)\n"


def generated_tree() -> Mapping[str, str]:
    """Return 6,900 source files of some 5 KB, each different."""
    return {
        f"package_{at // _PER_FOLDER:03d}/module_{at:04d}.py": "".join(
            f"value_{at}_{line} = {at * line}  # a line like many others\n"
            for line in range(_LINES)
        )
        for at in range(_FILES)
    }


def this_tree() -> Mapping[str, str]:
    """Return the files of this repository's last commit."""
    root = Path(__file__).parents[2]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True
    ).stdout.split(b"\0")
    found = {}
    for name in listed:
        path = root / name.decode()
        if name and path.is_file():
            found[name.decode()] = path.read_text(encoding="utf-8", errors="replace")
    return found


def make_repository(path: Path, tree: Callable[[], Mapping[str, str]]) -> None:
    """Make a repository at *path* with one commit of *tree* and what the harness imports."""
    path.mkdir(parents=True)
    files = {**tree(), "sum_of.py": SUM, ".gitignore": "__pycache__/\n"}
    for name in ("lanes.yaml", "backlog.yaml", "mock.yaml"):
        files.pop(name, None)
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    identity = (
        "-c",
        "user.name=b",
        "-c",
        "user.email=b@localhost",
        "-c",
        "core.hooksPath=/dev/null",
    )
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*identity, "commit", "--quiet", "--message=one"),
    ):
        subprocess.run(["git", *arguments], cwd=path, check=True)
