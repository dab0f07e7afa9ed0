"""Whether what a session left says anything of its agent, or only of what was around it."""

from pathlib import Path

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.session import Outcome, TurnEnd
from darkfactory.domain.settings import AgentKind, AgentSettings
from darkfactory.evals.suite import load_suite
from darkfactory.factory.eval_arms import Arm
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_session import Task, trouble_of, was_done
from darkfactory.factory.state_folder import state_of
from darkfactory.sessions.spec import SessionEnd, save_end
from tests.fakes.gates import SETTINGS
from tests.fakes.studies import suite_files, write_files

BEGUN = (Event("session.started"), Event("turn.started", {"trigger": "start"}))
SAID = Event("message", {"role": "assistant", "text": "Looking."})
CALLS = Event("tool.started", {"call": "c", "kind": "shell", "command": "make"})
HAS_CALLED = Event("tool.finished", {"call": "c", "status": "ok"})
RETRIES = Event("retry", {"attempt": 2, "status": 529})
ASKED = Event("control.requested", {"id": "budget-1", "op": "steer"})
OVER = Event("session.ending", {"outcome": "timed_out"})


def timed_out(*events: Event, turn: TurnEnd = TurnEnd.KILLED, polite: bool = False) -> str:
    log = [*BEGUN, *events, OVER, Event("turn.finished", {"reason": str(turn)})]
    return trouble_of(SessionEnd(1, Outcome.TIMED_OUT, "1 minute old", polite=polite), log)


@pytest.mark.parametrize(
    "events", [(), (ASKED,), (SAID, RETRIES), (SAID, CALLS, HAS_CALLED, RETRIES, ASKED)]
)
def test_time_that_the_model_let_pass_says_nothing_of_the_agent(events: tuple[Event, ...]) -> None:
    assert timed_out(*events) == "timed_out: 1 minute old, and its model did not answer"


@pytest.mark.parametrize("events", [(SAID,), (CALLS,), (CALLS, HAS_CALLED), (RETRIES, SAID, ASKED)])
def test_time_that_the_agent_spent_does(events: tuple[Event, ...]) -> None:
    assert timed_out(*events) == ""


def test_silence_is_the_models_unless_a_command_runs() -> None:
    assert timed_out(SAID, CALLS, HAS_CALLED, turn=TurnEnd.STALLED)
    assert not timed_out(SAID, CALLS, turn=TurnEnd.STALLED)


def test_an_agent_that_ended_its_turn_in_time_is_taken_at_its_word() -> None:
    assert timed_out(polite=True) == ""


def test_a_failure_is_told_with_its_reason() -> None:
    end = SessionEnd(1, Outcome.FAILED, "the turn ended: api_error: server docs: no such file")

    told = trouble_of(end, BEGUN)

    assert told == "failed: the turn ended: api_error: server docs: no such file"


@pytest.mark.parametrize("outcome", [Outcome.CRASHED, Outcome.NUKED, Outcome.CANCELLED])
def test_what_was_ended_from_outside_says_nothing(outcome: Outcome) -> None:
    assert trouble_of(SessionEnd(1, outcome, "x", polite=True), [*BEGUN, SAID]) == f"{outcome}: x"


def test_a_session_without_an_end_says_nothing() -> None:
    assert trouble_of(None, BEGUN) == "its host ended without a word"


def test_work_that_is_there_needs_no_session_and_a_failed_one_is_none(tmp_path: Path) -> None:
    lab = Lab(state_of(tmp_path), SETTINGS)
    (scenario,) = load_suite(write_files(tmp_path, suite_files("hello"))).scenarios
    task = Task(scenario, Arm(), AgentSettings("x", AgentKind.CODEX), "", "0123456789abcdef")
    first, second = (lab.state.session(f"s-hello-0123456789-{number}") for number in (1, 2))

    never = was_done(lab, task)
    first.mkdir(parents=True)
    save_end(str(first), SessionEnd(1, Outcome.CRASHED, "killed"))
    failed = was_done(lab, task)
    second.mkdir()
    begun = was_done(lab, task)
    save_end(str(second), SessionEnd(1, Outcome.PROPOSED, "done", polite=True))

    assert (never, failed, begun, was_done(lab, task)) == (False, False, False, True)
