"""How long the review of what waits will take."""

import pytest

from darkfactory.gate.effort import FEWEST, Look, predicted_seconds, usual_seconds


def looks(lane: str, pace: float, number: int = FEWEST) -> list[Look]:
    return [Look(lane, 10, pace * usual_seconds(10)) for _ in range(number)]


def test_before_there_are_enough_verdicts_the_usual_pace_counts() -> None:
    waiting = [("bugs", 100), ("docs", 0)]

    assert predicted_seconds(looks("bugs", 9.0, FEWEST - 1), waiting) == 750.0 + 30.0


def test_the_reviewers_own_pace_in_the_lane_counts_before_that_anywhere() -> None:
    known = [*looks("bugs", 2.0), *looks("docs", 0.5)]

    found = [predicted_seconds(known, [(lane, 100)]) for lane in ("bugs", "docs", "new")]

    assert found == pytest.approx([1500.0, 375.0, 937.5])


def test_no_pace_makes_a_review_take_no_time() -> None:
    assert predicted_seconds(looks("bugs", 0.0), [("bugs", 0)]) > 0


def test_nothing_that_waits_takes_no_time() -> None:
    assert predicted_seconds([], []) == 0
