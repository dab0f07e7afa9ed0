"""To come."""

from pathlib import Path

from scripts.benchmarks.report import Row


def measure(folder: Path, quick: bool) -> list[Row]:
    return []
