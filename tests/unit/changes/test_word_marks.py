"""Which words of a changed line differ."""

import pytest

from darkfactory.changes.hunks import Row
from darkfactory.changes.word_marks import Effort, word_marks


def rows(*lines: str) -> tuple[Row, ...]:
    return tuple(Row(line[0], line[1:], 1, 1) for line in lines)


def marked(*lines: str) -> dict[int, list[str]]:
    """Return by row the parts that are marked, as text."""
    given = rows(*lines)
    return {
        at: [given[at].text[start:end] for start, end in spans]
        for at, spans in word_marks(given).items()
    }


def test_only_the_words_that_differ_are_marked() -> None:
    found = marked(" def f():", "-    return max(high, value)", "+    return max(low, value)")

    assert found == {1: ["high"], 2: ["low"]}


def test_lines_of_a_run_are_held_against_each_other_in_their_order() -> None:
    found = marked("-one = 1", "-two = 2", "+one = 10", "+two = 20", "+three = 3")

    assert found == {0: ["1"], 1: ["2"], 2: ["10"], 3: ["20"]}


@pytest.mark.parametrize(
    "lines",
    [
        ("-import os", "+class Widget(Base):"),
        ("+only added",),
        ("-only removed", " kept", "+added elsewhere"),
        ("-" + "x " * 300, "+" + "x " * 299 + "y"),
    ],
    ids=["nothing alike", "added", "apart", "too long"],
)
def test_nothing_is_marked_where_lines_do_not_belong_together(lines: tuple[str, ...]) -> None:
    assert marked(*lines) == {}


def test_what_was_only_added_to_a_line_is_marked_on_its_side_alone() -> None:
    assert marked("-call(a)", "+call(a, b)") == {1: [", b"]}


def test_lines_that_repeat_themselves_are_left_unmarked_before_they_cost_minutes() -> None:
    lines = [f"{mark}{'a b ' * 100}{end}" for mark, end in [("-", "x")] * 300 + [("+", "y")] * 300]

    assert marked(*lines) == {}


def test_once_the_effort_is_spent_what_comes_is_left_unmarked() -> None:
    pair = rows("-call(a)", "+call(a, b)")
    effort = Effort(left=5)

    first, second = word_marks(pair, effort), word_marks(pair, effort)

    assert (list(first), second) == ([1], {})
