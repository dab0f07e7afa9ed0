"""Who a process is: a pid alone may have been given to another one since.

A process is named by its pid, its start (kernel ticks on Linux, creation time elsewhere) and the
boot it lives in. Linux reads /proc; the portable side asks psutil and serves macOS.
"""

import contextlib
import os
import select
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

_POLL_SECONDS = 0.05
_START_FIELD = 19  # of /proc/<pid>/stat, counted behind the command's closing parenthesis
_PARENT_FIELD = 1


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process of one boot, for ever distinct from any other."""

    pid: int
    start: str
    boot: str


class ProcessTable(Protocol):
    """The processes of this machine. Zombies do not count as alive: nothing of them runs."""

    def identify(self, pid: int) -> ProcessId | None:
        """Return who lives under *pid* now, or None."""
        ...

    def is_stopped(self, pid: int) -> bool:
        """Tell whether *pid* lives and was stopped by a signal (SIGSTOP, Ctrl-Z)."""
        ...

    def children(self) -> dict[int, list[int]]:
        """Return the pids of all living children by parent pid."""
        ...

    def marked(self, name: str, value: str) -> Iterator[int]:
        """Yield every pid whose environment was started with ``name=value`` and can be read."""
        ...


class LinuxProcesses:
    """/proc, without any library."""

    def identify(self, pid: int) -> ProcessId | None:
        fields = _stat(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return ProcessId(pid, fields[_START_FIELD], boot_id())

    def is_stopped(self, pid: int) -> bool:
        fields = _stat(pid)
        return fields is not None and fields[0] == "T"

    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for pid in _pids():
            fields = _stat(pid)
            if fields is not None and fields[0] not in "ZX":
                found.setdefault(int(fields[_PARENT_FIELD]), []).append(pid)
        return found

    def marked(self, name: str, value: str) -> Iterator[int]:
        mark = f"{name}={value}".encode()
        for pid in _pids():
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    variables = file.read()
            except OSError:  # gone, or another user's
                continue
            if mark in variables.split(b"\0"):
                yield pid


class PortableProcesses:
    """psutil: the same answers on macOS, and on Linux for its tests."""

    def identify(self, pid: int) -> ProcessId | None:
        import psutil

        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return ProcessId(pid, f"{process.create_time():.2f}", boot_id())
        except psutil.Error:
            return None

    def is_stopped(self, pid: int) -> bool:
        import psutil

        try:
            return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
        except psutil.Error:
            return False

    def children(self) -> dict[int, list[int]]:
        import psutil

        found: dict[int, list[int]] = {}
        for process in psutil.process_iter(["ppid", "status"]):
            if process.info["status"] != psutil.STATUS_ZOMBIE:
                found.setdefault(process.info["ppid"] or 0, []).append(process.pid)
        return found

    def marked(self, name: str, value: str) -> Iterator[int]:
        import psutil

        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(name) == value:
                    yield process.pid


def process_table() -> ProcessTable:
    """Return the table of this platform."""
    return LinuxProcesses() if sys.platform == "linux" else PortableProcesses()


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Return a text that is the same until this machine starts again."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        import psutil

        return f"{psutil.boot_time():.0f}"


def is_alive(process: ProcessId, table: ProcessTable | None = None) -> bool:
    """Tell whether exactly *process* still runs."""
    if process.boot != boot_id():
        return False
    return (table or process_table()).identify(process.pid) == process


def is_stopped(process: ProcessId) -> bool:
    """Tell whether *process* lives and was stopped by a signal: it does nothing until SIGCONT."""
    return is_alive(process) and process_table().is_stopped(process.pid)


def wait_gone(process: ProcessId, timeout_seconds: float) -> bool:
    """Wait until *process* has ended; tell whether it did in time. It need not be our child."""
    deadline = time.monotonic() + timeout_seconds
    with _pidfd(process.pid) as descriptor:
        while is_alive(process):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if descriptor is None:
                time.sleep(min(left, _POLL_SECONDS))
            else:
                select.select([descriptor], [], [], min(left, 1.0))
    return True


@contextlib.contextmanager
def _pidfd(pid: int) -> Iterator[int | None]:
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _stat(pid: int) -> list[str] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()
