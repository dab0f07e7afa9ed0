"""Writers that lose patience and readers that lose their connection, all in one stream.

Writers number their events as idempotent producers do and send again what was not answered in time.
Readers drop the connection at random and resume at the last offset they were told. Whatever
happens, all of them end up with the same events, each once, those of one writer in order.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from scripts.benchmarks.servers import Peer
from scripts.benchmarks.wire import PATIENCE, UnexpectedAnswer, body_of, event, is_done, request

Read = tuple[str, int]
"""An event as a reader tells it from others: who wrote it, and its number."""

_PATIENCE_OF_WRITERS = (0.004, 0.010)
_LIFE_OF_READERS = (0.020, 0.400)
_START = "-1"
_MOST = 1 << 16
_HEAD_END = b"\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Storm:
    """What a storm has left: what each reader got, and how often it hit."""

    wanted: int
    sequences: list[list[Read]] = field(default_factory=list)
    retries: int = 0
    drops: int = 0

    @property
    def identical(self) -> int:
        """How many readers got all events, each once, in one and the same order."""
        first = self.sequences[0]
        whole = len(first) == len(set(first)) == self.wanted and _in_order(first)
        return sum(sequence == first for sequence in self.sequences) if whole else 0


def storm(peer: Peer, path: str, *, writers: int, readers: int, each: int, seed: int = 1) -> Storm:
    """Let *writers* send *each* so many events to a stream that *readers* follow.

    Raises:
        UnexpectedAnswer: If the server refuses something.
        TimeoutError: If readers do not get all events in time.
    """
    found = Storm(writers * each)
    chances = [random.Random(seed + number) for number in range(writers + readers)]  # noqa: S311

    async def run() -> None:
        async with asyncio.timeout(PATIENCE * 4), asyncio.TaskGroup() as group:
            for number, chance in enumerate(chances[:writers]):
                group.create_task(_Writer(peer, path, found, chance, f"w{number}").run(each))
            for chance in chances[writers:]:
                reader = _Reader(peer, path, found, chance)
                found.sequences.append(reader.sequence)
                group.create_task(reader.run())

    asyncio.run(run())
    return found


class _Writer:
    def __init__(
        self, peer: Peer, path: str, found: Storm, chance: random.Random, name: str
    ) -> None:
        self._peer = peer
        self._path = path
        self._found = found
        self._chance = chance
        self._name = name
        self._streams: Streams | None = None

    async def run(self, each: int) -> None:
        for number in range(each):
            patience = self._chance.uniform(*_PATIENCE_OF_WRITERS)
            while not await self._sent(number, patience):
                self._found.retries += 1
                patience *= 2  # or a slow machine would never answer in time
        self._leave()

    async def _sent(self, number: int, patience: float) -> bool:
        """Send an event once; tell whether it was answered in time."""
        marks = {"Producer_Id": self._name, "Producer_Epoch": "0", "Producer_Seq": str(number)}
        body = body_of([{**event(number), "agent": self._name}])
        asked = request(self._peer, "POST", self._path, body, **marks)
        try:
            async with asyncio.timeout(patience):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(self._peer.host, self._peer.port)
                reader, writer = self._streams
                writer.write(asked)
                heard = b""
                while not heard or not is_done(self._peer, heard):
                    came = await reader.read(_MOST)
                    heard += came
                    if not came:
                        raise ConnectionError
        except OSError:  # a timeout is one, too
            self._leave()
            return False
        return True

    def _leave(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class _Reader:
    def __init__(self, peer: Peer, path: str, found: Storm, chance: random.Random) -> None:
        self.sequence: list[Read] = []
        self._peer = peer
        self._path = path
        self._found = found
        self._chance = chance
        self._offset = _START

    async def run(self) -> None:
        while len(self.sequence) < self._found.wanted:
            try:
                async with asyncio.timeout(self._chance.uniform(*_LIFE_OF_READERS)):
                    await self._follow()
            except OSError:
                self._found.drops += 1

    async def _follow(self) -> None:
        """Read until all is there; what no offset was told behind of will come again."""
        fresh: list[Read] = []
        async with followed(self._peer, self._path, self._offset) as blocks:
            async for kind, said in blocks:
                if kind == "data":
                    fresh += [(one["agent"], one["data"]["n"]) for one in said]
                    continue
                self.sequence += fresh
                fresh, self._offset = [], said["streamNextOffset"]
                if len(self.sequence) >= self._found.wanted:
                    return


@asynccontextmanager
async def followed(
    peer: Peer, path: str, offset: str
) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """Give the kind and the JSON of each event of a stream as it comes, from *offset* on.

    Raises:
        OSError: If the connection breaks.
        UnexpectedAnswer: If the server refuses.
    """
    reader, writer = await asyncio.open_connection(peer.host, peer.port)
    try:
        writer.write(request(peer, "GET", f"{path}?offset={offset}&live=sse"))
        yield _blocks(peer, reader)
    finally:
        writer.close()


async def _blocks(peer: Peer, reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, Any]]:
    try:
        head = await reader.readuntil(_HEAD_END)
        if not head.startswith(b"HTTP/1.1 200"):
            raise UnexpectedAnswer(f"{peer.name}: {head[:200]!r}")
        heard = b""
        while size := int(await reader.readline(), 16):
            heard += (await reader.readexactly(size + 2))[:-2]
            *whole, heard = heard.split(b"\n\n")
            for block in whole:
                yield _block(block)
    except asyncio.IncompleteReadError as error:
        raise ConnectionError(str(error)) from error


def _block(text: bytes) -> tuple[str, Any]:
    lines = text.decode().splitlines()
    kind = next(line for line in lines if line.startswith("event:"))
    said = "".join(line.removeprefix("data:") for line in lines if line.startswith("data:"))
    return kind.removeprefix("event:").strip(), json.loads(said)


def _in_order(sequence: Sequence[Read]) -> bool:
    last: dict[str, int] = {}
    for writer, number in sequence:
        if number != last.get(writer, -1) + 1:
            return False
        last[writer] = number
    return True
