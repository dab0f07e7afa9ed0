"""A figure, the machine it is from, and the page that keeps both."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

_HEAD = """\
# Benchmarks

Written by `make bench`; one part alone by `python -m scripts.bench PART --write`. Ratios compare
two ways of doing the same work within one run, so they carry over between machines; absolute
figures do not. Smaller is better unless a unit says /s.

{machine}

| what | measured | goal | how |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is, its value in words, the goal, how it was taken."""

    what: str
    value: str
    goal: str
    how: str

    def text(self) -> str:
        """Return the row for a terminal."""
        return f"{self.what}: {self.value} (goal {self.goal}) - {self.how}"


def machine() -> str:
    """Return the date and the machine in a line."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, {git.stdout.strip()}"
    )


def write_report(rows: Sequence[Row], where: str, *, keep: bool) -> None:
    """Write the page. *keep*: with the rows that it has of other figures."""
    fresh = {row.what: f"| {row.what} | {row.value} | {row.goal} | {row.how} |\n" for row in rows}
    lines = ({**_kept(), **fresh} if keep else fresh).values()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(_HEAD.format(machine=where) + "".join(lines), encoding="utf-8")


def _kept() -> dict[str, str]:
    """Return the rows of the page by what they are of."""
    _, _, table = PAGE.read_text(encoding="utf-8").partition("| --- | --- | --- | --- |\n")
    return {line.split("|")[1].strip(): line for line in table.splitlines(keepends=True)}


def median(values: Sequence[float]) -> float:
    """Return the middle of *values*."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
