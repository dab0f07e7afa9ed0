"""Evals of other tools: agentskills' scenarios, and rows of results in several shapes."""

import json
from typing import Any

import pytest

from darkfactory.evals.importing import ImportInvalid, read_foreign, scenario_files
from darkfactory.evals.result import CellResult, CheckResult
from darkfactory.evals.result_lines import ResultsInvalid, result_line

AGENTSKILLS = {
    "skill_name": "csv",
    "evals": [
        {
            "id": 1,
            "prompt": "Chart the top months.",
            "expected_output": "A bar chart\nwith labels",
            "files": ["evals/files/sales.csv"],
            "assertions": ["Axes are labelled", {"text": "Three months are shown"}],
        },
        {"name": "clean up!", "prompt": "Clean it.", "expectations": ["No empty rows"]},
    ],
}


def test_scenarios_of_agentskills_keep_prompt_files_and_assertions() -> None:
    (first, second), results = read_foreign(json.dumps(AGENTSKILLS), "evals.json")

    assert results == []
    assert (first.id, first.files) == ("eval-1", ("evals/files/sales.csv",))
    assert first.assertions == ("Axes are labelled", "Three months are shown")
    assert (second.id, second.assertions) == ("clean-up", ("No empty rows",))


def test_an_imported_assertion_counts_for_nothing_until_a_person_writes_a_check() -> None:
    (first, _), _ = read_foreign(json.dumps(AGENTSKILLS), "evals.json")

    files = scenario_files(first)

    assert files["prompt.md"] == "Chart the top months.\n"
    assert '"weight": 0' in files["scenario.yaml"]
    assert "# expected: A bar chart with labels\n" in files["scenario.yaml"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"eval_id": 5, "mode": "s0", "model": "opus", "run": 2, "passed": 3, "total": 4,
             "pass_rate": 0.75, "cost_usd": 0.5, "wall_s": 9},
            ("5", "s0", "opus", 2, 0.75, False, 0.5),
        ),
        (
            {"eval": "a", "suite": "no-skills", "agent": "codex", "passed": True,
             "checks": [["x", True], ["y", False]]},
            ("a", "no-skills", "codex", 1, 0.5, True, None),
        ),
        (
            {"scenario": "a", "condition": "skill", "agent": "x", "completeness": 1},
            ("a", "skill", "x", 1, 1.0, True, None),
        ),
        ({"task": "a", "mode": "b", "passed": False}, ("a", "b", "agent", 1, 0.0, False, None)),
        (
            {"task": "a", "mode": "b", "passed": 2, "total": 2},
            ("a", "b", "agent", 1, 1, True, None),
        ),
        (
            {"scenario": "a", "condition": "skill", "agent": "x", "completeness": 0.5, "strict": 1},
            ("a", "skill", "x", 1, 0.5, True, None),
        ),
    ],
)  # fmt: skip
def test_rows_of_several_shapes_are_results(row: dict[str, Any], expected: tuple[Any, ...]) -> None:
    lines, listed = f"{json.dumps(row)}\n", json.dumps([row])

    for text in (lines, listed, f"\ufeff{lines}", f"\ufeff{listed}"):
        _, (one,) = read_foreign(text, "r.jsonl")
        assert (
            *one.place[:2],
            one.agent,
            one.repeat,
            one.completeness,
            one.strict,
            one.cost_usd,
        ) == (expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1: not JSON"),
        ("[3]", "row 1: not an object"),
        ('{"scenario": "a"}', "row 1: has no completeness"),
        ('{"scenario": "a", "completeness": 1}', "row 1: has no condition"),
        ('{"condition": "a", "completeness": 1}', "row 1: has no scenario"),
        ('{"evals": [{"prompt": ""}]}', "evals[0]: has no prompt"),
        ('{"evals": [7]}', "evals[0]: not an object"),
        ('{"evals": [{"prompt": "x", "files": "y"}]}', "evals[0].files: must be a list"),
    ],
)
def test_what_is_neither_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ImportInvalid) as caught:
        read_foreign(text, "r.jsonl")

    assert told in caught.value.problem


def test_a_line_of_ours_keeps_all_that_it_says() -> None:
    check = CheckResult("c", passed=False, weight=2, rule="NN-1", why="not there")
    graded = CellResult("s", "skill", "x", 2, 0.5, strict=False, checks=(check,), outcome="budget")
    failed = CellResult("s", "skill", "x", 3, outcome="error", problem="failed: api")
    text = result_line(graded) + result_line(failed)

    assert read_foreign(text, "r.jsonl") == ([], [graded, failed])


def test_one_program_with_several_models_is_several_agents() -> None:
    rows = [
        {"eval": "a", "suite": "s", "agent": agent, "model": model, "passed": True}
        for agent, model in (("codex", "large"), ("codex", "small"), ("opencode", "kimi"))
    ]

    _, found = read_foreign(json.dumps(rows), "r.json")

    assert [one.agent for one in found] == ["codex large", "codex small", "opencode"]


def test_rows_of_one_cell_without_a_number_are_its_repeats() -> None:
    rows = [{"eval": "a", "mode": "s", "model": "m", "passed": held} for held in (True, False)]

    _, found = read_foreign(json.dumps(rows), "r.json")

    assert [(one.repeat, one.strict) for one in found] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('"checks": [["c", "false"]]', "a check has no 'id' and 'passed'"),
        ('"checks": [{"text": "c", "passed": "no"}]', "a check has no 'id' and 'passed'"),
        ('"cost_usd": 1e999', "'cost_usd' is no amount"),
        (f'"run": 1{"0" * 400}', "'repeat' is no whole number"),
        ('"pass_rate": 1.5', "'completeness' is not between 0 and 1"),
        (f'"pass_rate": 1{"0" * 400}', "'completeness' is no amount"),
        ('"strict": "yes"', "'strict' is neither true nor false"),
        ('"isolation_passed": "no"', "'isolation_passed' is neither true nor false"),
    ],
)
def test_what_is_no_such_value_is_refused_and_not_guessed(more: str, told: str) -> None:
    row = f'{{"eval": "a", "mode": "b", "passed": 1, "total": 2, {more}}}'

    with pytest.raises(ResultsInvalid) as caught:
        read_foreign(row, "r.jsonl")

    assert caught.value.problem == f"r.jsonl:1: not a result of a cell: {told}"
