"""How long the server waits for a request: who takes his time, or never ends, is hung up on.

uvicorn bounds neither the time nor the size of a request's head. A connection costs a descriptor,
so a few hundred of them that say nothing would shut everybody else out.
"""

from asyncio import BaseTransport

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD = 64 << 10
_LOOK_TICKS = 5  # a tick of uvicorn is 0.1 s


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with bounds for what a client sends; an answer may take as long as it takes."""

    head_seconds = 10.0
    """For the head of a request, or of the first one after connecting."""
    body_seconds = 60.0
    """For all of it."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._began: float | None = self.loop.time()
        self._in_head, self._head_bytes = True, 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD:
                self.hang_up()

    def on_message_begin(self) -> None:
        self._began, self._in_head, self._head_bytes = self.loop.time(), True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._began = None
        super().on_message_complete()

    def is_late(self, now: float) -> bool:
        """Tell whether its client should have said all by *now*, in the loop's time."""
        if self._began is None:
            return False
        return now - self._began > (self.head_seconds if self._in_head else self.body_seconds)

    def hang_up(self) -> None:
        """End the connection now."""
        self.transport.abort()


class PatientServer(uvicorn.Server):
    """A server that looks twice a second who is late."""

    async def on_tick(self, counter: int) -> bool:
        if counter % _LOOK_TICKS == 0:
            for one in list(self.server_state.connections):
                if isinstance(one, PatientProtocol) and one.is_late(one.loop.time()):
                    one.hang_up()
        return await super().on_tick(counter)
