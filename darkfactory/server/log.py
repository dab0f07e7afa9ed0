"""One stream as the server holds it: append, read, wait. All of it in the event loop's thread."""

import asyncio
import os
import zlib
from typing import TYPE_CHECKING

from darkfactory.errors import DiskFull
from darkfactory.events.appendfile import AppendFile
from darkfactory.server.asked import JSON
from darkfactory.server.meta import Meta, save_meta
from darkfactory.server.producers import Mark
from darkfactory.server.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 1 << 20
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)


class Log:
    """One open stream.

    Positions are bytes: of the data of its source before *base* for a fork, of its own behind it.

    Args:
        source: The stream that it was forked from.
    """

    def __init__(self, path: str, file: str, meta: Meta, source: "Log | None") -> None:
        self.path = path
        self.meta = meta
        self.source = source
        self.base = meta.fork.base if meta.fork else 0
        self.used_at = 0.0
        self.is_json = meta.content_type == JSON
        self.data = AppendFile(file + (".jsonl" if self.is_json else ".bytes"), lines=self.is_json)
        self.writers = Writers(file + ".writers", self.own)
        self.frames: dict[tuple[int, int], bytes] = {}
        self._meta_file = file + ".meta.json"
        self._waiting: set[asyncio.Future[None]] = set()
        self._size = -1
        self._tail = self.base
        self.gone = False

    def tail(self) -> int:
        """Return the position behind the last whole piece; news wake whoever waits."""
        descriptor = self.data.descriptor()
        if descriptor is None:
            return self.base
        size = os.fstat(descriptor).st_size
        if size != self._size:
            self._tail = self.base + self.data.end()
            self._size = size
            self.wake()
        return self._tail

    def append(self, data: bytes, *, mark: Mark | None = None, seq: str | None = None) -> int:
        """Store *data* in one piece, wake who waits for it, and return the new tail.

        Raises:
            DiskFull: If there is no room; then nothing of it is stored or remembered.
        """
        self.writers.settle()
        marked = mark is not None or seq is not None
        try:
            behind = self.data.append(
                data,
                before=(lambda at: self.writers.note(mark, seq, at, data)) if marked else None,
            )
        except (OSError, DiskFull):
            if marked:
                self.writers.withdraw()
            raise
        self._tail = self.base + behind
        self._size = self._tail - self.base
        self.writers.take(mark, seq)
        self.wake()
        return self._tail

    def close_stream(self, by: Mark | None) -> None:
        """Let nothing more be appended.

        Raises:
            DiskFull: If that cannot be written down.
        """
        self.keep(self.meta.closing(by))
        self.wake()

    def keep(self, meta: Meta) -> None:
        """Write down a new state of the stream.

        Raises:
            DiskFull: If there is no room; the old one stays.
        """
        save_meta(self._meta_file, meta)
        os.utime(self._meta_file, (self.used_at, self.used_at))
        self.meta = meta

    async def read(self, start: int, *, limit: int = CHUNK_BYTES) -> tuple[bytes, int]:
        """Return data from *start* on and the position behind it: whole messages of a JSON stream.

        A disk that has to be waited for does not hold up the event loop.
        """
        end = self.tail()
        if start >= end:
            return b"", start
        size = min(limit, end - start)
        while True:
            data = await self._gather(start, start + size)
            whole = data.rfind(b"\n") + 1 if self.is_json and start + size < end else len(data)
            if whole or start + size >= end:
                return data[:whole], start + whole
            size = min(2 * size, end - start)  # one message is longer than a chunk

    def is_boundary(self, position: int) -> bool:
        """Tell whether a reader may begin at *position*: at a message of a JSON stream."""
        if not self.is_json or position == 0:
            return True
        if position <= self.base:
            return self.source is None or self.source.is_boundary(position)
        return self.own(position - self.base - 1, 1) == b"\n"

    def behind(self, position: int, pieces: int) -> int | None:
        """Return where *pieces* messages (bytes, if it is not JSON) behind *position* end.

        None if the stream has not so many.
        """
        if not self.is_json or pieces == 0:
            return position + pieces if position + pieces <= self.tail() else None
        for log, first, last in self.segments(position, self.tail()):
            data, at = log.own(first, last - first), 0
            while pieces and (found := data.find(b"\n", at)) >= 0:
                at, pieces = found + 1, pieces - 1
            if not pieces:
                return log.base + first + at
        return None

    async def wait(self, position: int, seconds: float) -> None:
        """Return when there is data behind *position*, the stream ends, or time is over."""
        if self.tail() > position or self.meta.closed or self.gone:
            return
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.add(future)
        timer = loop.call_later(seconds, _end, future)
        try:
            await future
        finally:
            timer.cancel()
            self._waiting.discard(future)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for data."""
        return bool(self._waiting)

    def look(self) -> None:
        """Wake who waits if another process has appended."""
        self.tail()

    def wake(self) -> None:
        """Let everybody who waits look."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            _end(future)

    def let_go(self) -> None:
        """Close the files; whoever wants them again opens them."""
        self.data.close()
        self.writers.close()

    async def _gather(self, start: int, end: int) -> bytes:
        parts = []
        for log, first, last in self.segments(start, end):
            data = log.own_now(first, last - first)
            if len(data) < last - first:
                rest = (first + len(data), last - first - len(data))
                data += await asyncio.to_thread(log.own, *rest)
            parts.append(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def segments(self, start: int, end: int) -> "Iterator[tuple[Log, int, int]]":
        """Yield the stream that holds each part of a range, and where in its own data it lies."""
        if start < self.base and self.source is not None:
            yield from self.source.segments(start, min(end, self.base))
        if end > self.base:
            yield self, max(start, self.base) - self.base, end - self.base

    def own(self, position: int, size: int) -> bytes:
        """Return a range of its own data, waiting for the disk."""
        descriptor = self.data.descriptor()
        if descriptor is None:
            return b""
        data = os.pread(descriptor, size, position)
        while len(data) < size:  # a read may be short
            more = os.pread(descriptor, size - len(data), position + len(data))
            if not more:
                break
            data += more
        return data

    def own_now(self, position: int, size: int) -> bytes:
        """Return what of a range of its own data is in memory already, from its start on."""
        descriptor = self.data.descriptor()
        if descriptor is None or not _NOWAIT:
            return b""
        buffer = bytearray(size)
        try:
            read = os.preadv(descriptor, [buffer], position, _NOWAIT)
        except OSError:  # not in memory, or a file system that cannot tell
            return b""
        return bytes(memoryview(buffer)[:read])


def _end(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def etag_of(log: Log, start: int, end: int) -> str:
    """Return the entity tag of a range: another one once the stream is closed (protocol 10.1)."""
    name = log.meta.incarnation or f"{zlib.crc32(log.path.encode()):x}"
    return f'"{name}:{start}:{end}{":c" if log.meta.closed else ""}"'
