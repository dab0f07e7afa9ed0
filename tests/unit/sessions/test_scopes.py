"""How much of a session a control message means, and what follows an interrupt."""

from pathlib import Path

import pytest

from darkfactory.agents.protocol import Applied, Refused
from darkfactory.domain.session import ControlOp, ControlScope
from tests.fakes.rehearsal import Rehearsal, turn_begins, turn_over


@pytest.fixture
def session(tmp_path: Path) -> Rehearsal:
    made = Rehearsal(tmp_path)
    made.at(0)
    return made


def reasons(session: Rehearsal) -> list[str]:
    return [data["reason"] for data in session.data("control.rejected")]


def test_a_cancel_of_the_turn_leaves_the_session_open(session: Rehearsal) -> None:
    session.asked(ControlOp.CANCEL, scope=ControlScope.TURN)
    session.agent_says(turn_over("interrupted", "half of it"), Applied("c-1"))
    session.at(60)

    assert session.told == ["interrupt c-1"]
    assert session.data("control.applied") == [{"id": "c-1", "op": "cancel", "how": "now"}]
    assert session.data("session.ending") == []


@pytest.mark.parametrize("scope", [ControlScope.OWN, ControlScope.AGENT, ControlScope.ALL])
def test_any_wider_cancel_ends_the_session(session: Rehearsal, scope: ControlScope) -> None:
    session.asked(ControlOp.CANCEL, scope=scope)

    assert [data["outcome"] for data in session.data("session.ending")] == ["cancelled"]


def test_the_sessions_own_agent_can_be_named(session: Rehearsal) -> None:
    session.asked(ControlOp.CANCEL, scope=ControlScope.AGENT, agent="mock")

    assert [data["outcome"] for data in session.data("session.ending")] == ["cancelled"]


@pytest.mark.parametrize("op", [ControlOp.CANCEL, ControlOp.STEER, ControlOp.INTERRUPT])
def test_an_agent_that_cannot_be_reached_alone_is_not_taken_for_the_session(
    session: Rehearsal, op: ControlOp
) -> None:
    session.asked(op, scope=ControlScope.AGENT, agent="reviewer", text="x")

    assert reasons(session) == [
        "no agent 'reviewer' can be reached alone here: the session runs 'mock'"
    ]
    assert session.told == []


@pytest.mark.parametrize("op", [ControlOp.CANCEL, ControlOp.STEER])
def test_what_means_the_turn_needs_one(session: Rehearsal, op: ControlOp) -> None:
    session.agent_says(turn_over("interrupted"))

    session.asked(op, scope=ControlScope.TURN, text="x")

    assert reasons(session) == ["no turn is running"]


def test_an_interrupt_with_words_goes_on_with_them_once_the_turn_is_over(
    session: Rehearsal,
) -> None:
    session.asked(ControlOp.INTERRUPT, text="do that instead")
    session.agent_says(Applied("c-1"))
    before = list(session.told)
    session.agent_says(turn_over("interrupted"))
    session.agent_says(turn_begins(), Applied("c-1"))

    assert before == ["interrupt c-1"]
    assert session.told == ["interrupt c-1", "steer c-1"]
    assert session.sent == [b"do that instead\n"]
    assert session.types()[-4:] == [
        "turn.finished", "turn.started", "control.applied", "message",
    ]  # fmt: skip
    assert session.data("control.applied") == [{"id": "c-1", "op": "interrupt", "how": "now"}]


def test_the_words_wait_for_no_look_of_the_supervisor_to_end_the_session(
    session: Rehearsal,
) -> None:
    session.asked(ControlOp.INTERRUPT, text="do that instead")
    session.agent_says(turn_over("done"), Applied("c-1"))
    session.at(1)

    assert session.told == ["interrupt c-1", "steer c-1"]
    assert session.data("session.ending") == []


def test_an_interrupt_with_words_simply_tells_an_idle_agent(session: Rehearsal) -> None:
    session.agent_says(turn_over("interrupted"))

    session.asked(ControlOp.INTERRUPT, text="go on")
    session.agent_says(turn_begins(), Applied("c-1"))

    assert session.told == ["steer c-1"]
    assert session.data("control.applied") == [{"id": "c-1", "op": "interrupt", "how": "now"}]


def test_words_are_not_said_where_the_interrupt_was_refused(session: Rehearsal) -> None:
    session.asked(ControlOp.INTERRUPT, text="do that instead")
    session.agent_says(Refused("c-1", "not now"), turn_over("interrupted"))

    assert session.told == ["interrupt c-1"]
    assert reasons(session) == ["not now"]


def test_words_are_not_said_to_a_session_that_ends(session: Rehearsal) -> None:
    session.asked(ControlOp.INTERRUPT, text="do that instead")
    session.asked(ControlOp.CANCEL, "c-2")
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    assert "steer c-1" not in session.told
    assert session.data("control.expired") == [
        {"id": "c-1", "op": "interrupt", "reason": "the session ended"}
    ]
