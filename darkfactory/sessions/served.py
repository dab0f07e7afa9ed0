"""Where the server of a factory listens, for whoever is to write into a session.

Its place is kept while it is down, so that links and running agents find the next one there.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.sessions.tokens import Scope, factory_token, mint

URL = "DF_SESSION_URL"
TOKEN = "DF_SESSION_TOKEN"  # noqa: S105 - the name of a variable
_MOST = 4096


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
    """

    descriptor: int
    port: int

    def opened(self, url: str, port: int) -> None:
        """Tell that it listens at *url*."""
        told = json.dumps({"url": url, "port": port, "pid": os.getpid()}).encode()
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, told, 0)


@contextmanager
def only_server(state: StateFolder) -> Iterator[Desk]:
    """Be the only server of this factory; freed by our death.

    Raises:
        AlreadyServed: If another one lives.
    """
    descriptor = os.open(state.serve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        told = _told(descriptor)
        if not _take(descriptor, fcntl.LOCK_EX):
            raise AlreadyServed(str(told.get("url")))
        port = told.get("port")
        yield Desk(descriptor, port if isinstance(port, int) else 0)
    finally:
        os.close(descriptor)


def server_url(state: StateFolder) -> str | None:
    """Return where the server of this factory listens, None while none runs."""
    try:
        descriptor = os.open(state.serve, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if _take(descriptor, fcntl.LOCK_SH):
            return None
        url = _told(descriptor).get("url")
        return url if isinstance(url, str) else None
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class WayIn:
    """What a process inside of a session needs to write to its log; nothing while nobody serves."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    ports: tuple[int, ...] = ()


def way_in(state: StateFolder, session: str) -> WayIn:
    """Return the way into the log of *session*; its token appends there and does nothing else."""
    url = server_url(state)
    if url is None:
        return WayIn()
    key = factory_token(state.root / "token")
    token = mint(key, frozenset({Scope.APPEND}), session=session)
    port = urlsplit(url).port
    variables = {URL: f"{url}/v1/stream/s/{session}", TOKEN: token}
    return WayIn(variables, () if port is None else (port,))


def _told(descriptor: int) -> dict[str, object]:
    try:
        body = json.loads(os.pread(descriptor, _MOST, 0) or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
