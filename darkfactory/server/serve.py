"""Run the server of one factory: bind, tell where, answer until it is ended."""

import contextlib
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from darkfactory.clock import SystemClock
from darkfactory.domain.state import StateFolder
from darkfactory.server.app import Application, at_work
from darkfactory.server.commit import Commits
from darkfactory.server.doors import LOCAL, Door, listen, listen_in, opened_beside
from darkfactory.server.gate_api import Gate, GateApi
from darkfactory.server.outside import Outside
from darkfactory.server.patience import PatientServer
from darkfactory.server.presence import Presence
from darkfactory.server.protocol import Streams
from darkfactory.server.rest import Answer, Lifespan, Rest
from darkfactory.server.seats import MOST_SOCKETS, Seats
from darkfactory.server.store import Store
from darkfactory.server.web.pages import Pages, Shown
from darkfactory.server.writing import Writing
from darkfactory.sessions.present import PresentAgents
from darkfactory.sessions.served import Desk, only_server
from darkfactory.sessions.tokens import factory_token

LONG_POLL_SECONDS = 20.0
_MOST_FILES = 65536
_OTHER_FILES = 128  # libraries, and what other commands of ours open
_LEAST_OPEN = 16


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
    way: Outside | None = None,
    ready: Callable[[Served], None],
) -> None:
    """Serve the factory of *state* until SIGINT or SIGTERM: on loopback, and as *way* says.

    Args:
        port: 0 takes the one of the last time, or a free one if somebody else has that now.
        ready: Called once connections are accepted.

    Raises:
        AlreadyServed: If another server of this factory lives.
        PortTaken: If nobody can listen there.
    """
    with (
        only_server(state) as desk,
        _doors(state, desk, port, way) as doors,
        contextlib.closing(listen_in(state.door)) as unix,
    ):
        _serve(state, parts, doors, unix, desk, long_poll=long_poll, ready=ready)


@contextmanager
def _doors(state: StateFolder, desk: Desk, port: int, way: Outside | None) -> Iterator[list[Door]]:
    """Open the door of this machine and, behind it, the one that people are told of."""
    token = factory_token(state.root / "token")
    with contextlib.ExitStack() as open_:
        local = listen(LOCAL, 0 if way else port, desk.local_port)
        doors = [Door.open(LOCAL, open_.enter_context(contextlib.closing(local)), token)]
        if way is not None:
            other = listen(way, port, desk.port)
            doors += [Door.open(way, open_.enter_context(contextlib.closing(other)), token)]
        yield doors


def _serve(
    state: StateFolder,
    parts: Parts,
    doors: Sequence[Door],
    unix: socket.socket,
    desk: Desk,
    *,
    long_poll: float,
    ready: Callable[[Served], None],
) -> None:
    clock, commits = SystemClock(), Commits()
    most_open, most_connected = _room()
    bound = {"limit_concurrency": most_connected // len(doors)}
    store = Store(state.streams, clock, most_open=most_open)
    presence = Presence(store, commits, clock, PresentAgents(state).look)
    writing = Writing(
        store,
        commits,
        clock,
        parts.deliver,
        presence.heard,
        lambda name: state.session(name).is_dir(),
    )
    streams, told = Streams(writing, clock, long_poll=long_poll), doors[-1]
    shown = Shown(state.repository.name, parts.person)
    sockets = Seats(MOST_SOCKETS, "WebSockets")

    def behind(door: Door, lifespan: Lifespan | None = None) -> Application:
        guard = door.guard
        routes = [
            *Pages(guard, door.logins, clock, shown).routes(),
            *GateApi(guard, parts.gate).routes(),
        ]
        rest = Rest(
            store, commits, clock, guard, told.link, parts.answers, parts.deliver, routes, sockets
        ).application(lifespan)
        return Application(streams, guard, rest, scheme=door.way.scheme)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as open_:
            await open_.enter_async_context(at_work(store, commits, presence))
            for door in doors[1:]:
                await open_.enter_async_context(opened_beside(door, behind(door), bound))
            desk.opened(told.url, told.port, local_port=doors[0].port)
            ready(Served(told.url, told.guard.token, told.link()))
            yield

    config = doors[0].config(behind(doors[0], lifespan), **bound)
    PatientServer(config).run(sockets=[doors[0].listening, unix])


def _room() -> tuple[int, int]:
    """Return how many streams may have files open, two each, and how many connections there may be.

    The limit of open files is raised as far as it goes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    room = min(soft, _MOST_FILES) - _OTHER_FILES
    return max(_LEAST_OPEN, room // 4), max(_LEAST_OPEN, room // 2)
