"""When an append is safe: facts of control, gate and lifecycle on the disk, the flood soon after.

Two classes. What must survive power loss is answered after a flush that everybody who came
meanwhile shares. The rest is answered at once and flushed in the background.
"""

import asyncio
import re

from darkfactory.server.log import Log

BACKGROUND_SECONDS = 0.1
LOOK_SECONDS = 0.02
"""How soon readers see what another process has appended."""

_DURABLE_EVENT = re.compile(
    rb'"type": ?"(?:session|turn|control|approval|change|run|item|plan|gate|skill)\.'
)


class Commits:
    """Flushes the streams of one server."""

    def __init__(self) -> None:
        self._dirty: set[Log] = set()
        self._flushing: dict[Log, asyncio.Task[None]] = {}
        self._next: dict[Log, asyncio.Task[None]] = {}

    async def kept(self, log: Log, data: bytes = b"") -> None:
        """Return when *data*, just appended to *log*, is as safe as its kind must be.

        Raises:
            DiskFull: If the disk turns out to have no room for it.
        """
        if _must_be_durable(log, data):
            await self._flushed(log)
        else:
            self._dirty.add(log)

    async def in_background(self) -> None:
        """Flush for ever what nobody waits for."""
        while True:
            await asyncio.sleep(BACKGROUND_SECONDS)
            dirty, self._dirty = self._dirty, set()
            for log in dirty:
                await asyncio.to_thread(log.data.sync)

    async def rest(self) -> None:
        """Flush what is left."""
        for log in self._dirty:
            await asyncio.to_thread(log.data.sync)
        self._dirty.clear()

    async def _flushed(self, log: Log) -> None:
        """Wait for a flush that began after now: the one under way may not hold our data."""
        following = self._next.get(log)
        if following is None:
            following = self._next[log] = asyncio.ensure_future(self._flush(log))
        await asyncio.shield(following)

    async def _flush(self, log: Log) -> None:
        under_way = self._flushing.get(log)
        if under_way is not None:
            await asyncio.wait({under_way})
        me = self._flushing[log] = self._next.pop(log)
        try:
            await asyncio.to_thread(log.data.sync)
        finally:
            if self._flushing.get(log) is me:
                del self._flushing[log]


def _must_be_durable(log: Log, data: bytes) -> bool:
    if log.path == "factory" or log.path.endswith("/control"):
        return bool(data)
    return log.path.startswith("s/") and _DURABLE_EVENT.search(data) is not None
