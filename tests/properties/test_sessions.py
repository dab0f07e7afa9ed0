"""Laws of a session, whatever the agent says, people ask and the clock shows."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from darkfactory.agents.protocol import Applied, Emit, Refused
from darkfactory.domain.session import ControlOp
from tests.fakes.rehearsal import Rehearsal, turn_begins, turn_over, usage

DEADLINE = 600.0
LADDER_SECONDS = 11.0

SAYINGS = st.sampled_from(
    [
        turn_begins(), turn_over(), turn_over("interrupted"), turn_over("api_error"), usage(10),
        usage(900, usd=2.0), Emit("tool.started", {"call": "t-1"}),
        Emit("tool.finished", {"call": "t-1", "status": "ok"}),
        Emit("tool.output", {"call": "t-1", "delta": "x"}),
        Emit("approval.requested", {"request": "r-1"}), Emit("message", {"role": "assistant"}),
        Applied("budget-1"), Applied("end-1"), Refused("budget-1", "no"),
        *(Applied(f"c-{number}") for number in range(4)),
    ]
)  # fmt: skip
WISHES = st.tuples(st.sampled_from(ControlOp), st.sampled_from(["", "go on"]))
BYS = st.sampled_from(["ada", "waffle", "budget"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), SAYINGS),
        st.tuples(st.just("ask"), WISHES, BYS),
        st.tuples(st.just("wait"), st.floats(0.0, 120.0)),
    ),
    max_size=40,
)


def play(session: Rehearsal, steps: list[tuple[Any, ...]]) -> float:
    """Carry out *steps* and return the time at which they are over."""
    now, asked = 0.0, 0
    for kind, *rest in steps:
        match kind, rest:
            case "say", [step]:
                in_turn = session.dialogue.in_turn
                if isinstance(step, Emit) and (step.type == "turn.started") == in_turn:
                    continue  # adapters keep turns apart
                session.agent_says(step)
            case "ask", [(op, text), by]:
                request = "r-1" if op in (ControlOp.APPROVE, ControlOp.DENY) else ""
                session.asked(op, f"c-{asked}", by=by, text=text, request=request)
                asked += 1
            case "wait", [seconds]:
                now += seconds
        session.at(now)
    return now


@given(STEPS)
def test_every_session_is_over_soon_after_its_deadline(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Rehearsal(Path(folder), deadline_seconds=DEADLINE, tokens=800, usd=1.0)
        now = play(session, steps) + DEADLINE  # what it spent on waiting does not count
        assume(not session.dialogue.approvals)  # a session that waits for a person has time

        for second in range(int(LADDER_SECONDS) + 2):
            session.at(now + second)

        assert session.supervisor.ending is not None
        assert "kill" in session.told


@given(STEPS)
def test_every_turn_ends_once_and_every_message_is_answered_once(
    steps: list[tuple[Any, ...]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Rehearsal(Path(folder), deadline_seconds=DEADLINE, tokens=800, usd=1.0)
        play(session, steps)

        ending = session.supervisor.final(0, None)
        session.dialogue.ended(0, None)

        inside, answers = False, Counter[str]()
        for event in session.events():
            if event.type in ("turn.started", "turn.finished"):
                assert inside is (event.type == "turn.finished")
                inside = not inside
            if event.type in ("control.applied", "control.rejected", "control.expired"):
                answers[str(event.data["id"])] += 1
        assert not inside
        assert max(answers.values(), default=0) <= 1
        own = {str(d["id"]) for d in session.data("control.accepted")}
        assert own <= answers.keys()
        assert session.data("session.ending")[-1]["outcome"] == ending.outcome
