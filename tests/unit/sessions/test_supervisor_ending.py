"""How a session ends: strays, the kill ladder, what the end of its agent says of it."""

from itertools import pairwise
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


def test_an_agent_that_never_answers_its_interrupt_is_ended(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.INTERRUPT)

    for second in range(5, 30):
        session.at(second)
    patient = "SIGTERM" not in session.told
    session.at(30)
    session.at(30.1)

    assert patient
    assert "SIGTERM" in session.told
    assert session.data("session.ending")[0]["outcome"] == "timed_out"
    assert "did not answer an interrupt for 30 s" in session.data("session.ending")[0]["reason"]


def test_an_agent_that_answers_its_interrupt_late_is_left_alone(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.asked(ControlOp.INTERRUPT)
    session.at(20)
    session.agent_says(Applied("c-1"), turn_over("interrupted"))

    session.at(31)

    assert session.data("session.ending") == []


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


@pytest.mark.parametrize(
    ("complaint", "cause"),
    [
        ("Traceback:\n  File 'a'\nKeyError: 'model'", "KeyError: 'model'"),
        (
            "throw err;\nError: Cannot find module 'x'\n    at y\n\nNode.js v22.23.3",
            "Error: Cannot",
        ),
        ("warming up\nout of quota\n", "out of quota"),
    ],
)
def test_a_crash_tells_what_the_agent_complained_of(
    tmp_path: Path, complaint: str, cause: str
) -> None:
    session = Rehearsal(tmp_path)

    ending = session.supervisor.final(1, None, complaint)

    assert ending.reason.startswith(
        f"the agent ended in the middle of its turn: exit status 1: {cause}"
    )


def test_a_turn_that_failed_tells_why_and_no_earlier_turn_does(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)
    session.agent_says(Emit("error", {"code": "e", "text": "long gone"}), turn_over("interrupted"))
    session.agent_says(turn_begins())
    session.agent_says(Emit("error", {"code": "e", "text": "no such model\n  at x"}))
    session.agent_says(Emit("error", {"code": "e", "text": "of a helper"}, parent="call-1"))
    session.agent_says(turn_over("api_error"))

    ending = session.supervisor.final(0, None)

    assert ending.reason == "the turn ended: api_error: no such model at x"


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


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Emit("skill.loaded", {"name": "tidy"}), "it loaded tidy"),
        (Emit("file.changed", {"path": "a"}), "it changed a file"),
    ],
)
def test_a_session_that_looks_for_a_skill_is_over_at_the_first_load_or_edit(
    tmp_path: Path, seen: Emit, reason: str
) -> None:
    session = Rehearsal(tmp_path, until_loaded="tidy")
    session.agent_says(Emit("skill.loaded", {"name": "other"}))
    session.at(1)
    before = session.data("session.ending")

    session.agent_says(seen)
    session.at(2)

    assert before == []
    (ending,) = session.data("session.ending")
    assert (ending["outcome"], ending["reason"], ending["polite"]) == ("proposed", reason, True)


def test_any_other_session_goes_on_when_it_has_loaded_a_skill(tmp_path: Path) -> None:
    session = Rehearsal(tmp_path)

    session.agent_says(Emit("skill.loaded", {"name": "tidy"}), Emit("file.changed", {"path": "a"}))
    session.at(1)

    assert session.data("session.ending") == []
