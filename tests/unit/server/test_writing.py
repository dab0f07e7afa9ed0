import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.clock import SystemClock
from darkfactory.server.commit import Commits
from darkfactory.server.refused import BadRequest, Protected
from darkfactory.server.store import Store
from darkfactory.server.writing import Writing

JSON = {"content-type": "application/json"}


class Desk:
    """The writing half over a folder, which notes who was woken and what was answered."""

    def __init__(self, folder: Path) -> None:
        self.woken: list[str] = []
        self.statuses: list[int] = []
        self.heard: list[str] = []
        store = Store(folder, SystemClock(), most_open=8)
        self._writing = Writing(
            store,
            Commits(),
            SystemClock(),
            self.woken.append,
            lambda log, _: self.heard.append(log.path),
            {"ours"}.__contains__,
        )

    def post(self, path: str, message: Any) -> None:
        body = json.dumps(message).encode()
        asyncio.run(self._writing.post(path, JSON, body, self._send, by="me"))

    def put(self, path: str, body: bytes) -> None:
        asyncio.run(self._writing.put(path, "", JSON, body, self._send))

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


@pytest.mark.parametrize(
    ("path", "message", "woken"),
    [
        ("s/a/control", {"id": "1", "op": "cancel"}, ["a"]),
        ("s/a", {"type": "message"}, []),
    ],
)
def test_a_control_message_wakes_its_session(
    tmp_path: Path, path: str, message: Any, woken: list[str]
) -> None:
    desk = Desk(tmp_path)

    desk.post(path, message)

    assert (desk.statuses, desk.woken) == ([204], woken)


@pytest.mark.parametrize("type_", ["session.ended", "approval.resolved", "control.applied"])
def test_the_life_of_a_session_of_ours_is_told_by_its_host_alone(
    tmp_path: Path, type_: str
) -> None:
    desk = Desk(tmp_path)

    desk.post("s/theirs", {"type": type_})
    with pytest.raises(BadRequest, match="own host"):
        desk.post("s/ours", {"type": type_})

    assert desk.statuses == [204]


def test_the_factorys_own_stream_is_there_to_be_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    with pytest.raises(Protected):
        desk.post("factory", {"type": "change.approved"})


def test_a_stream_of_the_record_begins_empty(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    desk.put("s/theirs", b"")
    with pytest.raises(BadRequest, match="begins empty"):
        desk.put("s/more", b'[{"type": "session.ended"}]')

    assert desk.statuses == [201]


@pytest.mark.parametrize("part", ["scope", "op", "text", "by"])
@pytest.mark.parametrize("value", [["turn"], {}, 7, True])
def test_the_parts_of_a_control_message_are_texts(tmp_path: Path, part: str, value: Any) -> None:
    with pytest.raises(BadRequest):
        Desk(tmp_path).post("s/a/control", {"id": "1", "op": "cancel", part: value})


def test_what_is_posted_into_a_session_of_ours_bears_it_and_no_producer_of_its_choice(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    forged = {"id": "host:ours", "epoch": 99, "seq": 0}

    for session in ("ours", "theirs"):
        message = {"type": "usage", "posted": False, "producer": forged}
        desk.post(f"s/{session}", message)

    ours, theirs = (
        json.loads((tmp_path / f"s/{session}.jsonl").read_text()) for session in ("ours", "theirs")
    )
    assert (ours["posted"], ours.get("producer")) == (True, None)
    assert (theirs.get("posted"), theirs["producer"]) == (None, forged)
