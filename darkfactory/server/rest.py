"""All that is no stream: pages, the read API, tokens and links, the WebSocket."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from darkfactory.clock import Clock
from darkfactory.errors import FactoryError
from darkfactory.server.answers import answered, told_no
from darkfactory.server.commit import Commits
from darkfactory.server.guard import Guard, NotGranted
from darkfactory.server.http import read_body
from darkfactory.server.pieces import json_object
from darkfactory.server.refused import BadRequest, Refused
from darkfactory.server.seats import Crowded, Seats
from darkfactory.server.sockets import Socket
from darkfactory.server.store import Store
from darkfactory.sessions.tokens import BadScope, Grant, Scope, mint, scopes_of

Answer = Callable[..., Mapping[str, Any]]
"""Returns the JSON of a question; called in a thread, with what its place names."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]
_FORBIDDEN = 1008


@dataclass(frozen=True, slots=True)
class Rest:
    """What the routes need.

    Args:
        link: Makes a link that lets a browser in.
        answers: The read API: what answers each of its places.
        deliver: Called in a thread with a session that has got a control message.
        more: Routes of pages and of the gate.
    """

    store: Store
    commits: Commits
    clock: Clock
    guard: Guard
    link: Callable[[], str]
    answers: Mapping[str, Answer]
    deliver: Callable[[str], None]
    more: Sequence[Route]
    sockets: Seats

    def application(self, lifespan: Lifespan | None = None) -> Starlette:
        """Return the routes as an application."""
        reads = [
            Route(place, self._reader(answer), methods=["GET"])
            for place, answer in self.answers.items()
        ]
        return Starlette(
            routes=[
                *reads,
                *self.more,
                Route("/v1/token", self._mint, methods=["POST"]),
                Route("/v1/link", self._link, methods=["POST"]),
                WebSocketRoute("/v1/ws", self._socket),
            ],
            exception_handlers={Refused: _no, FactoryError: told_no},
            lifespan=lifespan,
        )

    def _reader(self, answer: Answer) -> Callable[[Request], Any]:
        async def read(request: Request) -> Response:
            grant = self.guard.grant(request.method, request.headers)
            if Scope.READ not in grant.scopes:
                raise NotGranted(Scope.READ)
            return await answered(partial(answer, **request.path_params))

        return read

    async def _mint(self, request: Request) -> Response:
        grant = self.guard.grant(request.method, request.headers)
        if not grant.whole:
            raise NotGranted("all")
        scopes, session = _wish(json_object(await read_body(request.receive)))
        token = mint(self.guard.token, scopes, session=session)
        return JSONResponse({"version": 1, "token": token, "scopes": sorted(scopes)})

    async def _link(self, request: Request) -> Response:
        if not self.guard.grant(request.method, request.headers).whole:
            raise NotGranted("all")
        return JSONResponse({"version": 1, "page": self.link()})

    async def _socket(self, socket: WebSocket) -> None:
        try:
            self.guard.check_place("GET", socket.headers, socket=True)
            grant = self.guard.grant("GET", socket.headers)
            with self.sockets.taken(grant.mark):
                await self._serve(socket, grant)
        except Crowded as error:
            await socket.send_denial_response(_no(socket, error))
        except Refused as error:
            await socket.close(_FORBIDDEN, str(error))

    async def _serve(self, socket: WebSocket, grant: Grant) -> None:
        await socket.accept()
        one = Socket(self.store, self.commits, self.clock, grant, socket.send, deliver=self.deliver)
        await one.serve(socket.receive)


def _wish(asked: Mapping[str, Any]) -> tuple[frozenset[Scope], str]:
    """Return the scopes and the session that a new token is *asked* for."""
    words, session = asked.get("scopes"), asked.get("session") or ""
    if not isinstance(words, list) or not isinstance(session, str):
        raise BadRequest("scopes are a list of words, and a session is a text")
    try:
        return scopes_of(map(str, words)), session
    except BadScope as error:
        raise BadRequest(f"{error.problem}; {error.fix}") from error


def _no(_: HTTPConnection, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 500
    return PlainTextResponse(f"{error}\n", status)
