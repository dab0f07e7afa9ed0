"""A factory with a past: items worked hours ago by sessions that no process runs any more.

The record is written through the product's own writers with a clock that stands in the past, so
that ages are the same in every run.
"""

import time
from pathlib import Path
from typing import Any

from darkfactory.domain.item import Item, PlannedItem
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.line import Line, open_line
from darkfactory.gate.propose import Offer, propose
from darkfactory.gate.room import GateRoom
from tests.fakes.factories import FIXED, Factory, make_factory
from tests.fakes.gates import PretendHarness, commit_on

LANES = """\
version: 1
harness: {command: "true"}
limits: {brain_space: 5}
agents: {mock: {kind: mock, script: mock.yaml}}
lanes:
  bugs: {match: {labels: [bug]}, sessions: 4, owns: ["*.py"], taste: ["Is it small?"]}
  docs: {match: {labels: [docs]}, autonomy: suggest}
"""
ITEMS: list[dict[str, Any]] = [
    {
        "id": "add",
        "title": "add subtracts",
        "labels": ["bug"],
        "priority": "P1",
        "done_when": "make add",
    },
    {"id": "slug", "title": "slug keeps spaces at both ends of a text", "labels": ["bug"]},
    {"id": "slug-2", "title": "slug keeps spaces at both ends of a text", "labels": ["bug"]},
    {"id": "parse", "title": "parse loses the last line", "labels": ["bug"], "blocked_by": ["add"]},
    {"id": "guide", "title": "Explain lanes in the guide, with the reasons", "labels": ["docs"]},
    {"id": "logo", "title": "Draw a logo", "labels": ["design"]},
]


class Past:
    """A clock that stands still some hours ago."""

    def __init__(self, hours: float) -> None:
        self._now = time.time() - hours * 3600

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def make_recorded(folder: Path) -> Factory:
    """Make the repository, triage it, and write what three sessions did."""
    factory = make_factory(folder, {"sessions": []}, ITEMS, lanes=LANES)
    factory.df("triage")
    line = open_line(factory.root)
    _proposed(line)
    _failed(line)
    _lost(line)
    return factory


def _proposed(line: Line) -> None:
    """Item add: mended four hours ago, at the gate for three."""
    line.hub.sync_base()
    head = commit_on(line.hub, line.hub.commit(line.hub.base_ref), {"calc.py": FIXED}, "Mend add")
    words = "Changed calc.py. Its test passes now.\nOpen: nothing."
    started, ended = _writers(line, "s-add-1", 4), _writers(line, "s-add-1", 3)
    _start(started, "add", "bugs")
    _say(started, "turn.started", {"trigger": "start"})
    _say(started, "message", {"role": "assistant", "text": "Looking at calc.py."})
    call = {"call": "1", "kind": "shell", "name": "shell", "command": "python -m pytest -q"}
    _say(started, "tool.started", {**call, "paths": [], "input_hash": "1"})
    _say(started, "tool.finished", {"call": "1", "status": "ok", "exit_code": 0, "output": "1 ok"})
    _say(started, "message", {"role": "assistant", "text": words})
    _say(started, "turn.finished", {"reason": "done"})
    end = {"outcome": "proposed", "reason": "the agent ended its turn", "head": head}
    _end(ended, {**end, "tokens": 12_300, "item": "add", "polite": True})
    room = GateRoom(
        line.state, line.settings, line.hub, PretendHarness(line.hub), clock=Past(3), producer="run"
    )
    planned = PlannedItem(Item("add", "add subtracts", done_when="make add"), "bugs", 1, ())
    propose(room, Offer(planned, "s-add-1", head, words))


def _failed(line: Line) -> None:
    """Item slug: its session gave up two days ago."""
    started, ended = _writers(line, "s-slug-1", 50), _writers(line, "s-slug-1", 49)
    _start(started, "slug", "bugs")
    _end(ended, {"outcome": "failed", "reason": "nothing was changed", "tokens": 900})


def _lost(line: Line) -> None:
    """Item guide: its host was killed six hours ago, and nobody has said so yet."""
    started = _writers(line, "s-guide-1", 6)
    _start(started, "guide", "docs")
    _say(started, "turn.started", {"trigger": "start"})


def _writers(line: Line, session: str, hours: float) -> tuple[Writer, Writer]:
    """Return writers to the factory stream and to the session's own."""
    clock = Past(hours)
    made = [
        Writer(Stream(line.state.streams, path), producer="test", session=session, clock=clock)
        for path in ("factory", f"s/{session}")
    ]
    return made[0], made[1]


def _start(writers: tuple[Writer, Writer], item: str, lane: str) -> None:
    title = next(one["title"] for one in ITEMS if one["id"] == item)
    data = {"item": item, "title": title, "lane": lane, "attempt": 1, "autonomy": "propose"}
    for writer in writers:
        writer.write("session.started", data, agent="mock")


def _say(writers: tuple[Writer, Writer], type_: str, data: dict[str, Any]) -> None:
    writers[1].write(type_, data, turn=1, agent="mock")


def _end(writers: tuple[Writer, Writer], data: dict[str, Any]) -> None:
    for writer in writers:
        writer.write("session.ended", data)
