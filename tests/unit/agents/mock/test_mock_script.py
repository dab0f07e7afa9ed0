"""Which script a message picks, and which turn comes next."""

import pytest

from darkfactory.agents.mock.script import fill, marker_after, turn_at, turns_of, usage_of

ITEMS = ["ITEM-1", "ITEM-10", "ITEM-2", "PLAN-B"]


@pytest.mark.parametrize(
    ("text", "current", "seen", "expected"),
    [
        ("# ITEM-1: fix", None, [], "ITEM-1"),
        ("# ITEM-10: fix", None, [], "ITEM-10"),
        ("nothing known", None, [], None),
        ("nothing known", "ITEM-1", ["ITEM-1"], "ITEM-1"),
        ("# ITEM-1 (continued)", "ITEM-1", ["ITEM-1"], "ITEM-1"),
        ("# ITEM-1 (rework)\n\nPLAN-B", "ITEM-1", ["ITEM-1"], "PLAN-B"),
        ("PLAN-B for # ITEM-1", "ITEM-1", ["ITEM-1"], "PLAN-B"),
        ("# ITEM-1 again, as PLAN-B said", "PLAN-B", ["ITEM-1", "PLAN-B"], "PLAN-B"),
        ("back to ITEM-1", "PLAN-B", ["ITEM-1", "PLAN-B"], "ITEM-1"),
        ("ITEM-2 and ITEM-1", None, [], "ITEM-2"),
        ("ITEM-10 after ITEM-1", None, [], "ITEM-10"),
    ],
)
def test_the_marker_that_a_message_brings_decides(
    text: str, current: str | None, seen: list[str], expected: str | None
) -> None:
    assert marker_after(text, ITEMS, current, seen) == expected


def test_a_longer_marker_hides_the_shorter_one_in_any_order() -> None:
    assert marker_after("# ITEM-10", ["ITEM-10", "ITEM-1"], None, []) == "ITEM-10"


def test_repeat_and_forever_are_unrolled() -> None:
    turns: list[dict[str, object]] = [{"say": "a", "repeat": 2}, {"say": "b", "forever": True}]

    played = [turn_at(turns, number)["say"] for number in range(5)]

    assert played == ["a", "a", "b", "b", "b"]


def test_a_script_that_is_used_up_says_so() -> None:
    assert turn_at([{"say": "a"}], 1)["say"] == "The script has no more turns."


def test_an_unknown_marker_plays_the_default() -> None:
    script = {
        "sessions": [{"marker": "A", "turns": [{"say": "a"}]}],
        "default": {"turns": [{"say": "d"}]},
    }

    assert turns_of(script, "A") == [{"say": "a"}]
    assert turns_of(script, None) == [{"say": "d"}]
    assert turns_of({}, None) == [{"say": "no script for this prompt"}]


def test_usage_grows_with_the_turn_unless_it_is_given() -> None:
    assert usage_of({}, 3) == {"input": 1300, "output": 50, "cached": 0, "reasoning": 0}
    assert usage_of({"usage": {"output": 7}}, 0)["output"] == 7


def test_words_are_filled_in_everywhere() -> None:
    action = {"edit": {"path": "{cwd}/a", "lines": ["{cwd}", 1]}}

    assert fill(action, {"cwd": "/w"}) == {"edit": {"path": "/w/a", "lines": ["/w", 1]}}
