"""The whole server as one ASGI application: first the guard, then streams, or the rest."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote

from starlette.types import ASGIApp

from darkfactory.errors import DiskFull
from darkfactory.events.stream import BadStreamPath
from darkfactory.server.asked import STREAMS
from darkfactory.server.commit import LOOK_SECONDS, Commits
from darkfactory.server.guard import Guard, check_stream
from darkfactory.server.http import Disconnected, Receive, Scope, Send, headers_of, refuse
from darkfactory.server.presence import Presence
from darkfactory.server.protocol import Request, Streams
from darkfactory.server.refused import BadRequest, Full, Refused
from darkfactory.server.store import Store
from darkfactory.sessions.tokens import Grant

_NOTHING = Grant(frozenset())


class Application:
    """Answers every request of one server.

    Args:
        rest: The application of all that is no stream: pages, WebSocket, read API.
        scheme: What clients put before the name.
    """

    def __init__(
        self, streams: Streams, guard: Guard, rest: ASGIApp, *, scheme: str = "http"
    ) -> None:
        self._streams = streams
        self._guard = guard
        self._rest = rest
        self._scheme = scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        scope["scheme"] = self._scheme  # a proxy in front may have done TLS
        try:
            await self._answer(scope, receive, send)
        except Disconnected:
            return
        except (Refused, DiskFull, BadStreamPath) as error:
            no = _refusal(error)
            await refuse(send, no.status, str(no), no.fields)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, method = headers_of(scope), scope["method"]
        self._guard.check_place(method, headers)
        if not scope["path"].startswith(STREAMS):
            await self._rest(scope, receive, send)
            return
        path, grant = unquote(scope["raw_path"].decode("latin-1")).removeprefix(STREAMS), _NOTHING
        if method != "OPTIONS":  # browsers ask that without a token
            grant = self._guard.grant(method, headers)
            check_stream(grant, method, path, headers)
        await self._streams(Request(scope, headers, path, grant), receive, send)


@asynccontextmanager
async def at_work(store: Store, commits: Commits, presence: Presence) -> AsyncIterator[None]:
    """Keep readers awake, disks flushed and presence true as long as the server runs."""
    work = (_look(store), commits.in_background(), presence.in_background())
    tasks = [asyncio.create_task(endless) for endless in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await commits.rest()
        store.close()


async def _look(store: Store) -> None:
    """Wake readers of what other processes append; no file system tells that everywhere."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for log in store.awaited():
            log.look()


def _refusal(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, DiskFull):
        return Full(error.problem)
    return BadRequest(str(error))
