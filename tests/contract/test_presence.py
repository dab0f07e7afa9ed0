"""Who is there in a session, for real: hosts that are killed, writers that fall silent."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.served import serve

SESSION = "s-slow-1"


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    script = {"sessions": [write_note("slow", sleep=300)]}
    made = make_factory(tmp_path, script, [bug("slow")])
    yield made
    made.end()


def told(event: tuple[str, Any]) -> list[tuple[str, str, str]]:
    kind, messages = event
    if kind != "data":
        return []
    return [(m["headers"]["operation"], m["key"], m["value"]["status"]) for m in messages]


def test_a_session_whose_host_is_killed_is_offline(factory: Factory) -> None:
    run = factory.start("run")
    factory.wait_for("turn.started", f"s/{SESSION}")
    run.kill()  # or it would take the session up again at once
    run.wait()
    served = serve(factory)
    heard: list[tuple[str, str, str]] = []

    with served.follow(f"s/{SESSION}/presence") as events:
        while not heard:
            heard += told(next(events))
        os.kill(factory.host(SESSION)["pid"], signal.SIGKILL)
        while len(heard) < 2:
            heard += told(next(events))

    assert heard == [("insert", "mock", "working"), ("delete", "mock", "offline")]


def test_who_writes_from_outside_is_there(factory: Factory) -> None:
    served = serve(factory)
    served.post("s/mine", {"type": "message", "agent": "reviewer"})
    value = {"status": "thinking"}
    headers = {"operation": "insert"}
    message = {"type": "presence", "key": "lead", "value": value, "headers": headers}
    heard: list[tuple[str, str, str]] = []

    said = served.post("s/mine/presence", message)
    wrong = served.post("s/mine/presence", {"type": "message"})
    with served.follow("s/mine/presence") as events:
        while len(heard) < 2:
            heard += told(next(events))

    assert (said.status, wrong.status) == (204, 400)
    assert sorted(heard) == [("insert", "lead", "thinking"), ("insert", "reviewer", "working")]
