"""What a page tells of a reading is judged by the rules of the review screen, or refused."""

from typing import Any

import pytest

from darkfactory.changes.hunks import FilePatch, Hunk, Row
from darkfactory.changes.reading import in_reading_order
from darkfactory.factory.review import Diff, Opened, Origin
from darkfactory.factory.told_reading import BadReading, told_comments, told_reading
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Reading


def diff(*paths: str) -> Diff:
    hunks = (Hunk("", (Row("+", "x", 0, 3),)),)
    files = [FilePatch(path, path, hunks) for path in paths]
    return Diff(in_reading_order(files, {"protected": ["Makefile"]}))


OPENED = Opened({"id": "c-a", "head": "1" * 40}, (), Origin(), diff("a.py", "Makefile"))
AGAIN = Opened(OPENED.change, (), Origin(), OPENED.diff, diff("a.py"), 1)


def read(told: Any, opened: Opened = OPENED) -> Reading:
    return told_reading(told, opened, unsent=2)


def test_seconds_are_those_between_touches_without_the_idle_ones_and_without_being_away() -> None:
    touches = [[5, 10, 71.5, 80], [500, 502]]

    assert read({"touches": touches}).seconds == 5 + 8.5 + 2


def test_what_was_on_the_screen_is_seen_and_what_is_risky_and_was_not_is_unseen() -> None:
    found = read({"shown": [["a.py", 0], ["gone.py", 7]]})

    assert found == Reading(0.0, ("a.py",), ("Makefile:3",), 2)


def test_a_revisit_is_held_against_what_is_new_unless_all_of_it_was_shown() -> None:
    shown = [["a.py", 0]]

    assert read({"shown": shown}, AGAIN).unseen == ()
    assert read({"shown": shown, "whole": True}, AGAIN).unseen == ("Makefile:3",)


@pytest.mark.parametrize(
    "told",
    [
        7,
        {"touches": 3},
        {"touches": [3]},
        {"touches": [["now"]]},
        {"touches": [[True]]},
        {"touches": [[float("nan")]]},
        {"shown": "a.py"},
        {"shown": ["a.py"]},
        {"shown": [["a.py"]]},
        {"shown": [["a.py", "0"]]},
        {"shown": [[[], 0]]},
    ],
)
def test_a_reading_that_makes_no_sense_is_refused(told: Any) -> None:
    with pytest.raises(BadReading):
        read(told)


def test_comments_are_taken_with_their_place() -> None:
    told = [
        {"path": "a.py", "line": 3, "text": " why? "},
        {"path": "b.py", "line": 1, "text": "no", "removed": True},
    ]

    assert told_comments(told) == (
        Comment("a.py", 3, "why?"),
        Comment("b.py", 1, "no", removed=True),
    )


@pytest.mark.parametrize(
    "told",
    [
        {},
        [7],
        [{"path": "a.py", "line": 3}],
        [{"path": "a.py", "line": 3, "text": " "}],
        [{"path": 1, "line": 3, "text": "x"}],
        [{"path": "a.py", "line": "3", "text": "x"}],
        [{"path": "a.py", "line": 3, "text": "x", "removed": 1}],
    ],
)
def test_a_comment_that_makes_no_sense_is_refused(told: Any) -> None:
    with pytest.raises(BadReading):
        told_comments(told)
