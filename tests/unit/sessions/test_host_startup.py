"""What a session host loads: it runs once for each session, and people wait for it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOADED = """
import sys
sys.path.append(sys.argv[1])
import darkfactory.sessions.host
from darkfactory.agents.registry import adapter
adapter(sys.argv[2])
print("\\n".join(sys.modules))
"""
HEAVY = {
    "_hashlib", "_ssl", "asyncio", "dbos", "git", "importlib.metadata", "logging",
    "multiprocessing", "pathlib", "psutil", "pydantic", "rich", "shutil", "sqlite3", "tempfile",
    "traceback", "typer",
    "urllib.parse", "yaml",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["mock", "claude-code", "codex"])
def test_a_host_loads_nothing_heavy(kind: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOADED, str(ROOT), kind],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert f"darkfactory.agents.{kind.replace('-', '_')}" in loaded
    assert HEAVY & set(loaded) == set()
