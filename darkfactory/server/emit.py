"""Write events into a session from anywhere: what ``df emit`` does, without the rest of us.

A sub-agent or a tool finds in its environment where its session is and a token that may append
there, so nobody has to relay for it. What is sent twice because an answer was lost is stored once.
"""

import http.client
import json
import socket
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from darkfactory.errors import AnswerNo, NotReady, UsageError
from darkfactory.sessions.served import SOCKET, TOKEN, URL, unix_address

_TRIES = 3
_SECONDS = 10.0
_OK = range(200, 300)


class NoSession(NotReady):
    """Nothing in the environment says which session to write to."""

    code = "emit.no_session"

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"{missing} is not set, so there is no session to write to",
            fix=f"set {URL} to http://HOST:PORT/v1/stream/s/ID and {TOKEN} to what"
            " `df serve token --scope append --session ID` prints",
        )


class BadAddress(UsageError):
    """The address is none of a stream."""

    code = "emit.address"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{URL} is {url!r}, no address of a stream",
            fix="it looks like http://127.0.0.1:PORT/v1/stream/s/ID",
        )


class NobodyListens(NotReady):
    """The server is not there."""

    code = "emit.no_server"

    def __init__(self, place: str, why: str) -> None:
        super().__init__(
            f"nobody answers at {place}: {why}",
            fix="start `df serve` in the repository, then again",
        )


class NotTaken(AnswerNo):
    """The server has refused the events."""

    code = "emit.refused"

    def __init__(self, status: int, said: str) -> None:
        super().__init__(
            f"the server refused it ({status}): {said}",
            fix="write to the token's own session, and objects with a type",
        )


@dataclass(frozen=True, slots=True)
class Session:
    """Where to write and what allows it. *socket* is the server's Unix socket, if it has one."""

    url: str
    token: str
    socket: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Session":
        """Return the session that *environment* names.

        Raises:
            NoSession: If it names none.
        """
        for name in (URL, TOKEN):
            if not environment.get(name):
                raise NoSession(name)
        return cls(environment[URL], environment[TOKEN], environment.get(SOCKET, ""))


def emit(session: Session, events: Sequence[Mapping[str, Any]]) -> str:
    """Append *events* in one piece, once; return the offset behind them.

    Raises:
        BadAddress: If the session's address is none.
        NobodyListens: If there is no server, after a few tries.
        NotTaken: If it refuses them.
    """
    place = urlsplit(session.url)
    if place.scheme not in ("http", "https") or not place.hostname or not place.path.strip("/"):
        raise BadAddress(session.url)
    body = json.dumps(list(events)).encode()
    headers = {
        "Authorization": f"Bearer {session.token}",
        "Content-Type": "application/json",
        "Producer-Id": f"emit-{uuid.uuid4().hex}",
        "Producer-Epoch": "0",
        "Producer-Seq": "0",
    }
    why = ""
    for _ in range(_TRIES):
        try:
            with closing(_connection(place, session.socket)) as connection:
                status, offset, said = _post(connection, place.path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            continue
        if status not in _OK:
            raise NotTaken(status, said)
        return offset
    raise NobodyListens(place.netloc, why)


def _connection(place: SplitResult, path: str) -> http.client.HTTPConnection:
    """Return a connection to *place*, by the Unix socket *path* where there is one."""
    if path:
        return _ByUnixSocket(place.netloc, path)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(place.netloc, timeout=_SECONDS)


class _ByUnixSocket(http.client.HTTPConnection):
    """HTTP to *netloc* by the socket at *path*."""

    def __init__(self, netloc: str, path: str) -> None:
        super().__init__(netloc, timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        with unix_address(self._path) as address:
            self.sock.connect(address)


def _post(
    connection: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str, str]:
    connection.request("POST", path, body, dict(headers))
    answer = connection.getresponse()
    said = answer.read().decode("utf-8", "replace").strip()
    return answer.status, answer.headers.get("Stream-Next-Offset", ""), said
