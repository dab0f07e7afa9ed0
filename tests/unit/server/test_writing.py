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
