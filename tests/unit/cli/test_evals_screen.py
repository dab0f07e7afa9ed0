"""The report of evals on a terminal: nothing that tells rows apart is cut."""

import pytest

from darkfactory.cli.evals_render import plan_screen, report_screen
from darkfactory.evals.report import report_body
from darkfactory.evals.result import CellResult

CONDITIONS = ("baseline", "mcp", "mcp+skill")


def cells(*agents: str) -> list[CellResult]:
    return [
        CellResult(f"s{scenario}", condition, agent, 1, share / 10, strict=share > 5)
        for scenario in range(6)
        for share, condition in enumerate(CONDITIONS, start=scenario)
        for agent in agents
    ]


@pytest.mark.parametrize("agents", [("codex",), ("claude", "codex")])
def test_differences_are_whole_at_80_columns(agents: tuple[str, ...]) -> None:
    shown = report_screen(report_body(cells(*agents)), width=80)

    differences = shown.partition("CONDITION")[0].splitlines()
    assert max(map(len, differences)) <= 80
    assert "better" in shown
    assert all(line.count("…") == 1 for line in differences if line.startswith(CONDITIONS))


def test_one_agent_alone_is_told_once_and_two_are_told_apart() -> None:
    alone = report_screen(report_body(cells("codex")), width=80)
    both = report_screen(report_body(cells("claude", "codex")), width=80)

    assert alone.count("baseline  mcp+skill ") == 2
    assert both.count("baseline  mcp+skill  all") == both.count("baseline  mcp+skill  codex") == 2


def test_a_pipe_has_every_row_with_its_agent_and_metric() -> None:
    rows = report_screen(report_body(cells("codex")), width=None).splitlines()

    assert sum(row.startswith("baseline\tmcp\tcodex\tstrict\t") for row in rows) == 1


def test_a_plan_says_what_a_judge_takes_beside_the_cells() -> None:
    row = {
        "skill": "greet",
        "cells": 4,
        "known": 0,
        "open": 4,
        "tokens": None,
        "cost_usd": None,
        "conditions": ["skill"],
        "agents": ["codex"],
        "judge_sessions": 12,
        "notes": [],
    }

    shown = plan_screen([row], width=80)

    assert shown.splitlines()[-1] == "The judge takes at most 12 sessions more."
    assert "judge" not in plan_screen([{**row, "judge_sessions": 0}], width=80)
    assert plan_screen([{**row, "notes": ["look here"]}], width=80).endswith("\nlook here")


def test_cells_that_prove_nothing_are_named_with_the_reason() -> None:
    failed = [
        CellResult(f"s{number}", "skill", "codex", outcome="error", problem=f"failed: {number}")
        for number in range(7)
    ]

    one, many = (report_screen(report_body(found), width=80) for found in (failed[:1], failed))

    assert one.endswith("1 cell proves nothing and is left out:\n  s0 skill codex #1: failed: 0")
    assert "7 cells prove nothing and are left out:\n  s0 skill codex #1: failed: 0\n" in many
    assert many.endswith("  s4 skill codex #1: failed: 4\n  and 2 more: --json names all")
