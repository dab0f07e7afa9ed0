"""What a session host obeys, and what it rejects with a reason."""

from pathlib import Path

import pytest

from darkfactory.agents.protocol import Applied, Emit, Refused
from darkfactory.domain.session import ControlOp, Outcome
from tests.fakes.rehearsal import (
    Rehearsal,
    outcomes,
    turn_begins,
    turn_over,
)

HOUR = 3600.0
ASK = Emit(
    "approval.requested", {"request": "r-1", "call": "t-1", "kind": "shell", "command": "rm x"}
)


def test_a_steer_that_a_finished_agent_never_takes_costs_it_nothing(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.asked(ControlOp.STEER, text="one more thing")
    session.agent_says(turn_over())

    session.at(9)
    assert session.supervisor.ending is None
    session.at(11)
    session.dialogue.ended(0, None)

    assert outcomes(session) == [("timed_out", True)]
    assert [data["id"] for data in session.data("control.expired")] == ["c-1"]


def test_a_steer_is_applied_when_the_agent_has_taken_it(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.asked(ControlOp.STEER, text="use tabs")
    assert "control.applied" not in session.types()
    session.agent_says(Applied("c-1", "queued"))

    assert session.data("control.applied") == [{"id": "c-1", "op": "steer", "how": "queued"}]
    assert session.data("message")[-1] == {"role": "user", "text": "use tabs"}


def test_a_steer_that_waits_keeps_a_finished_session_open(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.STEER, text="and the tests")

    session.agent_says(turn_over())
    session.at(1)
    session.agent_says(turn_begins(), Applied("c-1"))
    session.at(2)
    assert session.supervisor.ending is None
    session.agent_says(turn_over())
    session.at(3)

    assert outcomes(session) == [("proposed", True)]
    assert [event.turn for event in session.events("turn.started")] == [1, 2]


def test_an_interrupted_session_is_idle_until_it_is_steered(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=60.0)
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    for hour in range(1, 8):
        session.at(hour * HOUR)
    assert session.supervisor.ending is None
    session.asked(ControlOp.STEER, "c-2", text="go on")
    session.agent_says(turn_begins(), Applied("c-2"))
    session.agent_says(turn_over())
    session.at(7 * HOUR + 1)

    assert outcomes(session) == [("proposed", True)]


def test_an_idle_session_ends_at_its_deadline(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=HOUR)
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    session.at(HOUR - 1)
    assert session.told == ["interrupt c-1"]  # nobody is there to be asked
    session.at(HOUR)

    assert outcomes(session) == [("timed_out", False)]
    assert session.told[-1] == "finish"


def test_an_idle_session_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    session.asked(ControlOp.CANCEL, "c-2", reason="not worth it")
    session.at(1)

    assert outcomes(session) == [("cancelled", False)]
    assert session.supervisor.ending
    assert session.supervisor.ending.reason == "cancelled by ada: not worth it"
    assert "finish" in session.told


def test_a_cancel_is_decided_before_it_is_called_applied(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.asked(ControlOp.CANCEL)

    assert session.types()[-2:] == ["session.ending", "control.applied"]


@pytest.mark.parametrize(
    ("by", "outcome"),
    [("ada", "cancelled"), ("waffle", "nuked"), ("df/waffle", "nuked"), ("budget", "budget")],
)
def test_who_cancels_decides_what_it_is_called(tmp_path: Path, by: str, outcome: str) -> None:
    session = Rehearsal(tmp_path)

    session.asked(ControlOp.CANCEL, by=by)

    assert outcomes(session) == [(outcome, False)]


@pytest.mark.parametrize(
    ("first", "second", "final"),
    [
        ("waffle", "ada", Outcome.CANCELLED),
        ("ada", "waffle", Outcome.CANCELLED),
        ("budget", "waffle", Outcome.NUKED),
        ("waffle", "budget", Outcome.NUKED),
    ],
)
def test_a_persons_word_outranks_a_machines_and_both_outrank_limits(
    tmp_path: Path, first: str, second: str, final: Outcome
) -> None:
    session = Rehearsal(tmp_path)

    session.asked(ControlOp.CANCEL, "c-1", by=first)
    session.asked(ControlOp.CANCEL, "c-2", by=second)

    assert session.supervisor.ending
    assert session.supervisor.ending.outcome is final
    assert [data["id"] for data in session.data("control.applied")] == ["c-1", "c-2"]


def test_a_cancel_outranks_a_limit_that_was_reached_before(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=10.0)
    session.at(10)

    session.asked(ControlOp.CANCEL)
    session.at(11)

    assert outcomes(session) == [("timed_out", False), ("cancelled", False)]
    assert session.told.count("interrupt end-1") == 1  # the descent goes on where it was


def test_of_two_cancels_the_first_one_stands(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.asked(ControlOp.CANCEL, "c-1", by="ada")
    session.asked(ControlOp.CANCEL, "c-2", by="bob")

    assert session.supervisor.ending
    assert session.supervisor.ending.reason == "cancelled by ada"


def test_approvals_are_answered_once(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(ASK)

    session.asked(ControlOp.DENY, "c-1", request="r-1", text="not that")
    session.asked(ControlOp.APPROVE, "c-2", request="r-1")

    assert session.told == ["deny r-1 not that"]
    assert session.data("approval.resolved") == [
        {"request": "r-1", "decision": "deny", "by": "ada"}
    ]
    assert session.data("control.rejected") == [
        {"id": "c-2", "op": "approve", "reason": "no open approval 'r-1'"}
    ]


@pytest.mark.parametrize(
    ("op", "reason"),
    [
        (ControlOp.STEER, "a steer needs a text"),
        (ControlOp.APPROVE, "no open approval ''"),
        (ControlOp.DENY, "no open approval ''"),
        (ControlOp.PAUSE, "a session has no pause: interrupt it, then steer it"),
        (ControlOp.RESUME, "a session has no resume: interrupt it, then steer it"),
    ],
)
def test_what_cannot_be_done_is_rejected_with_a_reason(
    tmp_path: Path, op: ControlOp, reason: str
) -> None:
    session = Rehearsal(tmp_path)

    session.asked(op)

    assert session.told == []
    assert session.data("control.rejected") == [{"id": "c-1", "op": op, "reason": reason}]


def test_an_interrupt_between_turns_is_rejected(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, begins=False)

    session.asked(ControlOp.INTERRUPT)

    assert session.data("control.rejected")[0]["reason"] == "no turn is running"


@pytest.mark.parametrize("op", [op for op in ControlOp if op is not ControlOp.CANCEL])
def test_a_session_that_is_ending_takes_no_control_but_cancel(
    tmp_path: Path, op: ControlOp
) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(ASK)
    session.asked(ControlOp.CANCEL, "c-0")
    told = list(session.told)

    session.asked(op, text="go on", request="r-1")

    assert session.told == told
    (rejected,) = session.data("control.rejected")
    assert rejected["reason"] == "the session is ending: cancelled by ada"


def test_what_the_agent_refuses_is_rejected(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.STEER, text="go on")

    session.agent_says(Refused("c-1", "the turn cannot be steered"))
    session.dialogue.ended(0, None)

    assert session.data("control.rejected") == [
        {"id": "c-1", "op": "steer", "reason": "the turn cannot be steered"}
    ]
    assert session.data("control.expired") == []
