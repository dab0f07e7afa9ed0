"""A score over time in one word."""

import io

import pytest

from darkfactory.cli.sparkline import BLOCKS, LETTERS, marks_of, sparkline


def test_each_score_has_a_mark_that_is_higher_for_more() -> None:
    scores = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]

    assert sparkline(scores) == "▁▂▄▅▇█"
    assert sparkline(scores, marks=LETTERS) == "_.:=*#"


def test_only_the_last_scores_are_drawn() -> None:
    assert sparkline([1.0, 0.0, 0.5], most=2) == "▁▅"


@pytest.mark.parametrize(("score", "mark"), [(-3.0, "▁"), (7.5, "█")])
def test_a_score_of_another_log_that_is_none_stays_within_the_marks(
    score: float, mark: str
) -> None:
    assert sparkline([score]) == mark


@pytest.mark.parametrize(
    ("encoding", "terminal", "marks"),
    [
        ("utf-8", "xterm-256color", BLOCKS),
        ("UTF-8", "linux", LETTERS),
        ("utf-8", "dumb", LETTERS),
        ("latin-1", "xterm", LETTERS),
    ],
)
def test_a_terminal_without_blocks_has_letters(
    encoding: str, terminal: str, marks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", terminal)

    assert marks_of(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) == marks
