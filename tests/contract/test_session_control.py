"""What people ask of a running session, and how far it reaches, with a real agent process."""

import json
from pathlib import Path

import pytest

from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import ControlOp, ControlScope, Outcome, State
from darkfactory.events.stream import Stream
from darkfactory.sessions.control import ControlRejected, deliver
from darkfactory.sessions.recover import bury
from darkfactory.sessions.view import show_session
from tests.fakes.hosted import EDIT, SESSION, Bench

FOREVER = {"say": "Thinking.", "forever": True}
FIXED = {"say": "Fixed it.", "do": [EDIT]}
ASKS = {"say": "May I?", "do": [{"shell": "touch made"}]}


def post(bench: Bench, **wish: str) -> None:
    """Leave a wish in the control stream, as a program that waits for no answer does."""
    control = Path(Stream(bench.state.streams, f"s/{SESSION}/control").file)
    control.parent.mkdir(parents=True, exist_ok=True)
    with control.open("a") as file:
        file.write(json.dumps(wish) + "\n")


def test_an_interrupt_with_words_ends_the_turn_and_goes_on_with_them(bench: Bench) -> None:
    bench.script(FOREVER, again=[FIXED])
    host = bench.start()
    bench.wait_for("usage")

    receipt = bench.control(ControlOp.INTERRUPT, text="try it again")
    end = bench.ended(host)

    assert receipt.state == "applied"
    ends = [event.data["reason"] for event in bench.events("turn.finished")]
    assert ends == ["interrupted", "done"]
    said = [e.data["text"] for e in bench.events("message") if e.data["role"] == "user"]
    assert said[1:] == ["try it again"]
    assert end.outcome is Outcome.PROPOSED


def test_a_cancelled_turn_leaves_a_session_that_can_go_on(bench: Bench) -> None:
    bench.script({"say": "Half of it.", "do": [EDIT]}, FOREVER, again=[FIXED])
    host = bench.start()
    bench.wait_for("usage", count=2)

    bench.control(ControlOp.CANCEL, scope=ControlScope.TURN)
    bench.wait_for("turn.finished", reason="interrupted")
    view = show_session(bench.state, SESSION, now=0)
    bench.control(ControlOp.STEER, text="try it again")
    end = bench.ended(host)

    assert view.state is State.IDLE
    assert "Half of it." in [event.data["text"] for event in bench.events("message")]
    assert end.outcome is Outcome.PROPOSED


def test_a_message_for_an_agent_that_is_not_there_does_nothing(bench: Bench) -> None:
    bench.script(FOREVER)
    bench.start()
    bench.wait_for("usage")
    post(bench, id="c-1", op="cancel", scope="agent", agent="reviewer", by="ada")

    bench.wait_for("control.rejected", id="c-1")

    assert show_session(bench.state, SESSION, now=0).state is State.WORKING


def test_what_comes_after_the_end_expires_and_no_later_run_obeys_it(bench: Bench) -> None:
    bench.script({"say": "Oops.", "do": [EDIT], "fault": {"kind": "exit", "times": 1}}, FIXED)
    bench.ended(bench.start())
    post(bench, id="c-1", op="cancel", by="ada")

    deliver(bench.state, SESSION)
    deliver(bench.state, SESSION)
    second = bench.ended(bench.start(epoch=2, resume=True))

    told = [event.type for event in bench.events() if event.data.get("id") == "c-1"]
    assert told == ["control.requested", "control.expired"]
    assert second.outcome is Outcome.PROPOSED


@pytest.mark.parametrize(("op", "made"), [(ControlOp.APPROVE, True), (ControlOp.DENY, False)])
def test_an_answer_given_while_nobody_ran_the_session_counts_when_it_asks_again(
    bench: Bench, op: ControlOp, *, made: bool
) -> None:
    bench.script(ASKS, FIXED)  # the resumed agent asks again, as it was cut off before an answer
    first = bench.start(autonomy=Autonomy.SUGGEST)
    asked = bench.wait_for("approval.requested")
    bench.kill(first)
    post(bench, id="c-1", op=op, request=asked.data["request"], by="ada")
    bury(str(bench.folder))

    end = bench.ended(bench.start(autonomy=Autonomy.SUGGEST, epoch=2, resume=True))

    answered = bench.events("approval.resolved")
    assert [event.data["by"] for event in answered] == ["ada"]  # the yes was on the disk
    assert [e.data["op"] for e in bench.events("control.applied")] == [op]
    assert ("made" in bench.kept(str(end.preserved))) is made


def test_an_answer_to_what_nobody_asked_is_rejected(bench: Bench) -> None:
    bench.script(ASKS, FIXED)
    bench.start(autonomy=Autonomy.SUGGEST)
    bench.wait_for("approval.requested")

    with pytest.raises(ControlRejected, match="no open approval 'r-99'"):
        bench.control(ControlOp.APPROVE, request="r-99")
