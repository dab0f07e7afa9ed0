"""``df serve`` side by side with the reference server of the protocol, which keeps all in memory.

Both run at the same time and are measured in turn by one client; only one of them has work at a
time. Ours writes to files, checks tokens and takes credentials out of what goes to a session.
"""

import http.client
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from scripts.benchmarks.kills import killed, woken
from scripts.benchmarks.report import Row, median
from scripts.benchmarks.servers import Peer, make_factory, ours, reference
from scripts.benchmarks.storm import storm
from scripts.benchmarks.subscribers import Arrivals, deliver
from scripts.benchmarks.wire import (
    PATIENCE,
    STREAMS,
    Ring,
    ask,
    body_of,
    event,
    headers,
    make_stream,
    request,
)

Found = TypeVar("Found")
_CATCH_UP_BYTES = 30_000_000
_BATCH = 2000
_KINDS = (("a stream", "own/bench"), ("a session", "s/bench"))


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return the ratios to the reference, and what must hold whatever happens."""
    factory = make_factory(folder / "factory")
    with ExitStack() as running:
        peers = (running.enter_context(ours(factory)), running.enter_context(reference()))
        rows = [
            *_appends(peers, rounds=2 if quick else 7, seconds=0.5 if quick else 1.5),
            _catch_up(peers, rounds=2 if quick else 5),
            *_deliveries(peers, rounds=1 if quick else 3, seconds=1.0 if quick else 5.0),
            _storm(peers, each=10 if quick else 100),
        ]
    return [*rows, _killed(factory, rounds=1 if quick else 5), _woken(factory, quick=quick)]


def _appends(peers: Sequence[Peer], *, rounds: int, seconds: float) -> list[Row]:
    rows = []
    for kind, path in _KINDS:
        for peer in peers:
            make_stream(peer, path)
        for number in (1, 20):
            rates = _in_turn(
                peers, rounds, partial(_rate, path=path, number=number, seconds=seconds)
            )
            clients = "1 connection" if number == 1 else f"{number} connections"
            how = f"events of 230 bytes, {seconds:g} s each, median of {rounds} in turn"
            rows.append(_ratio(f"appends to {kind}, {clients}", rates, ">= 1.0x", "/s", how))
    return rows


def _rate(peer: Peer, path: str, number: int, seconds: float) -> float:
    ring = Ring(peer, request(peer, "POST", path, body_of([event(1)])), number)
    start = time.perf_counter()
    done = ring.run(start + seconds, time.perf_counter)
    ring.close()
    return done / (time.perf_counter() - start)


def _catch_up(peers: Sequence[Peer], *, rounds: int) -> Row:
    path, batch = "s/long", body_of([event(number) for number in range(_BATCH)])
    for peer in peers:
        make_stream(peer, path)
        for _ in range(_CATCH_UP_BYTES // len(batch) + 1):
            ask(peer, "POST", path, batch)
    rates = _in_turn(peers, rounds, lambda peer: _read_all(peer, path) / 1e6)
    how = f"a session of 30 MB read from its start, median of {rounds} in turn"
    return _ratio("catch-up", rates, ">= 3x", "MB/s", how)


def _read_all(peer: Peer, path: str) -> float:
    """Return how many bytes a second come when the whole stream is read."""
    start, size, offset, done = time.perf_counter(), 0, "-1", False
    client = http.client.HTTPConnection(peer.host, peer.port, timeout=PATIENCE)
    while not done:
        client.request("GET", f"{STREAMS}{path}?offset={offset}", headers=headers(peer))
        answer = client.getresponse()
        size += len(answer.read())
        offset = answer.headers["Stream-Next-Offset"]
        done = answer.headers["Stream-Up-To-Date"] is not None
    client.close()
    return size / (time.perf_counter() - start)


def _deliveries(peers: Sequence[Peer], *, rounds: int, seconds: float) -> list[Row]:
    rows, path = [], "s/live"
    for peer in peers:
        make_stream(peer, path)
    for number in (200, 1000):
        found = _in_turn(peers, rounds, partial(deliver, path=path, number=number, seconds=seconds))
        rows += _late(number, found, f"10 events/s for {seconds:g} s, median of {rounds} in turn")
    return rows


def _late(number: int, found: Sequence[Sequence[Arrivals]], how: str) -> list[Row]:
    what, missing = f"{number:,} subscribers", sum(one.missing for one in found[0])
    half = [[one.late(0.5) for one in each] for each in found]
    most = [median([one.late(0.99) for one in each]) for each in found]
    row = _ratio(f"{what}, delivery p50", half, "<= 1.0x", "ms", f"{how}, {missing} missing")
    p99 = Row(f"{what}, delivery p99", f"{most[0]:.0f} ms against {most[1]:.0f} ms", "-", how)
    memory = [max(one.memory_mib for one in each) for each in found]
    value = f"{memory[0]:.0f} MiB against {memory[1]:.0f} MiB"
    size = Row(f"{what}, resident memory", value, "<= 100 MiB", "most that was seen")
    return [row, p99, size]


def _storm(peers: Sequence[Peer], *, each: int) -> Row:
    said = []
    for peer in peers:
        make_stream(peer, "s/storm")
        left = storm(peer, "s/storm", writers=20, readers=20, each=each)
        said.append(f"{left.identical} of 20 ({left.retries} retries, {left.drops} drops)")
    how = f"20 writers of {each} events that lose patience, readers that drop every 20-400 ms"
    value = f"{said[0]}; reference: {said[1]}"
    return Row("drop storm, readers with identical sequences", value, "20 of 20", how)


def _killed(factory: Path, *, rounds: int) -> Row:
    left = [killed(factory, f"s/killed-{at}", writers=20, after=500) for at in range(rounds)]
    acknowledged, lost = sum(one.acknowledged for one in left), sum(one.lost for one in left)
    doubled = sum(one.doubled for one in left)
    value = f"{lost} lost, {doubled} doubled, of {acknowledged} acknowledged"
    how = f"20 writers, {rounds} kills; a process dies, not the power"
    return Row("kill -9 of the server", value, "0 lost", how)


def _woken(factory: Path, *, quick: bool) -> Row:
    number = 20 if quick else 200
    delays = woken(factory, number=number)
    value = f"{median(delays):.0f} ms, {max(delays):.0f} ms at most"
    return Row("reader woken by another process", value, "<= 50 ms", f"{number} appends")


def _in_turn(
    peers: Sequence[Peer], rounds: int, take: Callable[[Peer], Found]
) -> list[list[Found]]:
    """Measure each of *peers* in turn, so that a busy minute meets both."""
    found: list[list[Found]] = [[] for _ in peers]
    for _ in range(rounds):
        for peer, values in zip(peers, found, strict=True):
            values.append(take(peer))
    return found


def _ratio(what: str, found: Sequence[Sequence[float]], goal: str, unit: str, how: str) -> Row:
    mine, theirs = (median(values) for values in found)
    digits = 0 if min(mine, theirs) >= 100 else 1  # noqa: PLR2004 - three figures are enough
    said = f"{mine:,.{digits}f} {unit} against {theirs:,.{digits}f} {unit}"
    return Row(what, f"{mine / theirs:.2f}x ({said})", goal, how)
