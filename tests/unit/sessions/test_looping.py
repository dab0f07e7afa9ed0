"""What a host does between the turns of a loop; limits and people's words hold there as ever."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.agents.protocol import Applied
from darkfactory.domain.lane import Loop
from darkfactory.domain.session import ControlOp
from darkfactory.sessions.loop import LoopStory, checkpoint_data
from tests.fakes.rehearsal import Rehearsal, outcomes, turn_begins, turn_over, usage

BENCH = Loop(command="bench", patience=2, prompt="Once more.")
HOUR = 3600.0


def looping(folder: Path, loop: Loop = BENCH, **more: Any) -> Rehearsal:
    session = Rehearsal(folder, loop=loop, **more)
    session.at(0)
    return session


def measured(session: Rehearsal, value: float | None, loop: Loop = BENCH, ref: str = "r") -> None:
    """Let somebody measure the tree and tell it."""
    story = LoopStory(loop).tell_all(session.events())
    made = story.weigh(value, 9, ref=ref, tree="t")
    session.writer.write("loop.checkpoint", checkpoint_data(made))


def next_turn(session: Rehearsal) -> None:
    """Let the agent take up what it was told last, and end its turn."""
    control = session.told[-1].removeprefix("steer ")
    session.agent_says(turn_begins(), Applied(control), turn_over())


def test_the_host_waits_for_the_check_however_long_it_takes(tmp_path: Path) -> None:
    session = looping(tmp_path)

    session.agent_says(turn_over())
    for hour in range(1, 5):
        session.at(hour * HOUR)

    assert (session.told, session.supervisor.ending) == ([], None)


def test_a_gain_is_told_and_another_turn_begins_once(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over())

    measured(session, 7)
    session.at(1)
    session.at(2)

    assert session.told == ["steer loop-1-1"]
    (wish,) = session.data("control.requested")
    assert (wish["by"], wish["op"]) == ("loop", "steer")
    assert "`bench` is 7, better than before" in wish["text"]
    assert wish["text"].endswith("Once more.")


def test_turns_between_checks_go_on_at_once(tmp_path: Path) -> None:
    session = looping(tmp_path, Loop(every=2, command="bench"))
    session.agent_says(turn_over())
    session.at(1)
    next_turn(session)
    session.at(2)

    assert session.told == ["steer loop-1-1"]


def test_a_loop_that_gains_nothing_ends_politely_with_its_reason(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over())
    for second, value in enumerate((7, 7, 7), 1):
        measured(session, value)
        session.at(second)
        if second < 3:
            next_turn(session)

    assert session.told[-1] == "finish"
    (ending,) = session.data("session.ending")
    assert (ending["outcome"], ending["polite"], ending["instead"]) == ("proposed", True, "")
    assert ending["reason"] == "no reward for 2 checkpoints of its loop (`bench` 9 -> 7)"


@pytest.mark.parametrize(
    ("first", "outcome", "instead"), [(5, "proposed", "best"), (9, "failed", "")]
)
def test_a_loop_that_got_worse_offers_its_best_or_nothing(
    tmp_path: Path, first: float, outcome: str, instead: str
) -> None:
    session = looping(tmp_path, Loop(command="bench", turns=2))
    session.agent_says(turn_over())
    measured(session, first, ref="best")
    session.at(1)
    next_turn(session)
    measured(session, 12, ref="last")
    session.at(2)

    (ending,) = session.data("session.ending")
    assert (ending["outcome"], ending["instead"]) == (outcome, instead)


def test_a_spent_budget_ends_a_loop_between_two_turns(tmp_path: Path) -> None:
    session = looping(tmp_path, tokens=100)
    session.agent_says(usage(120), turn_over())

    session.at(1)

    assert list(outcomes(session)) == [("budget", True)]


def test_the_deadline_ends_a_loop_that_waits(tmp_path: Path) -> None:
    session = looping(tmp_path, deadline_seconds=60.0)
    session.agent_says(turn_over())

    session.at(61)

    assert [outcome for outcome, _ in outcomes(session)] == ["timed_out"]


def test_a_person_cancels_a_loop_between_two_turns(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over())

    session.asked(ControlOp.CANCEL)

    assert [outcome for outcome, _ in outcomes(session)] == ["cancelled"]


def test_an_interrupted_loop_is_idle_until_a_person_steers_it(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over("interrupted"))
    session.at(HOUR)
    idle = list(session.told)

    session.asked(ControlOp.STEER, text="smaller steps")
    session.agent_says(turn_begins(), Applied("c-1"), turn_over())
    measured(session, 7)
    session.at(HOUR + 1)

    assert (idle, session.told) == ([], ["steer c-1", "steer loop-1-1"])


def test_an_agent_that_does_not_go_on_ends_its_loop(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over())
    measured(session, 7)
    session.at(1)

    session.agent_says(Applied("loop-1-1"))
    session.at(2)

    (ending,) = session.data("session.ending")
    assert ending["reason"] == "the agent did not take up the next turn of its loop"


def test_an_agent_that_is_gone_between_two_turns_has_ended_its_loop(tmp_path: Path) -> None:
    session = looping(tmp_path)
    session.agent_says(turn_over())
    session.at(1)

    ending = session.supervisor.final(0, None)

    assert (ending.outcome, ending.polite) == ("proposed", True)
    assert ending.reason == "the agent ended between two turns of its loop"
