"""Following a session: what was, then what comes, until nothing more will."""

import json
from pathlib import Path

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.session import Outcome
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import NOW, START, BadOffset, NoSuchPlace, format_offset
from darkfactory.events.stream import Stream
from darkfactory.sessions.follow import follow_logs
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.spec import SessionEnd, save_end, save_spec
from tests.fakes.rehearsal import make_spec


class Stage:
    def __init__(self, folder: Path) -> None:
        self.state = StateFolder(folder / ".darkfactory")
        self.folder = self.state.session("s-1")
        self.log = Stream(self.state.streams, "s/s-1")

    def prepare(self, *, epoch: int = 1) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        save_spec(str(self.folder), make_spec(self.folder, epoch=epoch))

    def die(self) -> None:
        body = {"pid": 1, "start": "dead", "boot": "dead", "epoch": 1}
        (self.folder / "host.json").write_text(json.dumps(body))

    def tell(self, *types: str) -> int:
        return self.log.append([Event(type_, id=f"e-{type_}") for type_ in types])

    def follow(self, start: str = START) -> list[str]:
        return [told.event.type for told in follow_logs(self.state, {"s-1": start})]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_an_ended_session_is_followed_to_its_end(stage: Stage) -> None:
    stage.prepare()
    stage.tell("session.started", "message", "session.ended")
    save_end(str(stage.folder), SessionEnd(epoch=1, outcome=Outcome.FAILED, reason="x"))

    assert stage.follow() == ["session.started", "message", "session.ended"]


def test_following_goes_on_behind_an_offset(stage: Stage) -> None:
    stage.prepare()
    at = stage.tell("session.started")
    stage.tell("message", "session.ended")
    stage.die()

    assert stage.follow(format_offset(at)) == ["message", "session.ended"]
    assert stage.follow(NOW) == []


def test_a_session_whose_host_is_gone_is_followed_as_far_as_it_came(stage: Stage) -> None:
    stage.prepare()
    stage.tell("session.started", "message")
    stage.die()

    assert stage.follow() == ["session.started", "message"]


def test_what_comes_while_one_follows_is_seen(stage: Stage) -> None:
    stage.prepare()
    stage.tell("session.started")

    with host_lock(str(stage.folder)):
        events = (told.event.type for told in follow_logs(stage.state, {"s-1": START}))
        seen = [next(events)]
        stage.tell("message")
        seen.append(next(events))
        stage.tell("session.ended")
        seen.append(next(events))
    save_end(str(stage.folder), SessionEnd(epoch=1, outcome=Outcome.FAILED, reason="x"))

    assert [*seen, *events] == ["session.started", "message", "session.ended"]


def test_a_session_that_is_taken_up_again_is_followed_on(stage: Stage) -> None:
    stage.prepare(epoch=2)
    stage.tell("session.started", "session.ended")

    with host_lock(str(stage.folder)):
        events = (told.event.type for told in follow_logs(stage.state, {"s-1": START}))
        seen = [next(events) for _ in range(2)]
        stage.tell("session.started")
        seen.append(next(events))

    assert seen == ["session.started", "session.ended", "session.started"]


def test_a_log_that_others_write_ends_with_their_end(stage: Stage) -> None:
    stage.tell("session.started", "session.ended")

    assert stage.follow() == ["session.started", "session.ended"]


def test_what_is_no_offset_is_refused(stage: Stage) -> None:
    stage.tell("session.started")

    with pytest.raises(BadOffset):
        stage.follow("17")


@pytest.mark.parametrize("beside", [-1, 1, 9_999_999_999_999_999])
def test_an_offset_that_is_behind_no_event_is_refused_with_what_would_be_one(
    stage: Stage, beside: int
) -> None:
    stage.prepare()
    end = stage.tell("session.started", "session.ended")

    with pytest.raises(NoSuchPlace, match="behind an event of s-1") as refused:
        stage.follow(format_offset(min(end + beside, 9_999_999_999_999_999)))

    assert "`next`" in refused.value.fix
    assert "-1" in refused.value.fix
