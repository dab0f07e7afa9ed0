"""One word for one state, on every screen."""

import pytest

from darkfactory.cli.words import shortened, state_word, without
from darkfactory.domain.change import ChangeState
from darkfactory.domain.session import Outcome, State


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.WORKING, "working"),
        (State.WAITING_APPROVAL, "WAITING APPROVAL"),
        (State.BLOCKED, "BLOCKED"),
        (State.UNKNOWN, "UNKNOWN"),
        (Outcome.PROPOSED, "proposed"),
        (Outcome.TIMED_OUT, "TIMED OUT"),
        (ChangeState.WAITING_TASTE, "waiting"),
        (ChangeState.REWORK, "REWORK"),
        (ChangeState.LANDED, "landed"),
        ("stuck", "STUCK"),
        ("what_others_write", "WHAT OTHERS WRITE"),
    ],
)
def test_a_state_has_one_word_upper_case_where_somebody_should_look(state: str, word: str) -> None:
    assert state_word(state) == word


def test_a_reason_that_nobody_can_read_is_shortened_in_its_middle() -> None:
    path = "d/" * 2800
    said = without("failed", f"failed: nothing could be collected: {path} is too long")

    assert said.startswith("nothing could be collected: d/d/")
    assert said.endswith("/d/ is too long")
    assert " … 5340 characters … " in said
    assert shortened("x" * 300) == "x" * 300
