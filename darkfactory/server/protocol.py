"""The Durable Streams protocol 1.0 over the store: from a request to what answers it.

PROTOCOL.md of https://github.com/durable-streams/durable-streams; numbers in this package's
comments are its sections.
"""

from dataclasses import dataclass

from darkfactory.clock import Clock
from darkfactory.server import reading
from darkfactory.server.asked import Headers
from darkfactory.server.http import Receive, Scope, Send, answer, read_body, refuse
from darkfactory.server.log import Log
from darkfactory.server.seats import MOST_READERS, Seats
from darkfactory.server.store import Store
from darkfactory.server.writing import NO_CONTENT, Writing
from darkfactory.sessions.tokens import Grant

_METHODS = b"GET, HEAD, POST, PUT, DELETE, OPTIONS"
_PREFLIGHT = [
    (b"access-control-allow-methods", _METHODS),
    (
        b"access-control-allow-headers",
        (
            b"authorization, content-type, if-none-match, last-event-id, producer-epoch, "
            b"producer-id, producer-seq, stream-closed, stream-expires-at, stream-fork-offset, "
            b"stream-fork-sub-offset, stream-forked-from, stream-seq, stream-ttl"
        ),
    ),
    (b"access-control-max-age", b"600"),
]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was let in: of stream *path*, from whoever has the *grant*."""

    scope: Scope
    headers: Headers
    path: str
    grant: Grant


class Streams:
    """What answers all requests below ``/v1/stream/``.

    Args:
        long_poll: Seconds that a reader may wait for data.
    """

    def __init__(self, writing: Writing, clock: Clock, *, long_poll: float) -> None:
        self._writing = writing
        self._clock = clock
        self._long_poll = long_poll
        self._readers = Seats(MOST_READERS, "live readers")

    @property
    def _store(self) -> Store:
        return self._writing.store

    async def __call__(self, request: Request, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            Refused: If the answer is no.
            DiskFull: If there is no room.
            BadStreamPath: If no stream can have that name.
            Disconnected: If the client went away meanwhile.
        """
        path, headers = request.path, request.headers
        match request.scope["method"]:
            case "POST":
                body = await read_body(receive)
                await self._writing.post(
                    path, headers, body, send, by=request.grant.producer or "serve"
                )
            case "GET":
                await self._get(request, receive, send)
            case "HEAD":
                await reading.head(self._store.find(path, use=False), send)
            case "PUT":
                place = _place(request)
                await self._writing.put(path, place, headers, await read_body(receive), send)
            case "DELETE":
                self._store.delete(path)
                await answer(send, NO_CONTENT)
            case "OPTIONS":  # what browsers ask before they send; no origin is let in by it
                await answer(send, NO_CONTENT, _PREFLIGHT)
            case _:
                await refuse(send, 405, "no such method here", [(b"allow", _METHODS)])

    async def _get(self, request: Request, receive: Receive, send: Send) -> None:
        log = self._store.find(request.path)
        question = reading.question_of(request.scope["query_string"].decode("latin-1"), log)
        if question.live is None:
            await reading.catch_up(log, question, request.headers, send)
            return
        with self._readers.taken(request.grant.mark):
            await self._listen(log, question, receive, send)

    async def _listen(
        self, log: Log, question: reading.Question, receive: Receive, send: Send
    ) -> None:
        if question.live == "sse":
            await reading.sse(log, question, receive, send, self._clock)
            return
        await reading.long_poll(
            log, question, receive, send, seconds=self._long_poll, clock=self._clock
        )


def _place(request: Request) -> str:
    scope = request.scope
    host, url = request.headers.get("host", ""), scope["raw_path"].decode("latin-1")
    return f"{scope['scheme']}://{host}{url}"
