"""Keep the beginning and the end of an output of any size in a file."""

import os

from darkfactory.errors import DiskFull
from darkfactory.files import is_disk_full

OMITTED = "[darkfactory: {} bytes of output left out]"
_HEAD_SHARE = 4


class Capture:
    """Takes output as it comes; the file holds its head at once and its tail after the end."""

    def __init__(self, path: str, limit_bytes: int) -> None:
        self._path = path
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by close()
        self._head_room = limit_bytes // _HEAD_SHARE
        self._tail_room = limit_bytes - self._head_room
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def write(self, chunk: bytes) -> None:
        """Take the next piece of output.

        Raises:
            DiskFull: If the disk has no room for it.
        """
        room = self._head_room - len(self._head)
        if room > 0:
            self._store(chunk[:room])
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        if len(self._tail) > 2 * self._tail_room:
            self._cut_tail()

    def close(self) -> str:
        """Finish the file and return its text, undecodable bytes replaced.

        Raises:
            DiskFull: If the disk has no room for the tail.
        """
        self._cut_tail()
        rest = bytes(self._tail)
        if self._dropped:
            rest = f"\n{OMITTED.format(self._dropped)}\n".encode() + rest
        try:
            self._store(rest)
        finally:
            self._file.close()
        return (bytes(self._head) + rest).decode("utf-8", "replace")

    def _cut_tail(self) -> None:
        extra = len(self._tail) - self._tail_room
        if extra > 0:
            del self._tail[:extra]
            self._dropped += extra

    def _store(self, piece: bytes) -> None:
        try:
            while piece:
                piece = piece[os.write(self._file.fileno(), piece) :]
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(self._path) from error
            raise
