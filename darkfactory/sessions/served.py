"""Where the server of a factory listens, for whoever is to write into a session.

Its place is kept while it is down, so that links and running agents find the next one there.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.locks import try_lock
from darkfactory.sessions.tokens import Scope, factory_token, mint

URL = "DF_SESSION_URL"
TOKEN = "DF_SESSION_TOKEN"  # noqa: S105 - the name of a variable
SOCKET = "DF_SESSION_SOCKET"
DOOR = "sock"
"""The server's Unix socket, in the door of the state folder."""
LOOPBACK = "127.0.0.1"
_MOST = 4096
_LONGEST_ADDRESS = 100  # 107 on Linux, 103 on macOS


class AlreadyServed(NotReady):
    """Another server of this factory lives."""

    code = "serve.running"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"`df serve` runs already, at {url}", fix="use that one, or end it with Ctrl-C there"
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """The place of the one server that runs, to be told once it listens.

    Args:
        port: Where the last one listened; 0: there was none.
        local_port: Where it listened on loopback.
    """

    descriptor: int
    port: int
    local_port: int

    def opened(self, url: str, port: int, *, local_port: int) -> None:
        """Tell that it listens at *url*, and plainly on loopback."""
        told = {"url": url, "port": port, "local_port": local_port, "pid": os.getpid()}
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, json.dumps(told).encode(), 0)


@contextmanager
def only_server(state: StateFolder) -> Iterator[Desk]:
    """Be the only server of this factory; freed by our death.

    Raises:
        AlreadyServed: If another one lives.
    """
    descriptor = os.open(state.serve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        told = _told(descriptor)
        if not try_lock(descriptor):
            raise AlreadyServed(str(told.get("url")))
        yield Desk(descriptor, _port(told, "port"), _port(told, "local_port"))
    finally:
        os.close(descriptor)


def local_port(state: StateFolder) -> int | None:
    """Return where on loopback the server of this factory listens, None while none runs."""
    try:
        descriptor = os.open(state.serve, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if try_lock(descriptor, shared=True) else _port(_told(descriptor), "local_port")
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class WayIn:
    """What a process inside of a session needs to write to its log; nothing while nobody serves."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    ports: tuple[int, ...] = ()
    show: tuple[str, ...] = ()


def way_in(state: StateFolder, session: str) -> WayIn:
    """Return the way into the log of *session*; its token appends there and does nothing else."""
    port = local_port(state)
    if not port:
        return WayIn()
    key = factory_token(state.root / "token")
    token = mint(key, frozenset({Scope.APPEND}), session=session)
    url = f"http://{LOOPBACK}:{port}/v1/stream/s/{session}"
    door = os.fspath(state.door)
    variables = {URL: url, TOKEN: token, SOCKET: os.path.join(door, DOOR)}
    return WayIn(variables, (port,), (door,))


@contextmanager
def unix_address(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give the address of the Unix socket *path*, which may be longer than an address can be."""
    folder, name = os.path.split(os.fspath(path))
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield os.fspath(path)
        return
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{here}/{name}"
    finally:
        os.close(here)


def _port(told: Mapping[str, object], name: str) -> int:
    port = told.get(name)
    return port if isinstance(port, int) else 0


def _told(descriptor: int) -> dict[str, object]:
    try:
        body = json.loads(os.pread(descriptor, _MOST, 0) or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
