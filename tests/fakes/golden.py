"""Screens as files: what a person sees is reviewed as text, and a change of it is a diff."""

import os
import re
from pathlib import Path
from subprocess import CompletedProcess

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "screens"

_VOLATILE = (
    (re.compile(r"\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+Z)?"), r"2026-01-01\g<1>00:00:00"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"(age_seconds +)[\d.]+"), r"\g<1>7200.0"),
)


def assert_golden(name: str, actual: str) -> None:
    """Hold *actual* to the file *name*; ``UPDATE_GOLDEN=1`` writes it anew, to be read."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    assert actual == expected, f"UPDATE_GOLDEN=1 pytest {name}, then read its diff"


def screen(done: "CompletedProcess[str]", root: Path) -> str:
    """Return what one command showed, on both streams, without what no two runs share."""
    words = done.args
    parts = [f"$ df {' '.join(map(str, words))}"]
    if done.stdout:
        parts.append(done.stdout.rstrip("\n"))
    if done.stderr:
        parts += ["--- stderr", done.stderr.rstrip("\n")]
    if done.returncode:
        parts.append(f"--- exit status {done.returncode}")
    return normal("\n".join(parts) + "\n", root)


def normal(text: str, root: Path) -> str:
    """Return *text* with the place, times and commits of this run replaced."""
    text = text.replace(str(root), "<repository>")
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text
