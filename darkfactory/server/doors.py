"""Where the server lets people in: the door on loopback, and the one for others beside it.

Sessions of this machine always write through the plain one on loopback. They need trust no
certificate, and a network that is fenced to one port reaches it.
"""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from darkfactory.errors import NotReady
from darkfactory.server.guard import Guard, cookie_name, origins_of
from darkfactory.server.http import MOST_BODY
from darkfactory.server.login import Logins
from darkfactory.server.outside import Outside
from darkfactory.server.patience import PatientProtocol, PatientServer
from darkfactory.sessions.served import DOOR, unix_address

if TYPE_CHECKING:
    from darkfactory.server.app import Application

_LOOPBACK = IPv4Address("127.0.0.1")
LOCAL = Outside(_LOOPBACK, (), tls=None, behind_proxy=False)
"""The door for this machine."""

_BACKLOG = 1024


class PortTaken(NotReady):
    """Nobody can listen there: somebody else does, or the address is another machine's."""

    code = "serve.port"

    def __init__(self, address: str, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen at {address} port {port}: {why}",
            fix="name another one with --port, or leave it out: a free one is taken",
        )


@dataclass(frozen=True, slots=True)
class Door:
    """One socket that listens, and how whoever comes in by it is checked."""

    listening: socket.socket
    way: Outside
    guard: Guard
    logins: Logins

    @classmethod
    def open(cls, way: Outside, listening: socket.socket, token: str) -> "Door":
        """Return the door at a socket that listens; *token* is the factory's."""
        port = listening.getsockname()[1]
        hosts, secure = way.hosts(port), way.scheme == "https"
        cookie = cookie_name(port, secure=secure)
        guard = Guard(token, frozenset(hosts), origins_of(hosts, way.scheme), cookie)
        return cls(listening, way, guard, Logins(token, cookie=cookie, secure=secure))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listening.getsockname()[1])

    @property
    def url(self) -> str:
        """What clients put before a path."""
        return f"{self.way.scheme}://{self.way.hosts(self.port)[0]}"

    def link(self) -> str:
        """Return a link that lets one browser in."""
        return self.url + self.logins.link()

    def config(self, application: "Application", **more: Any) -> uvicorn.Config:
        """Return how the application is served by this door."""
        tls = self.way.tls
        return uvicorn.Config(
            application,
            http=PatientProtocol,
            loop="auto",
            ws="websockets-sansio",
            ws_max_size=MOST_BODY,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            ssl_certfile=tls.cert if tls else None,
            ssl_keyfile=tls.key if tls else None,
            **more,
        )


class _Beside(PatientServer):
    """A further server in the loop of one that runs, which alone listens to signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def opened_beside(
    door: Door, application: "Application", bound: Mapping[str, int]
) -> AsyncIterator[None]:
    """Let people in by a second *door* meanwhile, as many as *bound* says."""
    import asyncio

    server = _Beside(door.config(application, lifespan="off", **bound))
    serving = asyncio.create_task(server.serve(sockets=[door.listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def listen_in(folder: Path) -> socket.socket:
    """Listen at the Unix socket in *folder*, for those who have no network.

    The folder is what they see: the next server makes a new socket in it.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(folder / DOOR)
    with unix_address(folder / DOOR) as address:
        found.bind(address)
    os.chmod(folder / DOOR, 0o600)
    found.listen(_BACKLOG)
    return found


def listen(way: Outside, port: int, before: int) -> socket.socket:
    """Listen at *port*; where it is 0, at the port *before* if that is free, else at any.

    Raises:
        PortTaken: If nobody can listen there.
    """
    if port or not before:
        return _listen(way.address, port)
    try:
        return _listen(way.address, before)
    except PortTaken:
        return _listen(way.address, 0)


def _listen(address: IPv4Address | IPv6Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    try:
        found = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:  # a machine without IPv6
        raise PortTaken(str(address), port, os.strerror(error.errno or 0)) from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with contextlib.suppress(OSError):
                found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind((str(address), port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise PortTaken(str(address), port, os.strerror(error.errno or 0)) from error
    return found
