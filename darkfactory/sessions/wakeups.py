"""The one wait of a session host: the agent's pipes, signals, and pokes of whoever wants it."""

import contextlib
import os
import selectors
import signal
import socket
from collections.abc import Callable
from typing import IO, Any

from darkfactory.sessions.spec import SOCKET_FILE


class Wakeups:
    """What ends a host's wait before its time is over."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def listen(self, folder: str, told_to_stop: Callable[[int], None]) -> None:
        """Be woken by signals, and through the socket in *folder*.

        Args:
            told_to_stop: Is called with the number of a signal that asks the host to end.
        """
        self._register(_socket(folder), _drain)
        signals, self._signal_end = socket.socketpair()
        for end in (signals, self._signal_end):
            end.setblocking(False)
        signal.set_wakeup_fd(self._signal_end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda caught, _: told_to_stop(caught))
        self._register(signals, _drain)

    def watch(self, pipe: IO[bytes], read: Callable[[], bool]) -> None:
        """Call *read* whenever *pipe* can be read, until it says that no more will come."""

        def take(ready: Any) -> None:
            if not read():
                self._selector.unregister(ready)

        self._register(pipe, take)

    def watches(self, pipe: IO[bytes]) -> bool:
        """Tell whether more may come through *pipe*."""
        return pipe.fileno() in self._selector.get_map()

    def wait(self, seconds: float) -> None:
        """Wait until something comes, *seconds* at most, and have it read."""
        for key, _ in self._selector.select(seconds):
            key.data(key.fileobj)

    def _register(self, source: Any, take: Callable[[Any], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, take)


def _socket(folder: str) -> socket.socket:
    wake = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    wake.setblocking(False)
    here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    os.chdir(folder)  # a bound path may have 107 bytes at most; a relative one fits
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(SOCKET_FILE)
        wake.bind(SOCKET_FILE)
        os.chmod(SOCKET_FILE, 0o600)
    finally:
        os.fchdir(here)
        os.close(here)
    return wake


def _drain(sock: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        sock.recv(4096)
