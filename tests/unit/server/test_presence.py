"""Who is there, as the presence stream of a session tells it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.server.asked import JSON
from darkfactory.server.commit import Commits
from darkfactory.server.presence import LEASE_SECONDS, Presence, checked
from darkfactory.server.refused import BadRequest
from darkfactory.server.store import Store
from tests.fakes.rehearsal import TellingClock

ANYBODY = {"type": "presence", "key": "reviewer", "headers": {"operation": "insert"}}


class Room:
    """The presence of session x. *hosted* are the agents that run, with their states."""

    def __init__(self, folder: Path) -> None:
        self.clock = TellingClock()
        self.folder = folder
        self.hosted: Mapping[str, Mapping[str, str]] = {}
        self.restart()

    def restart(self) -> None:
        self.store = Store(self.folder, self.clock, most_open=8)
        self._presence = Presence(self.store, Commits(), self.clock, lambda: self.hosted)
        self._presence.inherit()

    def at(self, seconds: float, *, hosted: Mapping[str, str] | None = None) -> None:
        """Let the server look at *seconds* after the start."""
        self.clock.seconds = seconds
        if hosted is not None:
            self.hosted = {"x": hosted} if hosted else {}
        asyncio.run(self._presence.tell())

    def posts(self, path: str, body: Mapping[str, Any]) -> None:
        """Let somebody append *body* to the stream *path*."""
        data = json.dumps(body).encode() + b"\n"
        log = self.store.record(path)
        log.append(data)
        self._presence.heard(log, len(data))

    def messages(self) -> list[dict[str, Any]]:
        file = self.folder / "s/x/presence.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def told(self) -> list[tuple[str, str, str]]:
        """Return what each message does, to whom, and the status it tells."""
        return [
            (message["headers"]["operation"], message["key"], message["value"]["status"])
            for message in self.messages()
        ]

    def here(self) -> dict[str, str]:
        """Return who is there, as any client of the State Protocol works it out."""
        found: dict[str, str] = {}
        for operation, key, status in self.told():
            found[key] = status
            if operation == "delete":
                del found[key]
        return found


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_an_agent_comes_changes_and_goes_with_its_host(room: Room) -> None:
    room.at(0, hosted={"codex": "working"})
    room.at(1)
    room.at(2, hosted={"codex": "waiting_approval"})
    room.at(3, hosted={})

    assert room.told() == [
        ("insert", "codex", "working"),
        ("update", "codex", "waiting_approval"),
        ("delete", "codex", "offline"),
    ]
    assert room.messages()[2]["old_value"] == room.messages()[1]["value"]
    assert {JSON} == {room.store.find("s/x/presence").meta.content_type}


def test_a_session_in_which_nobody_ever_was_has_no_presence(room: Room) -> None:
    room.at(0)

    assert not (room.folder / "s/x").exists()


def test_whoever_writes_to_the_log_is_there_for_a_lease(room: Room) -> None:
    room.posts("s/x", {"type": "message", "agent": "reviewer"})
    room.at(1)
    room.at(1 + LEASE_SECONDS - 0.1)
    before = room.here()
    room.at(1 + LEASE_SECONDS)

    assert before == {"reviewer": "working"}
    assert room.told()[-1] == ("delete", "reviewer", "offline")
    assert room.here() == {}


def test_each_word_renews_the_lease(room: Room) -> None:
    for second in range(0, 60, 10):
        room.posts("s/x", {"type": "message", "agent": "reviewer"})
        room.at(second)

    assert room.told() == [("insert", "reviewer", "working")]


def test_a_presence_message_of_ones_own_says_how_one_is(room: Room) -> None:
    room.posts("s/x/presence", {**ANYBODY, "value": {"status": "thinking"}})
    room.at(1)
    before = room.here()
    room.at(20)

    assert before == {"reviewer": "thinking"}
    assert room.told()[1:] == [("delete", "reviewer", "offline")]


def test_good_bye_counts_at_once(room: Room) -> None:
    room.posts("s/x/presence", {**ANYBODY, "value": {"status": "idle"}})
    room.at(1)
    gone = {**ANYBODY, "headers": {"operation": "delete"}, "value": {"status": "offline"}}
    room.posts("s/x/presence", gone)
    room.at(2)

    assert [operation for operation, *_ in room.told()] == ["insert", "delete"]


def test_nobody_else_can_speak_for_an_agent_that_a_host_runs(room: Room) -> None:
    room.at(0, hosted={"codex": "working"})
    room.posts("s/x/presence", {**ANYBODY, "key": "codex", "value": {"status": "offline"}})
    room.posts("s/x", {"type": "message", "agent": "codex"})
    room.at(1)

    assert room.told()[1:] == [("insert", "codex", "offline"), ("update", "codex", "working")]


def test_all_who_wrote_from_outside_go_with_the_session(room: Room) -> None:
    room.posts("s/x", {"type": "message", "agent": "reviewer"})
    room.at(1)
    room.posts("s/x", {"type": "session.ended", "agent": "lead"})
    room.at(2)

    assert room.here() == {}


def test_the_next_server_tells_who_has_gone_while_there_was_none(room: Room) -> None:
    room.at(0, hosted={"codex": "working"})
    room.posts("s/x", {"type": "message", "agent": "reviewer"})
    room.at(1)
    room.restart()

    room.at(100, hosted={})
    room.at(101 + LEASE_SECONDS)

    assert room.here() == {}


def test_what_is_no_message_does_no_harm(room: Room) -> None:
    for body in ({"agent": 7}, {"type": "presence"}, {"key": "k", "headers": 5}):
        room.posts("s/x/presence", body)
        room.posts("s/x", body)

    room.at(1)

    assert [message for message in room.messages() if "operation" in str(message)] == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "has the type"),
        ({"type": "user"}, "has the type"),
        ({"type": "presence", "key": ""}, "1 to 200 characters"),
        ({"type": "presence", "key": "k" * 201}, "1 to 200 characters"),
        ({"type": "presence", "key": "k", "headers": []}, "operation"),
        ({"type": "presence", "key": "k", "headers": {"operation": "upsert"}}, "operation"),
        ({**ANYBODY}, "value"),
        ({**ANYBODY, "value": "online"}, "value"),
    ],
)
def test_what_is_posted_is_checked(body: Any, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        checked(body)
