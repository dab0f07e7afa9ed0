"""What the events of a factory stream make of changes, and which of them come too late."""

from collections.abc import Callable
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.event import Event
from darkfactory.gate.record import OPEN, TERMINAL, Changes, may

ID = "c-a"
NOW = "2026-11-20T16:20:00.500Z"
YES = {"by": "ada", "head": "h1", "patch_id": "p1"}
HEAD = {"head": "h1"}


class Stream:
    """Tells events to changes and keeps count of them."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.told = 0

    def tell(self, verb: str, change: str = ID, ts: str | None = NOW, **data: Any) -> str:
        self.told += 1
        name = f"e{self.told}"
        body = {"change": change, **data}
        self.changes.tell(Event(f"change.{verb}", body, id=name, ts=ts, session="s-a-1"))
        return name

    def propose(self, revision: int = 1, head: str = "h1", patch: str = "p1", **more: Any) -> str:
        data = {"item": "a", "lane": "bugs", "title": "T", "base": "b", **more}
        return self.tell("proposed", revision=revision, head=head, patch_id=patch, **data)

    @property
    def state(self) -> State:
        change = self.changes.get(ID)
        assert change is not None
        return change.state


Step = Callable[[Stream], object]

WAYS: dict[State, list[Step]] = {
    State.CHECKING: [Stream.propose],
    State.WAITING_TASTE: [Stream.propose, lambda s: s.tell("waiting")],
}
WAYS[State.APPROVED] = [*WAYS[State.WAITING_TASTE], lambda s: s.tell("approved", **YES)]
WAYS[State.QUEUED] = [*WAYS[State.APPROVED], lambda s: s.tell("queued")]
WAYS[State.TESTING] = [*WAYS[State.QUEUED], lambda s: s.tell("testing", **HEAD)]
WAYS[State.LANDING] = [*WAYS[State.TESTING], lambda s: s.tell("landing", **HEAD)]
WAYS[State.LANDED] = [*WAYS[State.LANDING], lambda s: s.tell("landed", commit="c")]
WAYS[State.BOUNCED] = [*WAYS[State.TESTING], lambda s: s.tell("bounced", reason="harness")]
WAYS[State.REWORK] = [*WAYS[State.WAITING_TASTE], lambda s: s.tell("rework", by="ada")]
WAYS[State.CLOSED] = [*WAYS[State.WAITING_TASTE], lambda s: s.tell("closed", reason="duplicate")]
WAYS[State.DEFERRED] = [*WAYS[State.WAITING_TASTE], lambda s: s.tell("deferred", until=9e9)]
WAYS[State.SUPERSEDED] = [*WAYS[State.QUEUED], lambda s: s.tell("superseded")]
WAYS[State.ABANDONED] = [*WAYS[State.CHECKING], lambda s: s.tell("abandoned", reason="red")]


def at(state: State) -> Stream:
    stream = Stream()
    for step in WAYS[state]:
        step(stream)
    return stream


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_way_to_it(state: State) -> None:
    stream = at(state)

    assert stream.state is state
    assert stream.changes.void == set()


def test_open_and_terminal_are_all_states_and_share_none() -> None:
    assert frozenset(State) == OPEN | TERMINAL
    assert not OPEN & TERMINAL


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (State.LANDED, "waiting"),
        (State.LANDED, "closed"),
        (State.LANDED, "rework"),
        (State.LANDED, "queued"),
        (State.LANDING, "closed"),
        (State.LANDING, "rework"),
        (State.LANDING, "testing"),
        (State.LANDING, "abandoned"),
        (State.CLOSED, "testing"),
        (State.CLOSED, "landing"),
        (State.CLOSED, "landed"),
        (State.CLOSED, "bounced"),
        (State.CLOSED, "waiting"),
        (State.REWORK, "landing"),
        (State.REWORK, "approved"),
        (State.REWORK, "deferred"),
        (State.BOUNCED, "queued"),
        (State.BOUNCED, "landed"),
        (State.WAITING_TASTE, "queued"),
        (State.WAITING_TASTE, "landed"),
        (State.DEFERRED, "testing"),
        (State.QUEUED, "approved"),
        (State.QUEUED, "landed"),
        (State.TESTING, "deferred"),
        (State.LANDING, "withdrawn"),
        (State.LANDED, "withdrawn"),
        (State.REWORK, "withdrawn"),
        (State.ABANDONED, "waiting"),
        (State.SUPERSEDED, "landed"),
    ],
)
def test_an_event_that_comes_too_late_or_too_early_moves_nothing(state: State, verb: str) -> None:
    stream = at(state)

    late = stream.tell(verb, **YES)

    assert stream.state is state
    assert stream.changes.void == {late}
    assert not may(state, verb)


@pytest.mark.parametrize("state", [State.ABANDONED, State.BOUNCED, State.REWORK, State.TESTING])
@pytest.mark.parametrize("verb", ["rework", "closed"])
def test_a_person_may_send_back_or_close_what_has_not_begun_to_land(
    state: State, verb: str
) -> None:
    stream = at(state)

    stream.tell(verb, by="ada", reason="not-planned")

    assert stream.state is State(verb)


@pytest.mark.parametrize("verb", ["dreamt", "approved.twice", "", "proposedly"])
def test_an_unknown_event_of_a_change_is_passed_over(verb: str) -> None:
    stream = at(State.WAITING_TASTE)

    stream.tell(verb)

    assert stream.state is State.WAITING_TASTE
    assert stream.changes.void == set()


def test_events_of_unknown_changes_and_events_without_one_are_passed_over() -> None:
    changes = Changes()

    changes.tell(Event("change.landed", {"change": "c-nobody"}))
    changes.tell(Event("change.landed", {}))
    changes.tell(Event("change.landed", {"change": ["c-a"]}))
    changes.tell(Event("session.started", {"change": ID}))

    assert list(changes) == []


def test_a_deferral_that_has_run_out_waits_again_and_only_then() -> None:
    stream = at(State.WAITING_TASTE)
    stream.tell("deferred", until=1000.0)
    change = stream.changes.get(ID)
    assert change is not None

    assert change.state_at(999.9) is State.DEFERRED
    assert change.state_at(1000.0) is State.WAITING_TASTE


def test_a_deferral_counts_for_the_time_it_was_said_and_not_later() -> None:
    stream = at(State.WAITING_TASTE)
    stream.tell("deferred", until=1000.0)
    stream.propose(revision=2, head="h2", patch="p2")
    change = stream.changes.get(ID)
    assert change is not None

    assert change.state_at(0.0) is State.CHECKING


@pytest.mark.parametrize(("patch", "kept"), [("p1", True), ("p2", False)])
def test_a_new_revision_keeps_an_approval_only_of_an_equal_patch(patch: str, kept: bool) -> None:
    stream = at(State.BOUNCED)

    stream.propose(revision=2, head="h2", patch=patch)

    change = stream.changes.get(ID)
    assert change is not None
    assert (change.approval is not None) is kept
    assert (change.revision, change.head) == (2, "h2")


@pytest.mark.parametrize("verb", ["rework", "abandoned"])
def test_what_was_sent_back_needs_a_new_approval_even_for_an_equal_patch(verb: str) -> None:
    stream = at(State.QUEUED)
    stream.tell(verb)

    stream.propose(revision=2, head="h2", patch="p1")

    change = stream.changes.get(ID)
    assert change is not None
    assert change.approval is None


def test_an_approval_of_an_earlier_head_is_void() -> None:
    stream = at(State.WAITING_TASTE)
    stream.propose(revision=2, head="h2", patch="p2")
    stream.tell("waiting")

    late = stream.tell("approved", **YES)
    queued = stream.tell("queued")

    assert stream.state is State.WAITING_TASTE
    assert stream.changes.void == {late, queued}


@pytest.mark.parametrize("verb", ["testing", "landing"])
def test_a_test_or_landing_of_an_earlier_head_is_void(verb: str) -> None:
    stream = at(State.TESTING)
    stream.propose(revision=2, head="h2", patch="p1")
    stream.tell("queued")
    if verb == "landing":
        stream.tell("testing", head="h2")
    before = stream.state

    late = stream.tell(verb, **HEAD)

    assert stream.state is before
    assert late in stream.changes.void


@pytest.mark.parametrize("state", [State.LANDING, State.LANDED])
def test_a_revision_of_what_lands_or_has_landed_is_void(state: State) -> None:
    stream = at(state)

    late = stream.propose(revision=2, head="h2", patch="p2")

    assert stream.state is state
    assert stream.changes.void == {late}


def test_an_id_belongs_to_the_item_that_took_it_first() -> None:
    stream = at(State.WAITING_TASTE)

    other = stream.tell("proposed", item="b", head="h9", patch_id="p9")

    assert stream.changes.void == {other}
    assert stream.changes.of_item("b") is None


def test_a_change_is_found_by_its_id_and_the_newest_by_its_item() -> None:
    stream = Stream()
    stream.propose()
    stream.tell("closed", reason="reimplement")
    stream.tell("proposed", change="c-a-2", item="a", head="h2", patch_id="p2")

    found = [stream.changes.get(name) for name in ("c-a", "c-a-2", "a", "b")]

    assert [change and change.id for change in found] == ["c-a", "c-a-2", "c-a-2", None]


def test_a_freeze_lasts_until_it_is_lifted() -> None:
    changes = Changes()

    changes.tell(Event("gate.frozen", {"reason": "trees differ"}))
    frozen = changes.frozen
    changes.tell(Event("gate.frozen", {"reason": None}))

    assert (frozen, changes.frozen) == ("trees differ", None)


@pytest.mark.parametrize("ts", [None, 1_700_000_000.5])
def test_an_event_without_a_readable_time_is_still_told(ts: Any) -> None:
    stream = Stream()

    stream.tell("proposed", item="a", ts=ts)

    assert stream.state is State.CHECKING
