import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.clock import SystemClock
from darkfactory.server.commit import Commits
from darkfactory.server.store import Store
from darkfactory.server.writing import Writing

JSON = {"content-type": "application/json"}


class Desk:
    """The writing half over a folder, which notes who was woken and what was answered."""

    def __init__(self, folder: Path) -> None:
        self.woken: list[str] = []
        self.statuses: list[int] = []
        store = Store(folder, SystemClock(), most_open=8)
        self._writing = Writing(store, Commits(), SystemClock(), self.woken.append)

    def post(self, path: str, message: Any) -> None:
        body = json.dumps(message).encode()
        asyncio.run(self._writing.post(path, JSON, body, self._send, by="me"))

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


@pytest.mark.parametrize(
    ("path", "message", "woken"),
    [
        ("s/a/control", {"id": "1", "op": "cancel"}, ["a"]),
        ("s/a", {"type": "message"}, []),
        ("factory", {"type": "message"}, []),
    ],
)
def test_a_control_message_wakes_its_session(
    tmp_path: Path, path: str, message: Any, woken: list[str]
) -> None:
    desk = Desk(tmp_path)

    desk.post(path, message)

    assert (desk.statuses, desk.woken) == ([204], woken)
