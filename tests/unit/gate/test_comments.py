"""What agents answer to numbered comments."""

from typing import Any

import pytest

from darkfactory.gate.comments import answered, asked, unanswered


def two() -> tuple[dict[str, Any], ...]:
    place = {"path": "a.py", "line": 3, "code": "x"}
    return asked([{**place, "text": "Why?"}, place, {**place, "text": "Name it."}])


def answers(summary: str) -> list[str | None]:
    return [comment["answer"] for comment in answered(two(), summary)]


def test_only_places_with_words_are_comments_and_are_numbered() -> None:
    assert [(one["number"], one["text"]) for one in two()] == [(1, "Why?"), (2, "Name it.")]


@pytest.mark.parametrize(
    "summary",
    [
        "Answer 1: fixed\nAnswer 2: not done, it is a name of the API",
        "Done.\n\n- **Answer 1:** fixed\n- **Answer 2:** not done, it is a name of the API",
        "answer to comment #1 - fixed\n\nAnswer 2.  not done,\nit is a name of the API\n\nMore.",
        "Answer 2: not done, it is a name of the API\nAnswer 1: no\nAnswer 1: fixed",
    ],
)
def test_answers_are_found_by_their_number(summary: str) -> None:
    assert answers(summary) == ["fixed", "not done, it is a name of the API"]


@pytest.mark.parametrize(
    "summary", ["", "1. Edited a.py\n2. Ran the tests", "Answer 3: ?", "Answer 1:", "The answer 1"]
)
def test_what_is_no_answer_is_not_taken_for_one(summary: str) -> None:
    assert answers(summary) == [None, None]
    assert unanswered(answered(two(), summary)) == ["#1", "#2"]


def test_an_earlier_answer_stays_until_there_is_another() -> None:
    first = answered(two(), "Answer 1: fixed")

    later = answered(first, "Answer 2: renamed")

    assert [one["answer"] for one in later] == ["fixed", "renamed"]
    assert unanswered(later) == []


def test_a_very_long_answer_has_an_end() -> None:
    assert len(answers("Answer 1: " + "x" * 9999)[0] or "") == 500


def test_an_answer_is_of_the_kind_that_it_begins_with() -> None:
    told = "Answer 1: Disagree, it is read twice\nAnswer 2: done"

    kinds = [comment["kind"] for comment in answered(two(), told)]

    assert kinds == ["disagree", None]
