"""Many subscribers of one stream by server-sent events: how late each event is, and the memory."""

import re
import resource
import selectors
import socket
import time
from dataclasses import dataclass, field

from scripts.benchmarks.servers import Peer
from scripts.benchmarks.wire import (
    PATIENCE,
    UnexpectedAnswer,
    body_of,
    connect,
    event,
    is_done,
    request,
)

_SENT = re.compile(rb'"sent": ?(\d+)')
_MOST = 1 << 18
_PER_SECOND = 10
_READY = b"upToDate"
_SPARE_FILES = 64


@dataclass(slots=True)
class Arrivals:
    """What came: how late each event was at each subscriber, in seconds, and what did not."""

    delays: list[float] = field(default_factory=list)
    missing: int = 0
    memory_mib: float = 0.0

    def late(self, share: float) -> float:
        """Return the delay that a *share* of all deliveries kept, in milliseconds."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def deliver(peer: Peer, path: str, number: int, seconds: float) -> Arrivals:
    """Send ten events a second to *number* subscribers for some *seconds*; return what came.

    Raises:
        UnexpectedAnswer: If a subscriber or an append is refused.
    """
    _allow_files(number)
    audience = _Audience(peer, path, number)
    try:
        return audience.listen(int(seconds * _PER_SECOND))
    finally:
        audience.close()


class _Audience:
    """The subscribers and the one who writes, in one loop, so that one clock times both."""

    def __init__(self, peer: Peer, path: str, number: int) -> None:
        self._peer = peer
        self._path = path
        self._poll = selectors.DefaultSelector()
        asked = request(peer, "GET", f"{path}?offset=now&live=sse")
        self._sockets = [_subscribed(peer, asked) for _ in range(number)]
        for one in self._sockets:
            _take_greeting(peer, one)
            one.setblocking(False)
            self._poll.register(one, selectors.EVENT_READ)
        self._writer = connect(peer)
        self._poll.register(self._writer, selectors.EVENT_READ)

    def listen(self, events: int) -> Arrivals:
        """Write *events*, spread over time, and take what comes until all is there."""
        found, sent = Arrivals(), 0
        wanted = events * len(self._sockets)
        start = time.perf_counter()
        end = start + events / _PER_SECOND + PATIENCE
        while len(found.delays) < wanted and time.perf_counter() < end:
            due = start + sent / _PER_SECOND
            if sent < events and time.perf_counter() >= due:
                self._write(sent)
                sent += 1
            left = due - time.perf_counter() if sent < events else PATIENCE
            for key, _ in self._poll.select(max(0.0, left)):
                self._take(key.fileobj, found)  # type: ignore[arg-type]
        found.missing = wanted - len(found.delays)
        found.memory_mib = self._peer.memory_mib
        return found

    def close(self) -> None:
        """Leave."""
        self._poll.close()
        for one in (*self._sockets, self._writer):
            one.close()

    def _write(self, number: int) -> None:
        message = event(number)
        message["data"]["sent"] = time.perf_counter_ns()  # type: ignore[index]
        self._writer.send(request(self._peer, "POST", self._path, body_of([message])))

    def _take(self, one: socket.socket, found: Arrivals) -> None:
        came = one.recv(_MOST)
        now = time.perf_counter_ns()
        if not came:
            raise UnexpectedAnswer(f"{self._peer.name} hung up")
        if one is self._writer:
            is_done(self._peer, came)
            return
        found.delays += [(now - int(sent)) / 1e9 for sent in _SENT.findall(came)]


def _subscribed(peer: Peer, asked: bytes) -> socket.socket:
    made = connect(peer)
    made.sendall(asked)
    return made


def _take_greeting(peer: Peer, one: socket.socket) -> None:
    heard = b""
    while _READY not in heard:
        came = one.recv(_MOST)
        heard += came
        if not came or not heard.startswith(b"HTTP/1.1 200"):
            raise UnexpectedAnswer(f"{peer.name}: {heard[:200]!r}")


def _allow_files(number: int) -> None:
    """Let this process, and the servers it starts later, have that many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number + _SPARE_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
