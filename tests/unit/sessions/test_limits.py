"""Pure rules: when a session has had enough."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.session import Outcome
from darkfactory.sessions.limits import (
    SessionLimits,
    Used,
    ask_at,
    budget_reached,
    deadline_reached,
    highest,
    is_silent,
    must_force,
)

NO_LIMITS = SessionLimits(tokens=None, usd=None, requests=None, deadline_seconds=60.0)


@pytest.mark.parametrize(
    ("limits", "used", "reason"),
    [
        (SessionLimits(100, None, None, 60), Used(tokens=99), None),
        (SessionLimits(100, None, None, 60), Used(tokens=100), "100 of 100 tokens used"),
        (SessionLimits(None, 0.5, None, 60), Used(usd=0.49), None),
        (SessionLimits(None, 0.5, None, 60), Used(usd=0.5), "0.50 of 0.50 USD used"),
        (SessionLimits(None, None, 3, 60), Used(requests=2), None),
        (SessionLimits(None, None, 3, 60), Used(requests=4), "4 of 3 turns used"),
        (SessionLimits(0, None, None, 60), Used(), "0 of 0 tokens used"),
        (NO_LIMITS, Used(10**9, 1e9, 10**9), None),
    ],
)
def test_a_budget_is_reached_when_it_is_used_up(
    limits: SessionLimits, used: Used, reason: str | None
) -> None:
    reached = budget_reached(limits, used)

    assert (reached.reason if reached else None) == reason
    assert reached is None or reached.outcome is Outcome.BUDGET


def test_the_deadline_is_reached_at_its_second() -> None:
    before, at = deadline_reached(NO_LIMITS, 59.99), deadline_reached(NO_LIMITS, 60.0)

    assert before is None
    assert at is not None
    assert at.outcome is Outcome.TIMED_OUT


@given(st.floats(0.01, 1e6))
def test_there_is_always_time_between_asking_and_the_deadline(deadline: float) -> None:
    left = deadline - ask_at(deadline)

    assert 0 < left <= 20
    assert left <= deadline / 10 + 1e-9 or left == 20


@pytest.mark.parametrize(
    ("now", "requests", "forced"), [(29.9, 2, False), (30, 0, True), (0, 3, True)]
)
def test_grace_is_half_a_minute_or_three_requests(now: float, requests: int, forced: bool) -> None:
    assert must_force(0.0, now, requests) is forced


def test_silence_begins_behind_its_limit() -> None:
    assert not is_silent(10.0, 15.0, 5.0)
    assert is_silent(10.0, 15.1, 5.0)


@pytest.mark.parametrize(
    "told", [None, "7", math.nan, math.inf, -math.inf, 3, 5, -1, [9], {"n": 9}]
)
def test_usage_does_not_fall_and_is_not_moved_by_what_is_no_number(told: Any) -> None:
    assert highest(5, told) == 5
    assert highest(5.0, told) == 5.0


def test_usage_rises_and_keeps_its_kind() -> None:
    assert (highest(5, 7.9), type(highest(5, 7.9))) == (7, int)
    assert (highest(0.5, 1), type(highest(0.5, 1))) == (1.0, float)
