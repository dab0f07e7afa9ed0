"""What is done with an item, for every combination of its sessions and its change."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import (
    AT_THE_GATE,
    Attempted,
    Standing,
    Step,
    attempts_used,
    needs_triage,
    next_step,
    standing,
)
from darkfactory.gate.record import MACHINES, Change


def change(state: State, *, by: str = "", reason: str = "") -> Change:
    return Change(
        "c-a", "a", "bugs", "T", "s-a-1", 1, "h", "b", "p", state, 0.0, by=by, reason=reason
    )


def ended(
    outcome: Outcome, *, ends: int = 1, settled: bool = True, later: bool = False
) -> Attempted:
    return Attempted("s-a-1", outcome, ends, settled, later)


LIVE = Attempted("s-a-1", None, 0, settled=True)
PROPOSED = ended(Outcome.PROPOSED)
STOPPED = replace(ended(Outcome.CANCELLED, ends=0, later=True), with_run=True)


@pytest.mark.parametrize(
    ("sessions", "found", "where"),
    [
        ([], None, Standing.TODO),
        ([LIVE], None, Standing.WORKING),
        ([LIVE], change(State.REWORK, by="ada"), Standing.WORKING),
        ([LIVE], change(State.LANDED), Standing.WORKING),
        ([PROPOSED], None, Standing.WORKING),
        ([PROPOSED], change(State.CHECKING), Standing.WAITING),
        ([PROPOSED], change(State.WAITING_TASTE), Standing.WAITING),
        ([PROPOSED], change(State.DEFERRED), Standing.WAITING),
        ([PROPOSED], change(State.LANDING), Standing.WAITING),
        ([PROPOSED], change(State.LANDED), Standing.LANDED),
        ([PROPOSED], change(State.SUPERSEDED), Standing.LANDED),
        ([PROPOSED], change(State.BOUNCED), Standing.BOUNCED),
        ([PROPOSED], change(State.REWORK, by="ada"), Standing.BOUNCED),
        ([PROPOSED], change(State.ABANDONED), Standing.FAILED),
        ([PROPOSED], change(State.CLOSED, reason="duplicate"), Standing.CLOSED),
        ([PROPOSED], change(State.CLOSED, reason="not-planned"), Standing.CLOSED),
        ([PROPOSED], change(State.CLOSED, reason="reimplement"), Standing.TODO),
        (
            [PROPOSED, ended(Outcome.FAILED, later=True)],
            change(State.CLOSED, reason="reimplement"),
            Standing.FAILED,
        ),
        ([ended(Outcome.REPORTED)], None, Standing.REPORTED),
        ([ended(Outcome.FAILED)], None, Standing.FAILED),
        ([ended(Outcome.CANCELLED)], None, Standing.CANCELLED),
        ([STOPPED], None, Standing.STOPPED),
        ([STOPPED], change(State.REWORK, by="ada"), Standing.BOUNCED),
        ([ended(Outcome.BUDGET)], change(State.WAITING_TASTE), Standing.WAITING),
        ([], change(State.WAITING_TASTE), Standing.WAITING),
    ],
)
def test_where_an_item_stands(
    sessions: list[Attempted], found: Change | None, where: Standing
) -> None:
    assert standing(sessions, found) is where


@pytest.mark.parametrize(
    ("sessions", "found", "attempts", "step"),
    [
        ([], None, 2, Step.START),
        ([LIVE], None, 2, Step.ADOPT),
        ([LIVE], change(State.REWORK, by="ada"), 2, Step.ADOPT),
        ([ended(Outcome.PROPOSED, settled=False)], None, 2, Step.SETTLE),
        ([ended(Outcome.PROPOSED, settled=False)], change(State.CHECKING), 2, Step.SETTLE),
        ([PROPOSED], change(State.WAITING_TASTE), 2, Step.NOTHING),
        ([PROPOSED], change(State.LANDED), 2, Step.NOTHING),
        ([PROPOSED], change(State.BOUNCED), 2, Step.REWORK),
        ([PROPOSED], change(State.BOUNCED), 1, Step.NOTHING),
        ([PROPOSED], change(State.REWORK, by="harness"), 2, Step.REWORK),
        ([PROPOSED], change(State.REWORK, by="harness"), 1, Step.NOTHING),
        ([PROPOSED], change(State.REWORK, by="ada"), 1, Step.REWORK),
        ([ended(Outcome.PROPOSED, ends=9)], change(State.REWORK, by="ada"), 1, Step.REWORK),
        (
            [ended(Outcome.CRASHED, ends=2, later=True)],
            change(State.REWORK, by="ada"),
            2,
            Step.NOTHING,
        ),
        (
            [ended(Outcome.CRASHED, ends=1, later=True)],
            change(State.REWORK, by="ada"),
            2,
            Step.REWORK,
        ),
        ([ended(Outcome.PROPOSED, ends=0)], change(State.ABANDONED), 2, Step.NOTHING),
        ([PROPOSED], change(State.ABANDONED), 2, Step.NOTHING),
        ([PROPOSED], change(State.CLOSED, reason="reimplement"), 1, Step.START),
        (
            [PROPOSED, ended(Outcome.FAILED, later=True)],
            change(State.CLOSED, reason="reimplement"),
            9,
            Step.NOTHING,
        ),
        ([PROPOSED], change(State.CLOSED, reason="duplicate"), 9, Step.NOTHING),
        ([ended(Outcome.CRASHED)], None, 2, Step.RESUME),
        ([ended(Outcome.CRASHED, ends=2)], None, 2, Step.NOTHING),
        ([ended(Outcome.CRASHED, ends=0)], None, 2, Step.START),
        ([ended(Outcome.NUKED)], None, 2, Step.START),
        ([ended(Outcome.NUKED)], None, 1, Step.START),
        ([ended(Outcome.NUKED, ends=2)], None, 2, Step.START),  # it had crashed and was resumed
        ([ended(Outcome.CRASHED, ends=2), ended(Outcome.NUKED)], None, 2, Step.START),
        ([ended(Outcome.NUKED), ended(Outcome.CRASHED)], None, 1, Step.NOTHING),
        ([ended(Outcome.NUKED), ended(Outcome.CRASHED)], None, 2, Step.RESUME),
        ([ended(Outcome.NUKED), ended(Outcome.FAILED)], None, 9, Step.NOTHING),
        ([ended(Outcome.NUKED), ended(Outcome.NUKED)], None, 1, Step.NOTHING),
        ([ended(Outcome.NUKED), ended(Outcome.NUKED)], None, 2, Step.NOTHING),
        ([ended(Outcome.TIMED_OUT)], None, 2, Step.START),
        ([ended(Outcome.FAILED)], None, 2, Step.NOTHING),
        ([ended(Outcome.CANCELLED)], None, 2, Step.NOTHING),
        ([ended(Outcome.BUDGET)], None, 2, Step.NOTHING),
        ([ended(Outcome.FAILED, ends=0)], None, 2, Step.NOTHING),
        ([ended(Outcome.REPORTED, ends=0)], None, 2, Step.NOTHING),
    ],
)
def test_what_is_done_next(
    sessions: list[Attempted], found: Change | None, attempts: int, step: Step
) -> None:
    assert next_step(sessions, found, attempts=attempts) is step


@pytest.mark.parametrize("found", [None, change(State.CLOSED, reason="duplicate")])
def test_a_finished_item_starts_again_once_when_a_person_names_it(found: Change | None) -> None:
    outcome = Outcome.REPORTED if found is None else Outcome.PROPOSED

    before = next_step([ended(outcome, ends=0)], found, attempts=2, asked_for=True)
    after = next_step([ended(outcome, ends=1)], found, attempts=2, asked_for=True)

    assert (before, after) == (Step.START, Step.NOTHING)


NUKED = ended(Outcome.NUKED)
BEFORE = replace(NUKED, ends_in_run=0)  # in a run that is over
OVERRULED = replace(BEFORE, before_word=True)


@pytest.mark.parametrize(
    ("sessions", "step"),
    [
        ([NUKED], Step.START),
        ([NUKED, NUKED], Step.NOTHING),
        ([BEFORE, BEFORE], Step.NOTHING),
        ([BEFORE, ended(Outcome.CRASHED), NUKED], Step.NOTHING),
        ([BEFORE, BEFORE, ended(Outcome.CRASHED)], Step.RESUME),
        ([OVERRULED, OVERRULED], Step.START),
        ([OVERRULED, OVERRULED, NUKED], Step.START),
        ([OVERRULED, OVERRULED, NUKED, NUKED], Step.NOTHING),
    ],
)
def test_an_item_is_started_once_more_after_a_nuke_whatever_the_attempts(
    sessions: list[Attempted], step: Step
) -> None:
    assert next_step(sessions, None, attempts=4) is step


def test_what_was_nuked_twice_starts_again_when_a_person_asks_for_it() -> None:
    now = replace(NUKED, just_now=True)

    asked = [
        next_step(sessions, None, attempts=4, asked_for=True)
        for sessions in ([BEFORE, BEFORE], [BEFORE, BEFORE, now], [BEFORE, BEFORE, now, now])
    ]

    assert asked == [Step.START, Step.START, Step.NOTHING]


def test_what_a_person_cancelled_needs_no_triage() -> None:
    assert not needs_triage([ended(Outcome.CANCELLED)] * 2)
    assert not needs_triage([ended(Outcome.NUKED), ended(Outcome.CANCELLED)])
    assert needs_triage([ended(Outcome.NUKED)] * 2)


def test_a_change_whose_agent_was_nuked_twice_goes_back_by_a_persons_word_alone() -> None:
    bounced = next_step([NUKED, NUKED], change(State.BOUNCED), attempts=9)
    asked = next_step([NUKED, NUKED], change(State.REWORK, by="ada"), attempts=9)

    assert (bounced, asked) == (Step.NOTHING, Step.REWORK)


OUTCOMES = st.sampled_from([None, *Outcome])
SESSIONS = st.lists(
    st.builds(
        Attempted,
        st.just("s-a-1"),
        OUTCOMES,
        st.integers(0, 4),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)
CHANGES = st.one_of(
    st.none(),
    st.builds(
        change,
        st.sampled_from(list(State)),
        by=st.sampled_from(["", "harness", "gate", "ada"]),
        reason=st.sampled_from(["", "reimplement", "duplicate", "textual"]),
    ),
)


@given(SESSIONS, CHANGES, st.integers(1, 4), st.booleans())
def test_nothing_starts_while_a_session_lives(
    sessions: list[Attempted], found: Change | None, attempts: int, asked_for: bool
) -> None:
    live = [*sessions, LIVE]

    assert next_step(live, found, attempts=attempts, asked_for=asked_for) is Step.ADOPT


@given(SESSIONS, CHANGES, st.integers(1, 4))
def test_rounds_of_machines_never_exceed_the_attempts(
    sessions: list[Attempted], found: Change | None, attempts: int
) -> None:
    step = next_step(sessions, found, attempts=attempts)

    used = attempts_used(sessions)
    once_more = bool(sessions) and sessions[-1].outcome is Outcome.NUKED
    asked = found is not None and found.by not in MACHINES
    anew = found is not None and found.state is State.CLOSED
    if used >= attempts and sessions and not (asked or anew or once_more):
        assert step in (Step.NOTHING, Step.ADOPT, Step.SETTLE)


@given(SESSIONS, st.integers(1, 4))
def test_the_word_of_a_person_is_always_taken_up_once(
    sessions: list[Attempted], attempts: int
) -> None:
    over = [
        Attempted(one.session, one.outcome or Outcome.FAILED, one.ends_in_run, settled=True)
        for one in sessions
    ]

    step = next_step(over, change(State.REWORK, by="ada"), attempts=attempts)

    assert step is Step.REWORK


@given(SESSIONS, CHANGES, st.integers(1, 4), st.booleans())
def test_nothing_is_done_with_a_settled_change_that_waits_for_a_person(
    sessions: list[Attempted], found: Change | None, attempts: int, asked_for: bool
) -> None:
    step = next_step(sessions, found, attempts=attempts, asked_for=asked_for)

    settled = not sessions or (sessions[-1].outcome is not None and sessions[-1].settled)
    if settled and found is not None and found.state in AT_THE_GATE:
        assert step is Step.NOTHING


def test_the_same_facts_always_end_somewhere() -> None:
    """Whatever sessions end as, an item is not busy for ever."""
    for outcomes in product([o for o in Outcome if o is not Outcome.PROPOSED], repeat=3):
        sessions: list[Attempted] = []
        rounds = 0
        while next_step(sessions, None, attempts=3) is not Step.NOTHING:
            sessions.append(ended(outcomes[min(rounds, 2)]))
            rounds += 1
            assert rounds <= 3 + 1  # the one after a nuke comes on top


@pytest.mark.parametrize(
    ("sessions", "found"),
    [
        ([ended(Outcome.FAILED, ends=0)], None),
        ([ended(Outcome.PROPOSED, ends=0)], change(State.ABANDONED)),
        ([ended(Outcome.BUDGET, ends=0)], None),
    ],
)
def test_what_an_agent_gave_up_starts_again_only_when_a_person_asks(
    sessions: list[Attempted], found: Change | None
) -> None:
    assert next_step(sessions, found, attempts=2) is Step.NOTHING
    assert next_step(sessions, found, attempts=2, asked_for=True) is Step.START
    assert next_step(sessions, found, attempts=0, asked_for=True) is Step.NOTHING


@pytest.mark.parametrize("just_now", [False, True])
def test_what_was_stopped_with_its_run_starts_again_with_the_next_one(just_now: bool) -> None:
    stopped = replace(STOPPED, just_now=just_now)

    assert next_step([stopped], None, attempts=1) is Step.START


def test_what_a_person_cancelled_waits_until_a_person_names_it_later() -> None:
    cancelled = ended(Outcome.CANCELLED, ends=0)
    just_now = replace(cancelled, just_now=True)

    assert next_step([cancelled], None, attempts=2) is Step.NOTHING
    assert next_step([cancelled], None, attempts=2, asked_for=True) is Step.START
    assert next_step([just_now], None, attempts=2, asked_for=True) is Step.NOTHING


def test_a_cancelled_item_starts_again_in_the_same_run_only_when_a_person_asks() -> None:
    sessions = [ended(Outcome.CANCELLED, ends=1)]

    assert next_step(sessions, None, attempts=2, asked_for=True) is Step.START
    assert next_step(sessions, None, attempts=1, asked_for=True) is Step.NOTHING
