"""How a session host minds budgets, deadlines, silence and unanswered approvals."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, Emit
from darkfactory.domain.session import ControlOp
from tests.fakes.rehearsal import (
    NOON,
    Rehearsal,
    outcomes,
    turn_begins,
    turn_over,
    usage,
)

HOUR = 3600.0
ASK = Emit(
    "approval.requested", {"request": "r-1", "call": "t-1", "kind": "shell", "command": "rm x"}
)


@pytest.mark.parametrize(
    ("limit", "spent"),
    [({"tokens": 100}, usage(100)), ({"usd": 0.5}, usage(1, usd=0.5)), ({"turns": 1}, usage(1))],
)
def test_a_spent_budget_asks_the_agent_once_to_come_to_an_end(
    tmp_path: Path, limit: dict[str, Any], spent: Emit
) -> None:
    session = Rehearsal(tmp_path, **limit)

    session.agent_says(spent)
    for second in range(5):
        session.at(second)

    assert session.told == ["steer budget-1"]
    (requested,) = session.data("control.requested")
    assert (requested["by"], requested["op"]) == ("budget", "steer")
    assert requested["reason"] in requested["text"]
    assert session.data("control.accepted") == [{"id": "budget-1", "op": "steer"}]
    assert session.sent[-1] == requested["text"].encode() + b"\n"


def test_below_its_budget_an_agent_is_left_alone(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, tokens=100, usd=1.0, turns=3)

    session.agent_says(usage(99, usd=0.99))
    session.at(60)

    assert session.told == []
    assert session.supervisor.ending is None


def test_an_agent_that_heeds_the_budget_ends_politely(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, tokens=100)
    session.agent_says(usage(120))
    session.at(1)

    session.agent_says(Applied("budget-1"), usage(130), turn_over("done", "Half of it."))
    session.at(2)

    assert outcomes(session) == [("budget", True)]
    assert session.supervisor.ending
    assert session.supervisor.ending.reason == "130 of 100 tokens used"
    assert session.told == ["steer budget-1", "finish"]


def test_an_agent_that_goes_on_for_three_requests_is_forced(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, turns=1)
    session.agent_says(usage(10))
    session.at(1)

    for number in range(3):
        assert session.supervisor.ending is None
        session.agent_says(usage(20 + number))
        session.at(2 + number)

    assert outcomes(session) == [("budget", False)]
    assert session.told == ["steer budget-1", "interrupt end-1"]


def test_an_agent_that_goes_on_for_half_a_minute_is_forced(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, tokens=1)
    session.agent_says(usage(10))
    session.at(1)

    session.at(30.9)
    assert session.supervisor.ending is None
    session.at(31)

    assert outcomes(session) == [("budget", False)]


def test_a_turn_cut_for_its_budget_ends_as_budget_however_the_agent_calls_it(
    tmp_path: Path,
) -> None:
    session = Rehearsal(tmp_path, tokens=1)
    session.agent_says(usage(10))
    session.at(0)
    session.at(31)

    session.agent_says(Applied("end-1"), turn_over("interrupted", "so far"))
    session.at(32)

    assert session.data("turn.finished") == [{"reason": "budget", "text": "so far"}]
    assert session.told[-1] == "finish"


def test_a_budget_spent_before_the_first_turn_waits_for_it_and_then_asks(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, begins=False, tokens=100, total_before=150)

    session.at(1)
    assert (session.told, session.supervisor.ending) == ([], None)
    session.agent_says(turn_begins("resume"))
    session.at(2)

    assert session.told == ["steer budget-1"]


def test_a_budget_does_not_end_an_interrupted_session(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, tokens=100)
    session.agent_says(usage(99))
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(usage(120), Applied("c-1"), turn_over("interrupted"))

    session.at(HOUR)

    assert session.supervisor.ending is None


@pytest.mark.parametrize(("deadline", "asked_at"), [(HOUR, HOUR - 20), (30.0, 27.0), (6.0, 5.4)])
def test_shortly_before_its_deadline_the_agent_is_asked_to_finish(
    tmp_path: Path, deadline: float, asked_at: float
) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=deadline, silence_seconds=2 * HOUR)

    session.at(asked_at - 0.01)
    assert session.told == []
    session.at(asked_at)

    assert session.told == ["steer budget-1"]


def test_an_agent_that_finishes_in_time_has_proposed(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=60.0)
    session.at(55)

    session.agent_says(Applied("budget-1"), turn_over())
    session.at(58)

    assert outcomes(session) == [("proposed", True)]


def test_the_deadline_ends_a_session_whatever_it_does(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=60.0)

    session.at(60)

    assert outcomes(session) == [("timed_out", False)]
    assert session.supervisor.ending
    assert session.supervisor.ending.reason == "the session is 1.0 minutes old"
    assert session.told[-1] == "interrupt end-1"


def test_waiting_for_an_approval_spends_no_minutes(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=60.0, silence_seconds=HOUR)
    session.at(10)
    session.agent_says(ASK)
    session.at(50)

    session.asked(ControlOp.APPROVE, request="r-1")
    session.at(99)
    spared = session.supervisor.ending
    session.at(100)

    assert spared is None
    assert outcomes(session) == [("timed_out", False)]


def test_waiting_for_approvals_spares_no_more_than_the_minutes_once_again(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=60.0, silence_seconds=HOUR)
    session.agent_says(ASK)

    session.at(119)
    spared = session.supervisor.ending
    session.at(120)

    assert spared is None
    assert outcomes(session) == [("timed_out", False)]


def test_a_verdict_says_when_it_was_taken(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=60.0)

    session.at(61)

    assert session.data("session.ending")[0]["at"] == NOON + 61


def test_a_silent_turn_is_stalled(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=300.0)

    session.at(300)
    assert session.supervisor.ending is None
    session.at(300.1)

    assert outcomes(session) == [("timed_out", False)]
    assert session.supervisor.ending
    assert session.supervisor.ending.reason == "stalled: no output for 300 s"
    assert session.told == ["interrupt end-1"]


def test_a_stalled_turn_ends_once_and_as_stalled(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.agent_says(Emit("tool.started", {"call": "t-1", "kind": "shell"}))
    session.at(11)

    session.agent_says(Emit("tool.finished", {"call": "t-1", "status": "aborted"}))
    session.agent_says(Applied("end-1"), turn_over("interrupted"))
    session.at(12)
    session.dialogue.ended(0, None)

    assert [data["reason"] for data in session.data("turn.finished")] == ["stalled"]
    assert session.types().index("tool.finished") < session.types().index("turn.finished")


def test_a_stalled_turn_that_never_answers_still_ends_as_stalled(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.at(11)

    session.dialogue.ended(None, 9)

    assert session.data("turn.finished") == [{"reason": "stalled", "text": ""}]


def test_a_turn_after_a_stall_is_called_what_it_is(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.asked(ControlOp.STEER, text="one more thing")
    session.at(11)

    session.agent_says(turn_over("interrupted"), turn_begins(), Applied("c-1"), turn_over("done"))

    assert [data["reason"] for data in session.data("turn.finished")] == ["stalled", "done"]


def test_any_output_starts_the_silence_anew(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)

    for second in range(0, 100, 9):
        session.at(second)
        session.agent_says(Emit("thought", {"text": "hm"}))

    assert session.supervisor.ending is None


def test_waiting_for_an_approval_is_not_silence(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.at(9)
    session.agent_says(ASK)

    session.at(18.9)
    session.asked(ControlOp.APPROVE, request="r-1")
    session.at(28.8)
    ending = session.supervisor.ending
    session.at(29)

    assert ending is None
    assert session.told[0] == "approve r-1"
    assert outcomes(session) == [("timed_out", False)]


def test_an_approval_that_nobody_answers_is_denied_and_the_agent_goes_on(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=300.0)
    session.agent_says(ASK)
    session.at(0)

    session.at(300)
    waited = session.data("approval.resolved")
    session.at(301)
    session.asked(ControlOp.APPROVE, request="r-1")
    session.at(600)

    denied = {"request": "r-1", "decision": "deny", "by": "timeout"}
    assert waited == []
    assert session.data("approval.resolved") == [denied]
    (requested,) = session.data("control.requested")
    assert (requested["op"], requested["by"], requested["request"]) == ("deny", "timeout", "r-1")
    assert requested["reason"] == "nobody answered for 300 s"
    assert session.told == [f"deny r-1 {requested['text']}"]
    assert session.data("control.applied")[0]["id"] == requested["id"]
    assert session.data("control.rejected")[0]["reason"] == "no open approval 'r-1'"
    assert session.supervisor.ending is None


def test_each_approval_has_its_own_time(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    for second in (0, 8, 16):
        asked = {**ASK.data, "request": f"r-{second}"}
        session.agent_says(Emit("approval.requested", asked))
        session.at(second)

    session.at(19)

    assert [row["request"] for row in session.data("approval.resolved")] == ["r-0", "r-8"]
    assert session.dialogue.approvals == {"r-16": "rm x"}


def test_an_approval_is_not_denied_by_time_once_the_session_is_ending(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, silence_seconds=10.0)
    session.agent_says(ASK)
    session.at(0)
    session.asked(ControlOp.CANCEL)

    session.at(11)
    session.agent_says(turn_over("interrupted"))

    (resolved,) = session.data("approval.resolved")
    assert resolved["by"] == "turn end"


def test_an_agent_that_never_begins_is_stalled_too(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, begins=False, silence_seconds=10.0)

    session.at(11)

    assert outcomes(session) == [("timed_out", False)]
    assert session.data("turn.finished") == []
