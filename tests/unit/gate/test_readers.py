"""What is measured of readers: seconds, looks, and verdicts that look like rubber stamps."""

import pytest

from darkfactory.gate.readers import Attention, Verdict, rubber_stamps


def yes(at: float = 0.0, lines: int = 1, *, spoke: bool = True, unseen: int = 0) -> Verdict:
    return Verdict("approved", at, lines, spoke, unseen)


NO = Verdict("rework", 0.0, spoke=True)


def test_seconds_without_a_key_do_not_count_beyond_a_minute() -> None:
    attention = Attention(0.0)

    for now in (10.0, 50.0, 500.0, 520.0):
        attention.touch(now)

    assert attention.leave(521.0) == 10.0 + 40.0 + 20.0 + 1.0


def test_seconds_away_do_not_count() -> None:
    attention = Attention(0.0)
    attention.leave(5.0)

    attention.back(30.0)

    assert attention.leave(33.0) == 8.0


def test_many_lines_within_the_hour_are_named() -> None:
    verdicts = [yes(0.0, 400), NO, yes(3000.0, 300), NO]

    assert rubber_stamps(verdicts, 3100.0) == [
        "you approved 700 changed lines within the hour: few people read over 500"
    ]
    assert rubber_stamps(verdicts, 3700.0) == []


def test_an_approval_of_what_was_not_on_the_screen_is_named_once() -> None:
    assert rubber_stamps([NO, yes(unseen=2)], 0.0) == [
        "2 risky places of the change that you approved last were not on your screen"
    ]
    assert rubber_stamps([yes(unseen=2), NO], 0.0) == []


def test_silent_approvals_in_a_row_are_named() -> None:
    silent = [yes(spoke=False)] * 10

    assert rubber_stamps([NO, *silent], 0.0) == [
        "your last 10 verdicts are approvals without a word"
    ]
    assert rubber_stamps([*silent, yes()], 0.0) == []


@pytest.mark.parametrize(("number", "told"), [(19, 0), (20, 1)])
def test_twenty_approvals_and_nothing_else_are_named(number: int, told: int) -> None:
    assert len(rubber_stamps([yes()] * number, 0.0)) == told
