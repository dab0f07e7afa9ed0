"""Where a loop stands, from the log alone: what follows a turn, what a value is worth."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.event import Event
from darkfactory.domain.lane import Loop
from darkfactory.sessions.loop import LoopStory, Then, checkpoint_data, checkpoints_of

BENCH = Loop(command="bench", patience=2)
BEGAN = Event("turn.started", {"trigger": "start"})
DONE = Event("turn.finished", {"reason": "done"})
TURN = (BEGAN, DONE)


def measure(story: LoopStory, value: float | None, base: float | None = 9) -> Event:
    """Let *story* take the checkpoint that *value* makes, and return its event."""
    number = story.number
    made = story.weigh(value, base, ref=f"r{number}", tree="t", problem="" if value else "broken")
    event = Event("loop.checkpoint", checkpoint_data(made))
    story.tell(event)
    return event


def played(loop: Loop, *values: float | None, base: float | None = 9) -> LoopStory:
    """Return the story of a loop with one turn before each of *values*."""
    story = LoopStory(loop)
    for value in values:
        story.tell_all(TURN)
        measure(story, value, base)
    return story


def test_a_check_is_due_after_every_so_many_turns() -> None:
    story, seen = LoopStory(Loop(every=2, command="bench")), []
    for _ in range(3):
        story.tell_all(TURN)
        seen.append((story.then, story.check_is_due))

    assert seen == [(Then.GO_ON, False), (Then.CHECK, True), (Then.CHECK, True)]


def test_nothing_is_due_in_a_turn_or_before_one() -> None:
    story = LoopStory(BENCH)
    before = story.check_is_due
    story.tell_all([*TURN, BEGAN])

    assert (before, story.check_is_due) == (False, False)


@pytest.mark.parametrize("reason", ["interrupted", "killed", "stalled"])
def test_a_turn_that_was_cut_off_is_not_counted(reason: str) -> None:
    story = LoopStory(BENCH).tell_all([BEGAN, Event("turn.finished", {"reason": reason})])

    assert (story.turns, story.check_is_due) == (0, False)


@pytest.mark.parametrize(
    ("better", "values", "rewards"),
    [
        ("lower", (7, 8, 6), [True, False, True]),
        ("higher", (7, 12, 12), [False, True, False]),
        ("lower", (None, 9, 8), [False, False, True]),
    ],
)
def test_a_reward_is_what_is_better_than_all_before(
    better: str, values: tuple[float | None, ...], rewards: list[bool]
) -> None:
    loop = Loop(command="bench", better=better, patience=9)

    seen = []
    for number in range(1, len(values) + 1):
        last = played(loop, *values[:number]).last
        seen.append(last is not None and last.reward)

    assert seen == rewards


def test_the_first_number_is_a_gain_where_the_base_gave_none() -> None:
    assert played(BENCH, 50, base=None).best_ref == "r1"


@pytest.mark.parametrize(
    ("loop", "values", "why"),
    [
        (BENCH, (7, 7, 7), "no reward for 2 checkpoints of its loop (`bench` 9 -> 7)"),
        (BENCH, (7, None, 8), "no reward for 2 checkpoints of its loop (`bench` 9 -> 7)"),
        (Loop(command="bench", turns=2), (7, 6), "its loop has had its 2 turns (`bench` 9 -> 6)"),
        (Loop(), (4, 0), "its loop has reached its goal (failing 9 -> 0)"),
    ],
)
def test_a_loop_ends_with_its_reason(
    loop: Loop, values: tuple[float | None, ...], why: str
) -> None:
    before, after = played(loop, *values[:-1]), played(loop, *values)

    assert (before.then, after.then, after.why_over) == (Then.GO_ON, Then.END, why)


def test_the_last_turn_is_measured_however_few_came_since_the_last_check() -> None:
    story = LoopStory(Loop(every=5, turns=2, command="bench")).tell_all([*TURN, *TURN])

    assert story.then is Then.CHECK


@pytest.mark.parametrize(
    ("values", "fell_back", "best"),
    [((7, 8), True, "r1"), ((7, 6), False, "r2"), ((12,), True, ""), ((9,), False, ""),
     ((7, None), True, "r1"), ((None,), True, "")],
)  # fmt: skip
def test_what_is_worse_than_the_best_is_known(
    values: tuple[float | None, ...], best: str, *, fell_back: bool
) -> None:
    story = played(BENCH, *values)

    assert (story.fell_back, story.best_ref) == (fell_back, best)


def test_what_was_not_measured_is_worse_than_nothing() -> None:
    assert not played(BENCH, 7, 8).tell_all(TURN).fell_back


def test_the_agent_is_told_once_what_was_measured() -> None:
    story = played(BENCH, 7)
    first = story.words
    story.tell(Event("control.requested", {"by": "loop", "op": "steer"}))

    assert first.startswith("Measured after turn 1: `bench` is 7, better than before; it was 9")
    assert (first.splitlines()[-1], story.words) == ("Go on.", "Go on.")


def test_what_could_not_be_measured_is_told_with_the_reason() -> None:
    words = played(BENCH, None).words

    assert "Measured after turn 1: broken, no gain" in words
    assert "1 more without a gain end the session" in words


def test_a_checkpoint_that_is_told_twice_counts_once() -> None:
    story = LoopStory(BENCH).tell_all(TURN)
    event = measure(story, 12)
    story.tell(event)

    assert (story.number, story.then) == (2, Then.GO_ON)


def test_the_checkpoints_of_a_log_are_there_once_each() -> None:
    story = LoopStory(BENCH)
    events = [measure(story, 7), measure(story, 6)]

    found = checkpoints_of([events[0], *events, events[0]])

    assert [(one.number, one.value) for one in found] == [(1, 7), (2, 6)]


def test_a_checkpoint_posted_from_outside_counts_for_nothing() -> None:
    data = checkpoint_data(LoopStory(BENCH).weigh(0, 9, ref="", tree=""))
    story = LoopStory(BENCH).tell_all([*TURN, Event("loop.checkpoint", data, posted=True)])

    assert (story.last, story.then) == (None, Then.CHECK)


def test_a_turn_that_ran_beside_the_measuring_is_measured_too() -> None:
    story = LoopStory(BENCH).tell_all(TURN)
    made = story.weigh(7, 9, ref="r1", tree="t")
    story.tell_all([*TURN, Event("loop.checkpoint", checkpoint_data(made))])

    assert story.then is Then.CHECK


ANY: Any = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
NAMES = st.sampled_from(
    ["number", "turns", "value", "base", "best", "reward", "ref", "by", "reason"]
)


@given(st.lists(st.dictionaries(NAMES, ANY), max_size=4))
def test_no_log_breaks_it(bodies: list[dict[str, Any]]) -> None:
    story = LoopStory(BENCH)
    for body in bodies:
        for type_ in ("turn.finished", "loop.checkpoint", "control.requested"):
            story.tell(Event(type_, body))

    assert story.then in Then
    assert story.words
