"""When following sessions of a server is over, and how often the server is asked."""

from collections.abc import Iterator
from typing import Any, cast

from darkfactory.domain.event import Event
from darkfactory.domain.session import State
from darkfactory.remote.batches import Batch
from darkfactory.remote.ears import Ears
from darkfactory.remote.line import Line
from darkfactory.remote.live import Following
from darkfactory.sessions.view import SessionView
from darkfactory.sessions.watch import Told

MESSAGE = Told("s-1", "5", Event("message"))
END = Told("s-1", "9", Event("session.ended"))


def batch(*told: Told) -> Batch:
    return Batch("s-1", told, told[-1].next, up_to_date=True)


def view(state: State, host: str) -> SessionView:
    return SessionView("s-1", "a", "", "bugs", "mock", 1, state, {"host": host}, 0, 0.0, 1.0, None)


class Server:
    """What a server holds at first, what comes later, and what it says of the session each time."""

    def __init__(self, *history: Told, later: list[Batch], states: list[SessionView]) -> None:
        self._history = list(history)
        self._later = later
        self._states = states
        self.waits: list[float] = []

    def listen(self, path: str, offset: str) -> None:
        assert (path, offset) in {("s/s-1", "-1"), ("s/s-1", "5"), ("s/s-1", "9")}

    def heard(self, seconds: float) -> Batch | None:
        self.waits.append(seconds)
        return self._later.pop(0) if self._later else None

    def history(self, path: str, offset: str) -> Iterator[Batch]:
        assert (path, bool(offset)) == ("s/s-1", True)
        found, self._history = self._history, []
        if found:
            yield batch(*found)

    def views(self) -> list[SessionView]:
        return [self._states.pop(0) if len(self._states) > 1 else self._states[0]]

    def follow(self) -> list[str]:
        ears, line = cast("Ears", self), cast("Line", cast("Any", self))
        following = Following(ears, line, self.views, lambda: False)
        return [told.event.type for told in following.told({"s-1": "-1"}, None)]


def test_a_session_that_has_ended_is_over_once_its_host_has_left() -> None:
    leaving = [view(State.ENDED, "alive"), view(State.ENDED, "alive"), view(State.ENDED, "ended")]
    server = Server(MESSAGE, later=[batch(END)], states=leaving)

    assert server.follow() == ["message", "session.ended"]
    assert all(wait <= 0.2 for wait in server.waits)


def test_a_session_whose_end_was_history_is_not_waited_for_either() -> None:
    leaving = [view(State.ENDED, "alive"), view(State.ENDED, "ended")]
    server = Server(MESSAGE, END, later=[], states=leaving)

    assert server.follow() == ["message", "session.ended"]
    assert all(wait <= 0.2 for wait in server.waits)


def test_a_session_whose_host_is_gone_is_over_without_an_end() -> None:
    server = Server(MESSAGE, later=[], states=[view(State.UNKNOWN, "gone")])

    assert server.follow() == ["message"]


def test_the_server_is_not_asked_all_the_time_about_a_session_that_works() -> None:
    states = [view(State.WORKING, "alive"), view(State.ENDED, "ended")]
    server = Server(MESSAGE, later=[], states=states)

    assert server.follow() == ["message"]
    assert server.waits[-1] > 5
