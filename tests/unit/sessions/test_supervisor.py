"""Hours of a session in a millisecond: what is obeyed, when it is enough, how it ends."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied, Emit, Refused
from darkfactory.domain.session import ControlOp, Outcome
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


def strays(session: Rehearsal) -> list[str]:
    return [word for word in session.told if "strays" in word]


def test_commands_that_outlive_an_interrupted_turn_are_killed_within_ten_seconds(
    tmp_path: Path,
) -> None:
    session = Rehearsal(tmp_path)
    session.at(100)
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    session.at(101.4)
    assert strays(session) == []
    session.at(101.5)
    assert strays(session) == ["kill strays"]
    session.at(109)
    session.at(111)

    assert strays(session) == ["kill strays"] * 2


def test_a_turn_that_does_not_answer_its_interrupt_loses_its_commands_all_the_same(
    tmp_path: Path,
) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.INTERRUPT)

    session.at(4.9)
    assert "mark strays" not in session.told
    session.at(5)

    assert strays(session)[-2:] == ["mark strays", "kill strays"]


def test_an_interrupt_that_the_agent_refused_kills_nothing_new(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.INTERRUPT)
    session.agent_says(Refused("c-1", "no turn is running"))

    session.at(6)

    assert "mark strays" not in session.told


def test_a_deaf_agent_is_asked_then_told_then_killed(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.at(100)
    session.asked(ControlOp.CANCEL)
    steps = {}

    for tenth in range(1000, 1300):
        before = len(session.told)
        session.at(tenth / 10)
        for word in session.told[before:]:
            steps[word] = tenth / 10 - 100

    assert list(steps) == ["interrupt end-1", "finish", "SIGTERM", "kill"]
    assert [round(later - sooner) for sooner, later in pairwise(steps.values())] == [3, 5, 3]


def test_an_agent_that_ends_its_turn_need_not_wait_for_the_grace(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.CANCEL)
    session.at(0)

    session.agent_says(Applied("end-1"), turn_over("interrupted"))
    session.at(0.5)

    assert session.told == ["interrupt end-1", "finish"]


def test_the_hosts_own_interrupt_is_in_the_log_as_anybodys_would_be(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path, deadline_seconds=10.0)
    session.at(10)
    session.agent_says(Applied("end-1"), turn_over("interrupted"))

    told = [(e.type, e.data.get("by")) for e in session.events() if e.data.get("id") == "end-1"]

    assert told == [
        ("control.requested", "host"), ("control.accepted", None), ("control.applied", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "outcome", "polite"),
    [
        ("done", "proposed", True),
        ("max_turns", "budget", False),
        ("budget", "budget", False),
        ("api_error", "failed", False),
        ("killed", "failed", False),
    ],
)
def test_how_a_turn_ended_decides_how_the_session_ends(
    tmp_path: Path, reason: str, outcome: str, polite: bool
) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(turn_over(reason))
    session.at(1)

    assert outcomes(session) == [(outcome, polite)]
    assert session.told == ["finish"]


@pytest.mark.parametrize(
    ("reason", "outcome"), [("done", "proposed"), ("max_turns", "budget"), ("api_error", "failed")]
)
def test_an_agent_that_is_gone_before_anyone_looked_is_judged_by_its_turn(
    tmp_path: Path, reason: str, outcome: str
) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(turn_over(reason))

    ending = session.supervisor.final(1, None)

    assert ending.outcome == outcome
    assert [data["outcome"] for data in session.data("session.ending")] == [outcome]


@pytest.mark.parametrize(
    ("exit_code", "number", "how"), [(3, None, "exit status 3"), (None, 9, "signal 9")]
)
def test_an_agent_that_dies_in_its_turn_has_crashed(
    tmp_path: Path, exit_code: int | None, number: int | None, how: str
) -> None:
    session = Rehearsal(tmp_path)

    ending = session.supervisor.final(exit_code, number)

    assert ending.outcome is Outcome.CRASHED
    assert ending.reason == f"the agent ended in the middle of its turn: {how}"


def test_an_agent_that_dies_while_idle_has_crashed(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(turn_over("interrupted"))

    ending = session.supervisor.final(0, None)

    assert ending.reason == "the agent ended between turns: exit status 0"
    assert ending.outcome is Outcome.CRASHED


def test_a_verdict_stands_when_the_agent_dies_of_it(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.CANCEL)

    ending = session.supervisor.final(None, 15)

    assert ending.outcome is Outcome.CANCELLED
    assert len(session.data("session.ending")) == 1


def test_a_host_that_is_told_to_stop_leaves_a_session_that_can_be_taken_up(
    tmp_path: Path,
) -> None:
    session = Rehearsal(tmp_path)

    for second in range(3):
        session.supervisor.stop("the session host got SIGTERM", second)
        session.at(second)

    assert outcomes(session) == [("crashed", False)]
    assert session.told == ["interrupt end-1"]


def test_a_failure_of_the_host_is_an_end_but_no_verdict_over_an_earlier_one(
    tmp_path: Path,
) -> None:
    failed, cancelled = Rehearsal(tmp_path / "a"), Rehearsal(tmp_path / "b")
    cancelled.asked(ControlOp.CANCEL)

    for session in (failed, cancelled):
        session.supervisor.fail("the session host failed: ValueError: x")

    assert outcomes(failed) == [("crashed", False)]
    assert outcomes(cancelled) == [("cancelled", False)]
