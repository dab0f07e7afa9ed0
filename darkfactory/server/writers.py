"""Who has written what to a stream, so that a retry is known after a restart, too.

Each marked append is noted in a file beside the stream *before* its data is written: where the data
will lie and its checksum. A note whose data is not there was never acknowledged and does not count,
so a crash between the two neither loses nor doubles an append.
"""

import json
import os
import zlib
from collections.abc import Callable
from typing import Any

from darkfactory.events.appendfile import AppendFile
from darkfactory.server.producers import Life, Mark

Reader = Callable[[int, int], bytes]
"""Returns up to so many bytes of the stream's own data from a position on."""


class Writers:
    """The lives of a stream's producers, and the last ``Stream-Seq``; read when first asked for."""

    def __init__(self, file: str, read: Reader) -> None:
        self._notes = AppendFile(file)
        self._read = read
        self._lives: dict[str, Life] | None = None
        self._seq: str | None = None
        self._end = 0

    def life(self, producer: str) -> Life | None:
        """Return what is known of *producer*."""
        return self._known().get(producer)

    @property
    def seq(self) -> str | None:
        """The last ``Stream-Seq``."""
        self._known()
        return self._seq

    def note(self, mark: Mark | None, seq: str | None, start: int, data: bytes) -> None:
        """Write down the append of *data* at *start*; it counts once the data is there.

        Raises:
            DiskFull: If there is no room for the note.
        """
        self._known()
        body: dict[str, Any] = {"start": start, "size": len(data), "crc": zlib.crc32(data)}
        if mark is not None:
            body |= {"producer": mark.producer, "epoch": mark.epoch, "n": mark.seq}
        if seq is not None:
            body |= {"seq": seq}
        self._end = self._notes.end()
        self._notes.append(json.dumps(body, separators=(",", ":")).encode() + b"\n")

    def withdraw(self) -> None:
        """Take the last note back: its data could not be written."""
        self._notes.cut(self._end)

    def take(self, mark: Mark | None, seq: str | None) -> None:
        """Count an append whose data has been written."""
        if mark is not None:
            self._known()[mark.producer] = Life(mark.epoch, mark.seq)
        if seq is not None:
            self._known()
            self._seq = seq

    def close(self) -> None:
        """Let go of the file."""
        self._notes.close()

    def settle(self) -> None:
        """See whether the last append of an earlier life was made; call it before any other."""
        self._known()

    def _known(self) -> dict[str, Life]:
        if self._lives is None:
            self._lives = {}
            for note in self._counting():
                if "producer" in note:
                    self._lives[note["producer"]] = Life(note["epoch"], note["n"])
                self._seq = note.get("seq", self._seq)
        return self._lives

    def _counting(self) -> list[dict[str, Any]]:
        """Return the notes whose data is in the stream, which only the last may not be."""
        descriptor = self._notes.descriptor()
        if descriptor is None:
            return []
        lines = os.pread(descriptor, self._notes.end(), 0).splitlines(keepends=True)
        notes = [json.loads(line) for line in lines]
        if notes and not self._is_there(notes[-1]):
            self._notes.cut(sum(map(len, lines[:-1])))
            notes.pop()
        return notes

    def _is_there(self, note: dict[str, Any]) -> bool:
        data = self._read(note["start"], note["size"])
        return (len(data), zlib.crc32(data)) == (note["size"], note["crc"])
