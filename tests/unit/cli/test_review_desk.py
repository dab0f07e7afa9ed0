"""The threads behind the review screen: nothing said gets lost, and nothing outlives the screen."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from darkfactory.cli.review_desk import Desk, Judged, Said
from darkfactory.errors import NotReady
from darkfactory.factory.review import Review

NOTHING: dict[str, Any] = {
    name: [] for name in ("landed", "bounced", "queued", "superseded", "refused", "warnings")
}


class Ended(NotReady):
    """The landing was stopped."""

    code = "test.ended"


class Landing:
    """Lands once it is let go; a stop ends it."""

    def __init__(self) -> None:
        self.begun, self.goes, self.is_stopped = (threading.Event() for _ in range(3))
        self.number = 0
        self.can_look = True

    def look_ahead(self) -> None:
        if not self.can_look:
            raise Ended("no harness may run", fix="df doctor")
        self.goes.wait(0.01)

    def land(self, note: Callable[[str], None]) -> dict[str, Any]:
        note("landing")
        self.number += 1
        self.begun.set()
        self.goes.wait(10)
        if self.is_stopped.is_set():
            raise Ended("stopped", fix="df gate land")
        return NOTHING

    def stop(self) -> None:
        self.is_stopped.set()
        self.goes.set()

    @contextmanager
    def open(self) -> Iterator["Landing"]:
        yield self


class Reader:
    """A review of which only the rubber stamps are asked."""

    def stamps(self) -> list[str]:
        return ["slow down"]


@pytest.fixture
def landing() -> Landing:
    return Landing()


@pytest.fixture
def desk(landing: Landing) -> Iterator[Desk]:
    made = Desk(cast("Review", Reader()), landing.open)
    made.begin()
    yield made
    assert made.leave(10)


def no(_: object) -> None:
    raise Ended("it has moved", fix="read it again")


def test_it_is_finished_only_once_what_was_approved_has_landed(
    desk: Desk, landing: Landing
) -> None:
    desk.judge("c-a", "approved", lambda _: None, lands=True)
    assert landing.begun.wait(10)

    before = desk.finish(0.0)
    landing.goes.set()

    assert (before, desk.finish(10)) == (False, True)
    assert list(desk.take()) == [
        Judged("c-a", "approved"), Said("slow down", bad=True), Said("landing"),
    ]  # fmt: skip


def test_what_is_approved_while_something_lands_lands_together_afterwards(
    desk: Desk, landing: Landing
) -> None:
    desk.judge("c-a", "approved", lambda _: None, lands=True)
    assert landing.begun.wait(10)
    for name in ("c-b", "c-c"):
        desk.judge(name, "approved", lambda _: None, lands=True)
    told = _until_told(desk, 3)
    landing.goes.set()

    assert desk.finish(10)
    assert [news.change for news in told if isinstance(news, Judged)] == ["c-a", "c-b", "c-c"]
    assert landing.number == 2


def test_leaving_stops_a_landing_that_goes_on(desk: Desk, landing: Landing) -> None:
    desk.judge("c-a", "approved", lambda _: None, lands=True)
    assert landing.begun.wait(10)

    assert desk.leave(10)

    assert Said("stopped; df gate land", bad=True) in list(desk.take())


def test_a_refused_verdict_is_told_with_what_to_do_and_lands_nothing(
    desk: Desk, landing: Landing
) -> None:
    desk.judge("c-a", "approved", no, lands=True)

    assert desk.finish(10)
    assert list(desk.take()) == [Judged("c-a", "approved", "it has moved; read it again")]
    assert landing.number == 0


def test_where_nothing_can_be_tested_ahead_that_is_told_once_and_verdicts_count(
    desk: Desk, landing: Landing
) -> None:
    landing.can_look = False
    told = _until_told(desk, 0, Said("no harness may run; df doctor", bad=True))
    landing.goes.set()

    desk.judge("c-a", "approved", lambda _: None, lands=True)

    assert desk.finish(10)
    assert len([news for news in [*told, *desk.take()] if news in told]) == 1


def _until_told(desk: Desk, verdicts: int, said: Said | None = None) -> list[object]:
    """Return the news once there are so many verdicts among them, and *said*."""
    found: list[object] = []
    for _ in range(1000):
        found += desk.take()
        judged = sum(isinstance(news, Judged) for news in found)
        if judged >= verdicts and (said is None or said in found):
            return found
        threading.Event().wait(0.01)
    raise AssertionError(found)
