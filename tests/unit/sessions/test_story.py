"""What a session's stream has told so far."""

from typing import Any

import pytest

from darkfactory.domain.event import Event, Producer
from darkfactory.sessions.story import Story, read_story


def tell(*events: tuple[str, dict[str, Any]] | Event) -> Story:
    made = [each if isinstance(each, Event) else Event(*each) for each in events]
    return read_story(enumerate(made, start=1))


STARTED = ("session.started", {"item": "i"})
TURN = Event("turn.started", {"trigger": "start"}, turn=1)
DONE = Event("turn.finished", {"reason": "done", "text": "Fixed."}, turn=1)


def test_an_empty_stream_tells_nothing() -> None:
    assert tell() == Story()


def test_a_running_turn_is_told_with_what_is_open_in_it() -> None:
    story = tell(
        STARTED,
        TURN,
        ("tool.started", {"call": "t-1", "name": "shell", "command": "make"}),
        ("tool.started", {"call": "t-2", "kind": "read", "paths": ["a", "b"]}),
        ("tool.finished", {"call": "t-1", "status": "ok"}),
        ("approval.requested", {"request": "r-1", "command": "rm x"}),
        ("approval.requested", {"request": "r-2"}),
        ("approval.resolved", {"request": "r-2", "decision": "deny"}),
    )

    assert (story.turn, story.in_turn, story.turn_end) == (1, True, None)
    assert story.open_calls == {"t-2": ""}
    assert story.approvals == {"r-1": "rm x"}
    assert story.last_action == "read a b"
    assert story.last_position == 8


def test_a_finished_turn_leaves_its_reason_and_last_words() -> None:
    story = tell(STARTED, TURN, ("message", {"role": "assistant", "text": "Looking."}), DONE)

    assert (story.in_turn, story.turn_end, story.last_words) == (False, "done", "Fixed.")


def test_words_of_others_are_not_the_agents_last() -> None:
    story = tell(
        ("message", {"role": "assistant", "text": "mine"}),
        ("message", {"role": "user", "text": "yours"}),
        Event("message", {"role": "assistant", "text": "a helper's"}, parent="mock"),
        ("turn.finished", {"reason": "killed", "text": ""}),
    )

    assert story.last_words == "mine"


def test_usage_is_the_highest_told_and_requests_are_counted() -> None:
    story = tell(
        ("usage", {"scope": "request", "total_session": 10, "cost_usd": 0.5}),
        ("usage", {"scope": "turn", "total_session": 7, "cost_usd": None}),
        ("usage", {"scope": "request", "total_session": "many", "cost_usd": 0.25}),
    )

    assert (story.tokens, story.cost, story.requests) == (10, 0.5, 2)


@pytest.mark.parametrize("answer", ["applied", "rejected", "expired"])
def test_controls_are_open_until_they_are_answered(answer: str) -> None:
    accepted = ("control.accepted", {"id": "c-1", "op": "steer"})

    before = tell(accepted)
    after = tell(accepted, (f"control.{answer}", {"id": "c-1"}))

    assert (before.controls, before.answered) == ({"c-1": "steer"}, set())
    assert (after.controls, after.answered) == ({}, {"c-1"})


def test_retrying_lasts_until_the_next_event() -> None:
    assert tell(TURN, ("retry", {"attempt": 1})).retrying
    assert not tell(TURN, ("retry", {"attempt": 1}), ("thought", {"text": "hm"})).retrying


def test_an_end_is_told_with_the_run_that_it_ended() -> None:
    story = tell(
        STARTED,
        TURN,
        ("session.ending", {"outcome": "crashed"}),
        Event("session.ended", {"outcome": "crashed"}, producer=Producer("recovery:1", 4, 0)),
    )

    assert story.ending is None
    assert (story.ended, story.ended_epoch) == ({"outcome": "crashed"}, 4)
    assert not story.in_turn


def test_a_verdict_is_told_until_it_is_carried_out() -> None:
    verdict = ("session.ending", {"outcome": "crashed"})

    assert tell(STARTED, verdict).ending == {"outcome": "crashed"}
    assert tell(STARTED, verdict, STARTED).ending is None


def test_a_session_that_is_taken_up_again_starts_with_nothing_open() -> None:
    story = tell(
        STARTED,
        ("session.native", {"id": "n-1"}),
        TURN,
        ("tool.started", {"call": "t-1"}),
        ("approval.requested", {"request": "r-1"}),
        ("usage", {"scope": "request", "total_session": 10}),
        ("control.applied", {"id": "c-1"}),
        ("session.ending", {"outcome": "crashed"}),
        ("session.ended", {"outcome": "crashed"}),
        STARTED,
    )

    assert (story.ended, story.ended_epoch, story.ending, story.native) == (None, None, None, None)
    assert (story.in_turn, story.turn_end) == (False, None)
    assert (story.open_calls, story.approvals) == ({}, {})
    assert (story.tokens, story.turn, story.answered) == (10, 1, {"c-1"})


def test_scores_are_the_newest() -> None:
    story = tell(("waffle.scored", {"score": 0.2, "risk": 0.1}), ("waffle.scored", {"score": 0.6}))

    assert (story.waffle, story.risk) == (0.6, None)


def test_data_of_wrong_kinds_are_survived() -> None:
    story = tell(
        ("turn.finished", {}), ("tool.started", {"paths": [1, None]}), ("tool.finished", {}),
        ("message", {"role": "assistant", "text": None}), ("usage", {}), ("session.native", {}),
        ("control.accepted", {}), ("approval.requested", {}), ("unheard.of", {"x": 1}),
    )  # fmt: skip

    assert story.turn_end == "None"
    assert story.last_words == ""


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("message", {"role": "assistant", "text": "Looking."}),
        ("tool.started", {"call": "t-1", "name": "Bash"}),
        ("usage", {"scope": "request", "total_session": 7}),
    ],
)
def test_a_conversation_is_worth_keeping_once_the_agent_did_something(
    type_: str, data: dict[str, Any]
) -> None:
    begun = tell(("session.native", {"id": "n-1"}), ("turn.started", {"trigger": "start"}))
    spoke = tell(("session.native", {"id": "n-1"}), (type_, data))

    assert not begun.spoke
    assert spoke.spoke


def test_what_is_posted_proves_nothing() -> None:
    usage = {"total_session": 10**9, "cost_usd": 5000.0}
    story = Story()

    story.tell(1, Event("usage", usage, posted=True))
    story.tell(2, Event("tool.started", {"call": "1", "name": "x"}, posted=True))

    assert story == Story()


def test_what_was_nuked_keeps_the_score_that_it_was_nuked_for() -> None:
    nuke = {"id": "waffle-1-nuke", "op": "cancel", "by": "waffle"}
    loops = {"score": 0.97, "action": "nuke", "signals": [{"because": "it loops"}]}
    after = ("waffle.scored", {"score": 0.4, "action": "none"})

    nuked = tell(STARTED, ("waffle.scored", loops), ("control.requested", nuke), after)
    cancelled = tell(
        STARTED, ("waffle.scored", loops), ("control.requested", {**nuke, "by": "ada"}), after
    )

    assert (nuked.waffle, nuked.because) == (0.97, "it loops")
    assert cancelled.waffle == 0.4
