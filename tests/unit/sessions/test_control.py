"""Asking something of a session: durable first, then answered, or told why not."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from darkfactory.domain.session import ControlOp, Outcome
from darkfactory.domain.state import StateFolder
from darkfactory.errors import UnknownSession
from darkfactory.events.stream import Stream, Writer
from darkfactory.processes.identity import process_table
from darkfactory.sessions.control import (
    ControlRejected,
    HostGone,
    NotAccepted,
    SessionEnded,
    request_control,
)
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.inbox import ControlMessage, Inbox
from darkfactory.sessions.spec import SessionEnd, save_end, save_spec
from tests.fakes.rehearsal import make_spec

Answer = Callable[[Writer, ControlMessage], None]
END = SessionEnd(epoch=1, outcome=Outcome.PROPOSED, reason="x")


def test_a_look_at_a_host_leaves_no_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    before = sorted(stage.folder.iterdir())

    state = find_host(str(stage.folder)).state

    assert state is HostState.UNSTARTED
    assert sorted(stage.folder.iterdir()) == before


class Stage:
    """A prepared session; its host is a thread that answers as told."""

    def __init__(self, folder: Path) -> None:
        self.state = StateFolder(folder / ".darkfactory")
        self.folder = self.state.session("s-1")
        self.folder.mkdir(parents=True)
        save_spec(str(self.folder), make_spec(folder, streams=str(self.state.streams)))
        self.log = Stream(self.state.streams, "s/s-1")
        self.control = Stream(self.state.streams, "s/s-1/control")

    def tell_host(self, *, alive: bool = True) -> None:
        me = process_table().identify(os.getpid())
        assert me is not None
        body = {"pid": me.pid, "start": me.start if alive else "dead", "boot": me.boot, "epoch": 1}
        (self.folder / "host.json").write_text(json.dumps(body))

    @contextmanager
    def host(self, answer: Answer) -> Iterator[None]:
        """Let a host live that takes messages and answers each with *answer*."""
        self.tell_host()
        over = threading.Event()
        writer = Writer(self.log, producer="host")
        inbox = Inbox(self.control, writer)

        def serve() -> None:
            while not over.wait(0.005):
                for message in inbox.take():
                    answer(writer, message)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def wishes(self) -> list[str]:
        return [str(event.data["id"]) for _, event in self.control.read()]

    def answers(self, name: str) -> list[str]:
        return [event.type for _, event in self.log.read() if event.data.get("id") == name]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def applied(writer: Writer, message: ControlMessage) -> None:
    data = {"id": message.id, "op": message.op, "how": "queued"}
    writer.write("control.applied", data)


def silent(writer: Writer, message: ControlMessage) -> None:
    del writer, message


def test_a_message_is_kept_as_it_was_asked(stage: Stage) -> None:
    with stage.host(applied):
        receipt = request_control(
            stage.state, "s-1", ControlOp.STEER, by="ada", text="go on", reason="why"
        )

    ((end, event),) = stage.control.read()
    assert dict(event.data) == {
        "id": receipt.id, "op": "steer", "scope": "own", "by": "ada", "text": "go on",
        "reason": "why",
    }  # fmt: skip
    assert receipt.offset == f"0000000000000000_{end:016d}"
    assert (receipt.state, receipt.how) == ("applied", "queued")


def test_without_waiting_accepted_is_enough(stage: Stage) -> None:
    with stage.host(silent):
        receipt = request_control(stage.state, "s-1", ControlOp.STEER, by="ada", text="x")

    assert (receipt.state, receipt.how) == ("accepted", None)


def test_waiting_goes_on_until_it_is_applied(stage: Stage) -> None:
    asked = threading.Event()

    def late(writer: Writer, message: ControlMessage) -> None:
        timer = threading.Timer(0.6, applied, (writer, message))
        timer.start()
        asked.set()

    with stage.host(late):
        receipt = request_control(
            stage.state, "s-1", ControlOp.STEER, by="ada", text="x", wait_applied=True,
            timeout_seconds=0.2,
        )  # fmt: skip

    assert asked.is_set()
    assert receipt.state == "applied"


@pytest.mark.parametrize("answer", ["rejected", "expired"])
def test_a_no_is_told_with_its_reason(stage: Stage, answer: str) -> None:
    def refuse(writer: Writer, message: ControlMessage) -> None:
        writer.write(f"control.{answer}", {"id": message.id, "reason": "not now"})

    with stage.host(refuse), pytest.raises(ControlRejected) as refused:
        request_control(stage.state, "s-1", ControlOp.INTERRUPT, by="ada")

    assert refused.value.problem == "interrupt was rejected: not now"
    assert refused.value.exit_status == 1


def test_answers_to_others_are_not_ours(stage: Stage) -> None:
    def misanswer(writer: Writer, message: ControlMessage) -> None:
        writer.write("control.rejected", {"id": "another", "reason": "no"})
        applied(writer, message)

    with stage.host(misanswer):
        receipt = request_control(stage.state, "s-1", ControlOp.CANCEL, by="ada")

    assert receipt.state == "applied"


def test_an_unknown_session_is_told_and_nothing_is_kept(stage: Stage) -> None:
    with pytest.raises(UnknownSession):
        request_control(stage.state, "s-2", ControlOp.CANCEL, by="ada")

    assert not os.path.exists(Stream(stage.state.streams, "s/s-2/control").file)


def test_an_ended_session_takes_nothing(stage: Stage) -> None:
    save_end(str(stage.folder), END)

    with pytest.raises(SessionEnded) as refused:
        request_control(stage.state, "s-1", ControlOp.STEER, by="ada", text="x")

    assert refused.value.problem == "session s-1 has ended (proposed)"
    assert stage.wishes() == []


@pytest.mark.parametrize("started", [False, True])
def test_a_message_to_a_session_that_nobody_runs_is_kept(stage: Stage, started: bool) -> None:
    if started:
        stage.tell_host(alive=False)

    with pytest.raises(HostGone) as gone:
        request_control(stage.state, "s-1", ControlOp.CANCEL, by="ada")

    assert len(stage.wishes()) == 1
    assert gone.value.exit_status == 3


def test_a_host_that_does_not_answer_is_told(stage: Stage) -> None:
    stage.tell_host()

    with pytest.raises(NotAccepted):
        request_control(stage.state, "s-1", ControlOp.CANCEL, by="ada", timeout_seconds=0.1)

    assert len(stage.wishes()) == 1


def test_a_host_that_dies_in_between_is_told(stage: Stage) -> None:
    def die(writer: Writer, message: ControlMessage) -> None:
        del writer, message
        stage.tell_host(alive=False)

    with stage.host(die), pytest.raises(HostGone):
        request_control(stage.state, "s-1", ControlOp.STEER, by="ada", text="x", wait_applied=True)


def test_a_session_that_ends_before_it_reads_the_message_has_ended_and_it_is_answered(
    stage: Stage,
) -> None:
    stage.tell_host()
    timer = threading.Timer(0.1, save_end, (str(stage.folder), END))
    timer.start()

    with pytest.raises(SessionEnded):
        request_control(stage.state, "s-1", ControlOp.CANCEL, by="ada")

    (name,) = stage.wishes()
    expected = ["control.requested", "control.expired"]  # so no later run obeys it
    assert stage.answers(name) == expected


def test_a_session_that_ends_right_after_its_answer_has_answered(stage: Stage) -> None:
    def last_words(writer: Writer, message: ControlMessage) -> None:
        applied(writer, message)
        save_end(str(stage.folder), END)

    with stage.host(last_words):
        receipt = request_control(stage.state, "s-1", ControlOp.CANCEL, by="ada")

    assert receipt.state == "applied"
