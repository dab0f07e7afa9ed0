"""What sessions are doing, each state with its evidence."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.cli.render import session_table
from darkfactory.domain.session import Outcome, State
from darkfactory.domain.state import StateFolder
from darkfactory.errors import UnknownSession
from darkfactory.events.lines import encode_line
from darkfactory.events.stream import Stream, Writer
from darkfactory.processes.identity import process_table
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.spec import SessionEnd, save_end, save_spec
from darkfactory.sessions.view import SessionView, list_sessions, show_session
from tests.fakes.rehearsal import NOON, TellingClock, make_spec

STARTED = {"item": "item-1", "title": "Mend it", "lane": "bugs", "attempt": 2}
TURN = ("turn.started", {"trigger": "start"})


class Stage:
    """A factory whose streams a test writes; *clock* is its time."""

    def __init__(self, folder: Path) -> None:
        self.state = StateFolder(folder / ".darkfactory")
        self.clock = TellingClock()
        self.loop: dict[str, Any] | None = None
        self.folder = self.state.session("s-1")
        self.folder.mkdir(parents=True)

    def tell(self, path: str, *events: tuple[str, dict[str, Any]], session: str = "s-1") -> None:
        writer = Writer(
            Stream(self.state.streams, path), producer="p", session=session, clock=self.clock
        )
        for type_, data in events:
            writer.write(type_, data, turn=1, agent="codex")

    def begin(
        self, *events: tuple[str, dict[str, Any]], epoch: int = 1, autonomy: str = "propose"
    ) -> None:
        """Start session s-1 at noon; a second later *events* happen."""
        spec = make_spec(self.folder, streams=str(self.state.streams), epoch=epoch, loop=self.loop)
        save_spec(str(self.folder), spec)
        for path in ("factory", "s/s-1"):
            self.tell(path, ("session.started", {**STARTED, "autonomy": autonomy}))
        self.clock.seconds += 1
        self.tell("s/s-1", *events)

    def host_lives(self) -> None:
        me = process_table().identify(os.getpid())
        assert me is not None
        body = {"pid": me.pid, "start": me.start, "boot": me.boot, "epoch": 1}
        (self.folder / "host.json").write_text(json.dumps(body))

    def host_died(self) -> None:
        body = {"pid": 1, "start": "nobody", "boot": "never", "epoch": 1}
        (self.folder / "host.json").write_text(json.dumps(body))

    def view(self, seconds: float = 10.0) -> SessionView:
        return show_session(self.state, "s-1", now=NOON + seconds)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize(
    ("events", "state", "why"),
    [
        ([], State.WORKING, "the agent is starting"),
        ([TURN], State.WORKING, "a turn is running"),
        (
            [TURN, ("approval.requested", {"request": "r"})],
            State.WAITING_APPROVAL,
            "it asks for your yes to a step",
        ),
        (
            [TURN, *(("approval.requested", {"request": r, "command": f"rm {r}"}) for r in "ab")],
            State.WAITING_APPROVAL,
            "it asks for your yes to rm a, and 1 more",
        ),
        (
            [TURN, ("retry", {"attempt": 1})],
            State.BLOCKED,
            "its model does not answer; the agent is trying again",
        ),
        (
            [TURN, ("turn.finished", {"reason": "interrupted"})],
            State.IDLE,
            "interrupted: it waits for a steer or a cancel",
        ),
        (
            [TURN, ("turn.finished", {"reason": "done"})],
            State.WORKING,
            "the host finishes the session",
        ),
    ],
)
def test_the_state_of_a_session_whose_host_lives_follows_from_its_log(
    stage: Stage, events: list[tuple[str, dict[str, Any]]], state: State, why: str
) -> None:
    stage.begin(*events)
    stage.host_lives()

    view = stage.view()

    assert view.state is state
    assert view.evidence["why"] == why
    assert view.evidence["host"] == "alive"


def test_a_loop_between_two_turns_is_at_work_and_says_whom_it_waits_for(stage: Stage) -> None:
    stage.loop = {"every": 1}
    stage.begin(TURN, ("turn.finished", {"reason": "done", "text": ""}))
    stage.host_lives()

    view = stage.view()

    assert view.state is State.WORKING
    assert view.evidence["why"] == "its loop is between two turns; `df run` measures the tree"


def test_the_evidence_is_the_last_event_with_its_offset_and_age(stage: Stage) -> None:
    stage.begin(TURN, ("usage", {"scope": "request", "total_session": 70, "cost_usd": 0.5}))
    stage.host_lives()

    view = stage.view(10.0)

    end = Stream(stage.state.streams, "s/s-1").end()
    assert view.evidence["event"] == "usage"
    assert view.evidence["offset"] == f"0000000000000000_{end:016d}"
    assert view.evidence["event_age_seconds"] == 9.0
    assert (view.item, view.lane, view.agent, view.attempt) == ("item-1", "bugs", "codex", 2)
    assert (view.tokens, view.cost_usd, view.age_seconds) == (70, 0.5, 10.0)
    assert view.outcome is None


def test_what_a_session_asks_for_is_named_with_its_request(stage: Stage) -> None:
    stage.begin(TURN, ("approval.requested", {"request": "r-1", "command": "make"}))
    stage.host_lives()

    assert stage.view().evidence["approvals"] == [{"request": "r-1", "command": "make"}]


@pytest.mark.parametrize(
    ("autonomy", "asked"),
    [("observe", "steer"), ("suggest", "steer"), ("propose", "nuke"), ("land", "nuke")],
)
def test_a_lane_that_never_nukes_asks_for_a_steer_at_most(
    stage: Stage, autonomy: str, asked: str
) -> None:
    scored = ("waffle.scored", {"score": 0.97, "action": "nuke", "signals": []})
    stage.begin(TURN, scored, autonomy=autonomy)
    stage.host_lives()

    assert stage.view().waffle_action == asked


def test_a_session_whose_host_is_gone_is_unknown(stage: Stage) -> None:
    stage.begin(TURN)
    stage.host_died()

    view = stage.view()

    assert view.state is State.UNKNOWN
    assert view.evidence["host"] == "gone"
    assert "nothing says that it ended" in view.evidence["why"]


def test_a_session_whose_host_never_started_is_unknown(stage: Stage) -> None:
    stage.begin()

    view = stage.view()

    assert (view.state, view.evidence["host"]) == (State.UNKNOWN, "unstarted")


def test_a_host_that_holds_the_lock_and_has_not_said_who_it_is_lives(stage: Stage) -> None:
    stage.begin()

    with host_lock(str(stage.folder)) as ours:
        view = stage.view()

    assert ours
    assert (view.state, view.evidence["host"]) == (State.WORKING, "alive")


def test_a_host_of_an_earlier_run_proves_nothing(stage: Stage) -> None:
    stage.begin(epoch=2)
    stage.host_lives()

    assert stage.view().state is State.UNKNOWN


def test_an_ended_session_is_told_by_the_factory_stream(stage: Stage) -> None:
    stage.begin()
    ended = {"outcome": "proposed", "reason": "the agent ended its turn", "tokens": 7,
             "cost_usd": 0.5, "waffle": 0.1, "risk": 0.2}  # fmt: skip
    stage.tell("factory", ("session.ended", ended))

    view = stage.view(31.0)

    assert (view.state, view.outcome, view.tokens, view.cost_usd) == (
        State.ENDED, "proposed", 7, 0.5,
    )  # fmt: skip
    assert view.evidence == {
        "why": "the agent ended its turn", "event": "session.ended", "event_age_seconds": 30.0,
    }  # fmt: skip
    assert (view.age_seconds, view.waffle, view.risk) == (1.0, 0.1, 0.2)


def test_a_session_that_is_taken_up_again_has_not_ended(stage: Stage) -> None:
    stage.begin(TURN)
    stage.tell("factory", ("session.ended", {"outcome": "crashed"}), ("session.started", STARTED))
    stage.host_lives()

    assert stage.view().state is State.WORKING


def test_an_end_that_only_exit_json_tells_counts(stage: Stage) -> None:
    stage.begin()
    save_end(str(stage.folder), SessionEnd(epoch=1, outcome=Outcome.FAILED, reason="x"))

    view = stage.view()

    assert (view.state, view.evidence["host"]) == (State.ENDED, "ended")


def test_a_log_that_others_write_is_a_session_too(stage: Stage) -> None:
    stage.tell("s/remote", TURN, session="remote")

    view = show_session(stage.state, "remote", now=NOON + 5)

    assert (view.id, view.state, view.age_seconds) == ("remote", State.UNKNOWN, 5.0)
    assert "it does not run here" in view.evidence["why"]
    assert view.evidence["event"] == "turn.started"


def test_a_log_that_others_have_finished_has_ended(stage: Stage) -> None:
    stage.tell(
        "s/remote",
        ("session.started", STARTED),
        ("session.ended", {"outcome": "reported"}),
        session="remote",
    )

    view = show_session(stage.state, "remote", now=NOON)

    assert (view.state, view.outcome, view.item) == (State.ENDED, "reported", "item-1")


def test_sessions_are_listed_once_in_the_order_of_their_starts(stage: Stage) -> None:
    for session in ("s-b", "s-a"):
        stage.tell("factory", ("session.started", STARTED), session=session)
    for session in ("s-a", "z-remote", "a-remote"):
        stage.tell(f"s/{session}", TURN, session=session)
        stage.tell(f"s/{session}/control", ("control.requested", {"id": "c"}), session=session)

    listed = [view.id for view in list_sessions(stage.state, now=NOON)]

    assert listed == ["s-b", "s-a", "a-remote", "z-remote"]


def test_where_there_is_nothing_nothing_is_listed(tmp_path: Path) -> None:
    assert list_sessions(StateFolder(tmp_path), now=NOON) == []
    with pytest.raises(UnknownSession):
        show_session(StateFolder(tmp_path), "s-1", now=NOON)


def crooked() -> Iterator[dict[str, Any]]:
    stamps: list[Any] = [
        None,
        "yesterday",
        True,
        1e400,
        -1,
        17,
        "2026-11-20T16:20:00.123Z",
        "",
        [],
        {},
    ]
    for stamp in stamps:
        yield {"type": "session.started", "session": "s-x", "ts": stamp, "data": {"attempt": "x"}}
        yield {"type": "session.ended", "session": "s-x", "ts": stamp,
               "data": {"tokens": "lots", "cost_usd": [], "outcome": 7, "waffle": "w"}}  # fmt: skip
        yield {"type": "usage", "session": "s-x", "ts": stamp, "data": {"total_session": {}}}


def test_whatever_stands_in_a_log_can_be_shown(stage: Stage) -> None:
    for number, body in enumerate(crooked()):
        for path in ("factory", f"s/s-{number}"):
            file = Path(Stream(stage.state.streams, path).file)
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as log:
                log.write(json.dumps(body).encode() + b"\n" + encode_line(body))

    views = list_sessions(stage.state, now=NOON)

    assert len(views) == 31
    json.dumps([view.evidence for view in views], allow_nan=False)
    assert session_table(views, width=80)


def test_ages_are_never_negative(stage: Stage) -> None:
    stage.begin(TURN)
    stage.host_lives()

    view = stage.view(-100.0)

    assert (view.age_seconds, view.evidence["event_age_seconds"]) == (0.0, 0.0)
