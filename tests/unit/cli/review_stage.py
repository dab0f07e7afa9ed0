"""A gate with changes and the review screen over it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from darkfactory.cli.review_desk import Desk, Paged
from darkfactory.cli.review_view import ReviewView
from darkfactory.domain.settings import Settings
from darkfactory.errors import FactoryError
from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.factory.review import Review
from darkfactory.gate.room import GateRoom
from tests.fakes.gates import SETTINGS, ManualClock, make_gate
from tests.fakes.screens import Screen

BLOCK = "def total(values):\n    result = sum(values)\n    return result\n"
LONG = "".join(f"line {number}\n" for number in range(60))


class Stage:
    """A gate with changes, and a landing that lands nothing but tells that it was asked to."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        clock = ManualClock()
        files = {"sums.py": f"import os\n{BLOCK}"}
        self.room: GateRoom = make_gate(folder, files, clock=clock, settings=settings)[0]
        self.line = Line(self.room.state, self.room.settings, Record(self.room.state), clock=clock)
        self.line.take_hub(self.room.hub)
        self.landings = self.stops = 0
        self.refusal: FactoryError | None = None
        self.paged: list[Paged] = []
        self.seconds = 100.0

    def look_ahead(self) -> None:
        threading.Event().wait(0.01)

    def land(self, note: Callable[[str], None]) -> dict[str, Any]:
        self.landings += 1
        note("testing it")
        if self.refusal:
            raise self.refusal
        row = {"id": "c-a", "commit": "1234567890abcdef", "tree": "t", "tested_tree": "t"}
        names = ("bounced", "queued", "superseded", "refused", "warnings")
        return {"landed": [row], **{name: [] for name in names}}

    def stop(self) -> None:
        self.stops += 1

    @contextmanager
    def landing(self) -> Iterator["Stage"]:
        yield self

    def show_diff(self, paged: Paged) -> int:
        self.paged.append(paged)
        return 0

    def told(self, type_: str) -> list[Mapping[str, Any]]:
        return [event.data for _, event in self.room.stream.read() if event.type == type_]


def play(
    stage: Stage,
    act: Callable[[Screen[ReviewView]], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> ReviewView:
    async def run() -> ReviewView:
        review = Review(stage.line, "ada")
        desk = Desk(review, stage.landing)
        view = ReviewView(
            desk, review.waiting(), None, show_diff=stage.show_diff, now=lambda: stage.seconds
        )
        async with view.run_test(size=size) as pilot:
            await act(Screen(view, pilot))
        assert desk.finish(10)
        assert desk.leave(10)
        return view

    return asyncio.run(run())
