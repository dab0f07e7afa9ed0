"""What is left of acknowledged events after kill -9 of the server, and how fast news get around."""

import asyncio
import json
import multiprocessing
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from scripts.benchmarks.servers import Peer, ours
from scripts.benchmarks.storm import followed
from scripts.benchmarks.wire import PATIENCE, ask, body_of, connect, event, request

_DONE = b"HTTP/1.1 20"


@dataclass(frozen=True, slots=True)
class Left:
    """Numbers of events: acknowledged before the kill, found after it, lost, and found twice."""

    acknowledged: int
    found: int
    lost: int
    doubled: int


def killed(factory: Path, path: str, *, writers: int, after: int) -> Left:
    """Kill ``df serve`` with -9 once *after* events of *path* are acknowledged; count the rest."""
    acknowledged: list[int] = []
    with ours(factory) as peer:
        threads = [
            threading.Thread(
                target=_write, args=(peer, path, number, acknowledged, after), daemon=True
            )
            for number in range(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    with ours(factory) as peer:
        found = _read(peer, path)
    return Left(
        len(acknowledged),
        len(found),
        len(set(acknowledged) - set(found)),
        len(found) - len(set(found)),
    )


def _write(peer: Peer, path: str, writer: int, acknowledged: list[int], after: int) -> None:
    """Write until the server is gone; who comes to *after* kills it while the others go on."""
    number = writer << 32
    try:
        with connect(peer) as client:
            while True:
                client.sendall(request(peer, "POST", path, body_of([event(number)])))
                if not client.recv(1 << 16).startswith(_DONE):
                    return
                acknowledged.append(number)
                number += 1
                if len(acknowledged) == after:
                    peer.process.kill()
    except OSError:
        return


def _read(peer: Peer, path: str) -> list[int]:
    _, said = ask(peer, "GET", f"{path}?offset=-1")
    return [one["data"]["n"] for one in json.loads(said)]


def woken(factory: Path, *, number: int) -> list[float]:
    """Return after how many milliseconds a reader has each event that another process appends."""
    streams, path = factory / ".darkfactory" / "streams", "s/news"
    delays: list[float] = []
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=_tell, args=(streams, path, number), daemon=True)

    async def listen(peer: Peer) -> None:
        async with asyncio.timeout(PATIENCE), followed(peer, path, "-1") as blocks:
            async for kind, said in blocks:
                now = time.monotonic_ns()
                if kind == "data":
                    delays.extend((now - one["data"]["sent"]) / 1e6 for one in said)
                if len(delays) >= number:
                    return

    with ours(factory) as peer:
        ask(peer, "PUT", path)
        writer.start()
        asyncio.run(listen(peer))
        writer.join()
    return delays


def _tell(streams: Path, path: str, number: int) -> None:
    stream = Stream(streams, path)
    for at in range(number):
        time.sleep(0.02 + 0.007 * (at % 5))  # never in step with who looks
        stream.append([Event("message", {"sent": time.monotonic_ns()})])
