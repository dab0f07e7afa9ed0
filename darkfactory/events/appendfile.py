"""A file that many processes append to: whole pieces, never mixed, never half of one.

An append is one ``write`` under a lock, so pieces of several writers never mix. In a file of lines
a piece counts once its newline is there: a torn last line (disk full, a writer killed inside
``write``) was never acknowledged and is cut by the next append.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable
from typing import NoReturn

from darkfactory.errors import DiskFull
from darkfactory.files import is_disk_full, sync_folder

_CHUNK = 1 << 20


class AppendFile:
    """One such file. It is made by the first append; until then it reads as empty.

    Safe to share between threads: *lock* is held while one of them appends.

    Args:
        lines: Whether it holds lines, or bytes without any form.
    """

    def __init__(self, file: str, *, lines: bool = True) -> None:
        self.file = file
        self.lock = threading.RLock()  # two threads on one descriptor do not shut each other out
        self._lines = lines
        self._descriptor: int | None = None
        self._unsynced = False
        self._is_new = False
        self._whole = 0

    def append(
        self,
        data: bytes | Callable[[], bytes],
        *,
        durable: bool = False,
        before: Callable[[int], None] | None = None,
    ) -> int:
        """Store *data* in one piece and return the position behind it.

        Args:
            data: Or what makes it, called while nobody else can append.
            before: Called with the position that *data* will have, while nobody else can append.

        Raises:
            DiskFull: If the disk has no room for all; then none of it is in the file.
        """
        with self.lock:
            descriptor = self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                start = self._cut_torn_line(descriptor)
                if before is not None:
                    before(start)
                piece = data if isinstance(data, bytes) else data()
                self._write(descriptor, piece, start)
                self._whole = start + len(piece)
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            self._unsynced = True
        if durable:
            self.sync()
        return start + len(piece)

    def end(self) -> int:
        """Return the position behind the last whole piece."""
        descriptor = self.descriptor()
        if descriptor is None:
            return 0
        size = os.fstat(descriptor).st_size
        return whole_end(descriptor, size) if self._lines else size

    def descriptor(self) -> int | None:
        """Return an open descriptor of the file, None as long as there is no file."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
        return self._descriptor

    @property
    def is_open(self) -> bool:
        """Whether the file is held open."""
        return self._descriptor is not None

    def sync(self) -> None:
        """Flush what was appended through this object to the disk.

        Raises:
            DiskFull: If the disk turns out to have no room for it.
        """
        with self.lock:
            if not self._unsynced:
                return
            flushed = self._another_descriptor()
            is_new, self._unsynced, self._is_new = self._is_new, False, False
        if flushed is None:
            return
        try:  # outside of the lock: who appends meanwhile does not wait for the disk
            if is_new:
                self._keep_name()
            os.fdatasync(flushed)
        except OSError as error:
            self._unsynced, self._is_new = True, is_new
            self._raise(error)
        finally:
            os.close(flushed)

    def cut(self, position: int) -> None:
        """Take away what lies behind *position*; only for a file that nobody else appends to."""
        with self.lock:
            descriptor = self.descriptor()
            if descriptor is not None:
                os.ftruncate(descriptor, position)

    def close(self) -> None:
        """Let go of the file; whoever wants it again opens it."""
        with self.lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _open(self) -> int:
        found = self.descriptor()
        if found is None:
            found = self._descriptor = self._make()
        return found

    def _another_descriptor(self) -> int | None:
        """Return a descriptor of one's own, None if the file was deleted."""
        if self._descriptor is not None:
            return os.dup(self._descriptor)
        with contextlib.suppress(FileNotFoundError):
            return os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
        return None

    def _make(self) -> int:
        folder = os.path.dirname(self.file)
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_CREAT
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor = os.open(self.file, flags, 0o600)
        except OSError as error:
            self._raise(error)
        self._is_new = True
        return descriptor

    def _keep_name(self) -> None:
        """Flush where the file lies, so that its name survives power loss as its content does."""
        folder = os.path.dirname(self.file)
        sync_folder(folder)
        sync_folder(os.path.dirname(folder))

    def _write(self, descriptor: int, data: bytes, start: int) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, start)
            self._raise(error)

    def _raise(self, error: OSError) -> NoReturn:
        if is_disk_full(error):
            raise DiskFull(self.file) from error
        raise error

    def _cut_torn_line(self, descriptor: int) -> int:
        """Remove a last line without newline; return the size that is left. Call under the lock."""
        size = os.fstat(descriptor).st_size
        if size == self._whole or not self._lines:  # nobody else has appended since we did
            return size
        whole = whole_end(descriptor, size)
        if whole != size:
            os.ftruncate(descriptor, whole)
        return whole


def whole_end(descriptor: int, size: int) -> int:
    """Return the position behind the last newline of the first *size* bytes."""
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return size
    while size > 0:
        start = max(0, size - _CHUNK)
        found = os.pread(descriptor, size - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        size = start
    return 0
