"""Results that somebody names: what several files tell of one session counts once."""

from dataclasses import replace
from pathlib import Path

from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import result_line
from darkfactory.factory.eval_results import given_results


def test_a_session_that_two_runs_tell_of_counts_once(tmp_path: Path) -> None:
    known = CellResult("a", "skill", "x", 1, 0.5, strict=False, session="s-a-1")
    fresh = replace(known, scenario="b", session="s-b-1")
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_text(result_line(known))
    second.write_text(result_line(replace(known, block=7)) + result_line(fresh))

    assert given_results([first, second]) == [replace(known, block=7), fresh]
    assert given_results([first, first]) == [known]


def test_a_session_that_is_graded_in_the_end_counts_as_graded(tmp_path: Path) -> None:
    graded = CellResult("a", "skill", "x", 1, 0.5, strict=False, session="s-a-1")
    unjudged = replace(graded, completeness=None, strict=None, outcome="error", problem="no judge")
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_text(result_line(unjudged) + result_line(graded))
    second.write_text(result_line(unjudged))

    assert given_results([first]) == [graded]
    assert given_results([first, second]) == [graded]


def test_cells_without_a_session_are_cells_of_their_own(tmp_path: Path) -> None:
    cell = CellResult("a", "skill", "x", 1, 0.5, strict=False)
    file = tmp_path / "1.jsonl"
    file.write_text(result_line(cell))

    assert given_results([file, file]) == [cell, cell]
