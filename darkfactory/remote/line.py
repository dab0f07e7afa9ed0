"""The line to a server: what it holds of a log, then what comes, over every cut.

Live reading is server-sent events. A proxy that keeps them back until the response has ended is
told by the first one, which the server sends at once: from then on the line asks by long-poll.
"""

import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

from darkfactory.events.offset import NOW
from darkfactory.remote.batches import Batch, batch_of, server_sent
from darkfactory.remote.server import Answer, Away, NoStream, Server, ServerRefused
from darkfactory.sessions.watch import FACTORY

_STREAMS = "/v1/stream/"
_FIRST_SECONDS = 3.0
_SILENT_SECONDS = 90.0  # a server ends each response after 60 s at the latest
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_NO_LOG_SECONDS = 0.3
_SHORT_SECONDS = 1.0  # a connection that somebody cuts rather than ends
_CUT_SECONDS = 0.1


class Line:
    """One reader's way to a server; safe to share between threads.

    Args:
        note: Called with what a person should know of the connection.
        first_seconds: How long the first server-sent event may take.
    """

    def __init__(
        self,
        server: Server,
        note: Callable[[str], None],
        *,
        first_seconds: float = _FIRST_SECONDS,
    ) -> None:
        self.server = server
        self.left = threading.Event()
        self._note = note
        self._first_seconds = first_seconds
        self._held_back = False
        self._cut = False

    def end_of(self, path: str) -> str:
        """Return the offset at the present end of a stream, where it begins if there is none.

        Raises:
            Away: If nobody answers.
        """
        try:
            return self._get(path, NOW).next
        except NoStream:
            return "-1"

    def history(self, path: str, offset: str) -> Iterator[Batch]:
        """Yield what a stream holds now from *offset* on, waiting out every cut.

        Raises:
            ServerRefused: If the server will not tell.
        """
        for wait in self._patiently():
            try:
                while True:
                    batch = self._get(path, offset)
                    offset = batch.next
                    yield batch
                    if batch.up_to_date:
                        return
            except NoStream:
                return
            except Away as error:
                wait(error)

    def live(self, path: str, offset: str) -> Iterator[Batch]:
        """Yield what comes in a stream behind *offset*, over every cut, until the line is left.

        Raises:
            ServerRefused: If the server will not tell.
        """
        for wait in self._patiently():
            begun = time.monotonic()
            try:
                heard = self._poll(path, offset) if self._held_back else self._sse(path, offset)
                for batch in heard:
                    offset = batch.next
                    wait.works()
                    yield batch
                if time.monotonic() - begun < _SHORT_SECONDS:
                    self.left.wait(_CUT_SECONDS)
            except NoStream:
                self.left.wait(_NO_LOG_SECONDS)  # its first event is on its way
            except Away as error:
                wait(error)

    def _patiently(self) -> "Iterator[_Wait]":
        wait = _Wait(self)
        while not self.left.is_set():
            yield wait

    def lost(self, error: Away) -> None:
        """Tell that the server has gone, once."""
        if not self._cut and not self.left.is_set():
            self._cut = True
            self._note(f"the server is gone ({error.why}); reading on as soon as it is back")

    def found(self) -> None:
        """Tell that the server is back, if that was said to be lost."""
        if self._cut:
            self._cut = False
            self._note("the server is back")

    def _get(self, path: str, offset: str, live: str = "") -> Batch:
        try:
            with self.server.asked("GET", _query(path, offset, live)) as answer:
                if live:
                    answer.wait_at_most(_SILENT_SECONDS)
                return self._batch(path, offset, answer)
        except TimeoutError as error:
            raise Away(self.server.url, "it keeps silent") from error

    def _batch(self, path: str, offset: str, answer: Answer) -> Batch:
        body = answer.response.read().decode("utf-8", "replace")
        behind = answer.header("Stream-Next-Offset")
        if not behind:
            raise ServerRefused(self.server.url, f"no offset with {path}")
        up_to_date = answer.header("Stream-Up-To-Date").lower() == "true"
        return self._told(path, body, offset, behind, up_to_date=up_to_date)

    def _told(self, path: str, body: str, start: str, behind: str, *, up_to_date: bool) -> Batch:
        try:
            return batch_of(_session(path), body, start, behind, up_to_date=up_to_date)
        except (ValueError, RecursionError) as error:
            raise ServerRefused(self.server.url, f"{path} holds no JSON: {error}") from error

    def _poll(self, path: str, offset: str) -> Iterator[Batch]:
        while not self.left.is_set():
            for live in ("", "long-poll"):  # a proxy that has no patience may cut every long one
                batch = self._get(path, offset, live)
                offset = batch.next
                yield batch

    def _sse(self, path: str, offset: str) -> Iterator[Batch]:
        heard = False
        query = _query(path, offset, "sse")
        try:
            with self.server.asked("GET", query, seconds=self._first_seconds) as answer:
                if not answer.header("Content-Type").startswith("text/event-stream"):
                    self._held_back = True
                    return
                for batch in self._sent(path, offset, answer):
                    if not heard:
                        heard = True
                        answer.wait_at_most(_SILENT_SECONDS)
                    yield batch
        except TimeoutError:
            self._held_back = self._held_back or not heard

    def _sent(self, path: str, offset: str, answer: Answer) -> Iterator[Batch]:
        body = ""
        for kind, data in server_sent(answer.response):
            if kind == "data":
                body = data
            elif kind == "control":
                behind, caught_up = _control(data, self.server.url)
                yield self._told(path, body, offset, behind, up_to_date=caught_up)
                body, offset = "", behind


class _Wait:
    """Growing pauses between tries; they begin anew when something worked."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pauses = iter(_PAUSES)

    def __call__(self, error: Away) -> None:
        self._line.lost(error)
        self._line.left.wait(next(self._pauses, _PAUSES[-1]))

    def works(self) -> None:
        self._pauses = iter(_PAUSES)
        self._line.found()


def _control(data: str, url: str) -> tuple[str, bool]:
    import json

    try:
        said = json.loads(data)
        return str(said["streamNextOffset"]), bool(said.get("upToDate"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerRefused(url, f"a control event that is none: {data[:80]!r}") from error


def _query(path: str, offset: str, live: str) -> str:
    where = f"{_STREAMS}{quote(path)}?offset={quote(offset)}"
    return f"{where}&live={live}" if live else where


def _session(path: str) -> str:
    return path if path == FACTORY else path.removeprefix("s/")
