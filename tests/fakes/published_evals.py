"""Results of evals that others have published, as cells; where they are from, their files say."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from darkfactory.evals.result import CellResult

FOLDER = Path(__file__).resolve().parents[1] / "unit" / "evals" / "published"


def supabase(*, first_attempt: bool) -> list[CellResult]:
    """Return 22 evals of 5 agents, baseline and skill, by the best or by the first attempt."""

    def passed(row: dict[str, str]) -> bool:
        return row["passed"] == "1" and (not first_attempt or row["attempts"] == "1")

    return [_supabase(row, passed) for row in _rows("supabase_2026-08-22.csv")]


def baseten() -> list[CellResult]:
    """Return 16 evals in 5 modes, 4 runs of each of one agent."""
    return [
        CellResult(
            scenario=row["eval"],
            condition=row["mode"],
            agent="claude-code",
            repeat=int(row["run"]),
            completeness=float(row["pass_rate"]),
            strict=row["passed"] == row["checks"],
            cost_usd=float(row["cost_usd"]),
        )
        for row in _rows("baseten_2026-05-26.csv")
    ]


def _supabase(row: dict[str, str], passed: Callable[[dict[str, str]], bool]) -> CellResult:
    return CellResult(
        scenario=row["eval"],
        condition=row["condition"],
        agent=row["agent"],
        completeness=int(row["checks_passed"]) / int(row["checks"]),
        strict=passed(row),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))
