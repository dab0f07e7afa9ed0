"""Control messages: each taken once, answered always, whatever stands in the stream."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.events.lines import encode_line
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.inbox import ControlMessage, Inbox
from darkfactory.sessions.story import read_story

Post = Callable[..., None]


@pytest.fixture
def control(tmp_path: Path) -> Stream:
    return Stream(tmp_path, "s/s-1/control")


@pytest.fixture
def log(tmp_path: Path) -> Stream:
    return Stream(tmp_path, "s/s-1")


@pytest.fixture
def post(control: Stream) -> Post:
    """Append lines to the control stream: JSON values, or bytes as they are."""

    def append(*bodies: Any) -> None:
        Path(control.file).parent.mkdir(parents=True, exist_ok=True)
        lines = [body if isinstance(body, bytes) else encode_line(body) for body in bodies]
        with open(control.file, "ab") as file:
            file.write(b"".join(lines))

    return append


def host(control: Stream, log: Stream) -> Inbox:
    """Return the inbox of a new host, which knows what the log says."""
    story = read_story(log.read())
    writer = Writer(log, producer="host:s-1", session="s-1")
    return Inbox(control, writer, taken=story.answered | story.controls.keys())


def told(log: Stream) -> list[tuple[str, Any]]:
    return [(event.type, event.data["id"]) for _, event in log.read()]


def cancel(name: str) -> dict[str, Any]:
    return {"id": name, "op": "cancel", "by": "ada"}


def test_a_message_is_requested_and_accepted_before_it_is_taken(
    control: Stream, log: Stream, post: Post
) -> None:
    post({"id": "c-1", "op": "steer", "scope": "own", "by": "ada", "reason": "r", "text": "t"})

    (message,) = host(control, log).take()

    assert message == ControlMessage("c-1", ControlOp.STEER, "ada", "t", "r", "")
    assert told(log) == [("control.requested", "c-1"), ("control.accepted", "c-1")]
    requested = next(event.data for _, event in log.read())
    assert requested == {
        "id": "c-1", "op": "steer", "scope": "own", "by": "ada", "reason": "r", "text": "t",
    }  # fmt: skip


def test_a_message_in_an_envelope_is_the_same_message(
    control: Stream, log: Stream, post: Post
) -> None:
    post(Event("control.requested", {**cancel("c-1"), "request": "r-1", "more": 7}, id="e").body())

    (message,) = host(control, log).take()

    assert (message.id, message.op, message.request) == ("c-1", ControlOp.CANCEL, "r-1")


def test_a_repeated_id_is_taken_once(control: Stream, log: Stream, post: Post) -> None:
    inbox = host(control, log)
    post(cancel("c-1"), cancel("c-1"))

    first = list(inbox.take())
    post(cancel("c-1"))
    second = list(inbox.take())

    assert [message.id for message in first] == ["c-1"]
    assert second == []
    assert len(told(log)) == 2


def test_messages_are_taken_in_the_order_of_the_stream(
    control: Stream, log: Stream, post: Post
) -> None:
    inbox = host(control, log)
    post(cancel("c-2"), cancel("c-1"))
    first = [message.id for message in inbox.take()]
    post(cancel("c-0"))

    assert first + [message.id for message in inbox.take()] == ["c-2", "c-1", "c-0"]


def test_the_log_tells_the_offset_of_what_is_accepted(
    control: Stream, log: Stream, post: Post
) -> None:
    post(cancel("c-1"), cancel("c-2"))

    list(host(control, log).take())

    accepted = [event.data for _, event in log.read() if event.type == "control.accepted"]
    behind = [format_offset(position) for position, _ in control.read_bodies()]
    assert [data["offset"] for data in accepted] == behind


def test_an_unknown_scope_is_rejected(control: Stream, log: Stream, post: Post) -> None:
    post({**cancel("c-1"), "scope": "everything"})

    assert list(host(control, log).take()) == []
    (rejected,) = [event.data for _, event in log.read() if event.type == "control.rejected"]
    assert rejected["reason"] == "unknown scope 'everything'"


@pytest.mark.parametrize("op", ["explode", "", None, 7, ["steer"], {"op": "steer"}, "STEER"])
def test_an_unknown_op_is_rejected(control: Stream, log: Stream, post: Post, op: Any) -> None:
    post({"id": "c-1", "op": op})

    assert list(host(control, log).take()) == []
    assert told(log) == [("control.requested", "c-1"), ("control.rejected", "c-1")]
    assert "unknown op" in [event.data for _, event in log.read()][-1]["reason"]


def test_what_is_no_message_is_passed_over(control: Stream, log: Stream, post: Post) -> None:
    post(
        b"\xff\xfe\n", b"{\n", b"[" * 50_000 + b"\n", [1], "steer", None, {}, {"op": "cancel"},
        {"id": "", "op": "cancel"}, {"id": None, "op": "cancel"}, {"data": [], "op": "cancel"},
        {"data": {"op": "cancel"}}, cancel("c-1"),
    )  # fmt: skip

    assert [message.id for message in host(control, log).take()] == ["c-1"]
    assert len(told(log)) == 2


def test_values_of_a_wrong_kind_become_text(control: Stream, log: Stream, post: Post) -> None:
    post({"id": 7, "op": "steer", "by": ["ada"], "text": {"a": 1}, "reason": 0, "request": 5})

    (message,) = host(control, log).take()

    assert message == ControlMessage("7", ControlOp.STEER, "['ada']", "{'a': 1}", "", "5")


def test_a_half_written_message_waits_for_its_rest(
    control: Stream, log: Stream, post: Post
) -> None:
    line = encode_line(cancel("c-1"))
    inbox = host(control, log)

    post(line[:10])
    half = list(inbox.take())
    post(line[10:])

    assert half == []
    assert [message.id for message in inbox.take()] == ["c-1"]


def test_the_next_host_obeys_nothing_twice(control: Stream, log: Stream, post: Post) -> None:
    post(cancel("c-1"), {"id": "c-2", "op": "explode"}, cancel("c-3"))
    list(host(control, log).take())
    Writer(log, producer="p").write("control.applied", {"id": "c-1", "op": "cancel"})

    assert list(host(control, log).take()) == []


def test_the_next_host_obeys_what_came_while_there_was_none(
    control: Stream, log: Stream, post: Post
) -> None:
    post(cancel("c-1"))
    list(host(control, log).take())
    post(cancel("c-2"))

    assert [message.id for message in host(control, log).take()] == ["c-2"]


def test_a_host_killed_before_it_accepted_leaves_the_message_to_the_next(
    control: Stream, log: Stream, post: Post
) -> None:
    post(cancel("c-1"))
    Writer(log, producer="p").write("control.requested", cancel("c-1"))

    assert [message.id for message in host(control, log).take()] == ["c-1"]


def test_only_some_messages_can_be_taken(control: Stream, log: Stream, post: Post) -> None:
    post({"id": "c-1", "op": "steer", "text": "t"}, cancel("c-2"), {"id": "c-3", "op": ["x"]})

    taken = list(host(control, log).take(ControlOp.CANCEL))

    assert [message.id for message in taken] == ["c-2"]
    assert [message.id for message in host(control, log).take()] == ["c-1"]


def test_what_comes_at_the_very_end_expires(control: Stream, log: Stream, post: Post) -> None:
    inbox = host(control, log)
    post(cancel("c-1"))
    list(inbox.take())
    post({"id": "c-2", "op": "steer", "text": "t"})

    inbox.expire("the session has ended")

    assert told(log)[2:] == [("control.requested", "c-2"), ("control.expired", "c-2")]
    assert [event.data for _, event in log.read()][-1]["reason"] == "the session has ended"
    assert list(host(control, log).take()) == []
