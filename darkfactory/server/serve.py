"""Run the server of one factory: bind, tell where, answer until it is ended."""

import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from darkfactory.clock import SystemClock
from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.server.app import Application, at_work
from darkfactory.server.commit import Commits
from darkfactory.server.gate_api import Gate, GateApi
from darkfactory.server.guard import Guard, cookie_name, hosts_of, origins_of
from darkfactory.server.login import Logins
from darkfactory.server.presence import Presence
from darkfactory.server.protocol import Streams
from darkfactory.server.rest import Answer, Rest
from darkfactory.server.store import Store
from darkfactory.server.web.pages import Pages, Shown
from darkfactory.server.writing import Writing
from darkfactory.sessions.present import PresentAgents
from darkfactory.sessions.served import Desk, only_server
from darkfactory.sessions.tokens import factory_token

LONG_POLL_SECONDS = 20.0
_LOOPBACK = "127.0.0.1"
_OTHER_FILES = 128  # sockets, libraries
_LEAST_OPEN = 16


class PortTaken(NotReady):
    """Somebody else listens at the port."""

    code = "serve.port"

    def __init__(self, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen at port {port}: {why}",
            fix="name another one with --port, or leave it out: a free one is taken",
        )


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server is: its address, the file of its token, a link for a browser (works once)."""

    url: str
    token: str
    page: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What is served beside the streams.

    Args:
        answers: What answers each place of the read API.
        person: Whose gate it is, and who asks where a page does.
        deliver: Called in a thread with a session that has got a control message.
    """

    answers: Mapping[str, Answer]
    gate: Gate
    person: str
    deliver: Callable[[str], None]


def serve(
    state: StateFolder,
    parts: Parts,
    *,
    port: int,
    long_poll: float,
    ready: Callable[[Served], None],
) -> None:
    """Serve the factory of *state* on loopback until SIGINT or SIGTERM.

    Args:
        port: 0 takes the one of the last time, or a free one if somebody else has that now.
        ready: Called once connections are accepted.

    Raises:
        AlreadyServed: If another server of this factory lives.
        PortTaken: If nobody can listen there.
    """
    with only_server(state) as desk, contextlib.closing(_listen_at(port, desk.port)) as listening:
        _serve(state, parts, listening, desk, long_poll=long_poll, ready=ready)


def _serve(
    state: StateFolder,
    parts: Parts,
    listening: socket.socket,
    desk: Desk,
    *,
    long_poll: float,
    ready: Callable[[Served], None],
) -> None:
    import uvicorn

    port = listening.getsockname()[1]
    token = factory_token(state.root / "token")
    hosts = hosts_of(_LOOPBACK, port)
    cookie = cookie_name(port)
    guard = Guard(token, hosts, origins_of(hosts), cookie)
    logins = Logins(token, cookie=cookie)
    clock, commits = SystemClock(), Commits()
    store = Store(state.streams, clock, most_open=_most_open())
    presence = Presence(store, commits, clock, PresentAgents(state).look)
    url = f"http://{_LOOPBACK}:{port}"

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with at_work(store, commits, presence):
            desk.opened(url, port)
            ready(Served(url, token, url + logins.link()))
            yield

    shown = Shown(state.repository.name, parts.person)
    routes = [
        *Pages(guard, logins, clock, shown).routes(),
        *GateApi(guard, parts.gate).routes(),
    ]
    rest = Rest(store, commits, clock, guard, logins, parts.answers, parts.deliver, routes, url)
    writing = Writing(
        store,
        commits,
        clock,
        parts.deliver,
        presence.heard,
        lambda name: state.session(name).is_dir(),
    )
    config = uvicorn.Config(
        Application(
            Streams(writing, clock, long_poll=long_poll), guard, rest.application(lifespan)
        ),
        http="httptools",
        loop="auto",
        ws="websockets-sansio",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _listen_at(port: int, before: int) -> socket.socket:
    """Listen at *port*; where it is 0, at the port *before* if that is free, else at any."""
    if port or not before:
        return _listen(port)
    try:
        return _listen(before)
    except PortTaken:
        return _listen(0)


def _listen(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((_LOOPBACK, port))
        found.listen(1024)
    except OSError as error:
        found.close()
        raise PortTaken(port, os.strerror(error.errno or 0)) from error
    return found


def _most_open() -> int:
    """Return how many streams may have files open, two each, after raising the limit we have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return max(_LEAST_OPEN, (min(soft, 65536) - _OTHER_FILES) // 4)
