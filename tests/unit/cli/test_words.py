"""One word for one state, on every screen."""

import pytest

from darkfactory.cli.words import state_word
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
