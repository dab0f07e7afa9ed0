"""A client of the protocol that costs little: requests made before, answers hardly looked at.

Client and server share the processors of one machine, so what the client does for each answer is
kept below what any server does for it.
"""

import http.client
import json
import selectors
import socket
from collections.abc import Callable, Mapping, Sequence

from scripts.benchmarks.servers import Peer

STREAMS = "/v1/stream/"
PATIENCE = 30.0
_TEXT = (
    "src/parse/lines.py: 14 tests passed, 2 failed in 0.41 s; a line without its end: expected 3"
    " events, found 2 at offset 118, see the log"
)
_MOST = 1 << 18


class UnexpectedAnswer(RuntimeError):
    """A server has not done what it was asked."""


def request(peer: Peer, method: str, path: str, body: bytes = b"", **more: str) -> bytes:
    """Return a whole request as bytes."""
    lines = [f"{method} {STREAMS}{path} HTTP/1.1", f"Host: {peer.host}:{peer.port}"]
    lines += [f"{name}: {value}" for name, value in headers(peer, more).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def headers(peer: Peer, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the headers of a request with a JSON body; names are given with underscores."""
    known = {"Content-Type": "application/json"}
    if peer.token:
        known["Authorization"] = f"Bearer {peer.token}"
    return known | {name.replace("_", "-"): value for name, value in (more or {}).items()}


def ask(peer: Peer, method: str, path: str, body: bytes = b"", **more: str) -> tuple[int, bytes]:
    """Send one request on a connection of its own; return status and body.

    Raises:
        UnexpectedAnswer: If the server says no.
    """
    connection = http.client.HTTPConnection(peer.host, peer.port, timeout=PATIENCE)
    try:
        connection.request(method, STREAMS + path, body or None, headers(peer, more))
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise UnexpectedAnswer(f"{peer.name}: {method} {path}: {answer.status} {said[:200]!r}")
    return answer.status, said


def make_stream(peer: Peer, path: str) -> None:
    """Create a JSON stream."""
    ask(peer, "PUT", path)


def event(number: int, text: str = _TEXT) -> dict[str, object]:
    """Return an event as agents send them, some 230 bytes long."""
    return {"type": "message", "agent": "bench", "data": {"n": number, "text": text}}


def body_of(events: Sequence[Mapping[str, object]]) -> bytes:
    """Return *events* as the body of one append."""
    return json.dumps(events, separators=(",", ":")).encode()


def connect(peer: Peer) -> socket.socket:
    """Return a connection that sends at once."""
    made = socket.create_connection((peer.host, peer.port), timeout=PATIENCE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def is_done(peer: Peer, answer: bytes) -> bool:
    """Tell whether *answer* to an append is whole: one without a body.

    Raises:
        UnexpectedAnswer: If it is a no.
    """
    if not answer.startswith((b"HTTP/1.1 204", b"HTTP/1.1 200")):
        raise UnexpectedAnswer(f"{peer.name}: {answer[:200]!r}")
    return answer.endswith(b"\r\n\r\n")


class Ring:
    """Many connections, each of which asks the same again as soon as it has its answer."""

    def __init__(self, peer: Peer, asked: bytes, number: int) -> None:
        self._peer = peer
        self._asked = asked
        self._poll = selectors.DefaultSelector()
        self._heard: dict[int, bytes] = {}
        self._sockets = [connect(peer) for _ in range(number)]
        for one in self._sockets:
            one.setblocking(False)
            self._poll.register(one, selectors.EVENT_READ, one)

    def run(self, until: float, now: Callable[[], float]) -> int:
        """Ask until *until*, by the clock *now*; return how many answers came.

        Raises:
            UnexpectedAnswer: If one of them is a no, or the server hangs up.
        """
        for one in self._sockets:
            one.send(self._asked)
        done = open_ = 0
        open_ = len(self._sockets)
        while open_:
            going = now() < until
            for key, _ in self._poll.select(PATIENCE):
                if not self._answered(key.data):
                    continue
                done += 1
                if going:
                    key.data.send(self._asked)
                else:
                    open_ -= 1
        return done

    def close(self) -> None:
        """Close all connections."""
        self._poll.close()
        for one in self._sockets:
            one.close()

    def _answered(self, one: socket.socket) -> bool:
        came = one.recv(_MOST)
        if not came:
            raise UnexpectedAnswer(f"{self._peer.name} hung up")
        number = one.fileno()
        answer = self._heard.pop(number, b"") + came
        if is_done(self._peer, answer):
            return True
        self._heard[number] = answer
        return False
