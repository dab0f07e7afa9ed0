"""The mock's pipes: lines of JSON in from the host and out to it, and one wait for everything."""

from __future__ import annotations

import json
import os
import select
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_READ = 65536


class Pipes:
    """Both pipes of the program. Messages wait here until somebody takes them."""

    def __init__(self, source: int = 0, target: int = 1) -> None:
        self._source = source
        self._target = target
        self._buffer = bytearray()
        self._messages: list[dict[str, Any]] = []
        self.closed = False
        self._bell, ring = os.pipe()
        os.set_blocking(ring, False)
        os.set_blocking(self._bell, False)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # its byte ends the wait, nothing else

    def say(self, type_: str, **fields: object) -> None:
        """Write one line.

        Raises:
            BrokenPipeError: If nobody listens any more.
        """
        line = json.dumps({"type": type_, **fields}, separators=(",", ":")).encode() + b"\n"
        self.write(line)

    def write(self, line: bytes) -> None:
        """Write *line* as it is."""
        written = 0
        while written < len(line):
            written += os.write(self._target, line[written:])

    def take(self, *types: str) -> dict[str, Any] | None:
        """Return the oldest message of *types* that is here, and forget it."""
        for index, message in enumerate(self._messages):
            if message["type"] in types:
                return self._messages.pop(index)
        return None

    def wait(self, seconds: float | None, *others: int) -> bool:
        """Block until a message, one of *others*, a child's end or the time is there.

        Return whether one of *others* can be read.
        """
        mine = [self._bell] if self.closed else [self._bell, self._source]
        ready, _, _ = select.select([*mine, *others], [], [], seconds)
        if self._source in ready:
            self._read()
        if self._bell in ready:
            os.read(self._bell, _READ)
        return any(other in ready for other in others)

    def _read(self) -> None:
        chunk = os.read(self._source, _READ)
        self.closed = not chunk
        *lines, self._buffer[:] = (self._buffer + chunk).split(b"\n")
        for line in lines:
            self._keep(bytes(line))

    def _keep(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if isinstance(message, dict) and isinstance(message.get("type"), str):
            self._messages.append(message)
        else:
            self.say("warning", text=f"not a message: {line[:200].decode('utf-8', 'replace')}")
