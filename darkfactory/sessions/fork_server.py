"""The fork server: one process that has loaded what a session host needs, and forks the hosts.

A forked host pays neither for the start of Python nor for imports, and shares their memory with the
others. ``df run`` starts the server, and the socket between the two is nobody else's. When its
other end is closed the server ends; the hosts live on.

A request is the agent's kind and two descriptors: a pipe, and the host's log. The answer is a line
``started PID START BOOT``; a host that has ended is told as ``ended PID START BOOT STATUS``. Which
session it is comes after the answer, through the pipe, which the forked child alone reads. So the
memory that hosts are made of never holds an environment, and a host whose answer was lost never
begins.
"""

import gc
import os
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from importlib import import_module

from darkfactory.agents.registry import adapter
from darkfactory.processes.dispositions import reset_signals
from darkfactory.processes.identity import process_table

_END = b"\0\0"  # fields are parted by one NUL, and none is empty
_READ = 65536
_NEEDED = (
    "_strptime",
    "atexit",
    "calendar",
    "ctypes",
    "darkfactory.sessions.host",
    "darkfactory.workspaces.collect",
    "darkfactory.workspaces.hub",
    "darkfactory.workspaces.pool",
    "darkfactory.workspaces.preserve",
    "encodings.ascii",
    "traceback",
)


def main(descriptor: int) -> None:
    """Fork a host for each request that comes through the socket *descriptor*, until it is closed.

    In a forked child this becomes the host, unless nobody tells it which.
    """
    reset_signals()
    preload()
    with socket.socket(fileno=descriptor) as client:
        request = _Server(client).serve()
    if request is not None:
        _become_host(*request)


def preload() -> None:
    """Import what a host needs, whatever its agent."""
    for name in _NEEDED:
        import_module(name)


def message(folder: str, environment: Mapping[str, str]) -> bytes:
    """Return what tells a forked host that it is the one of the session in *folder*.

    Raises:
        ValueError: If a variable cannot be one.
    """
    if any(not name or "=" in name for name in environment):
        raise ValueError("illegal environment variable name")
    fields = [folder, *(f"{name}={value}" for name, value in environment.items())]
    if any("\0" in field for field in fields):
        raise ValueError("embedded null byte")
    return b"\0".join(map(os.fsencode, fields)) + _END


class _Server:
    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._hosts: dict[int, str] = {}
        self._kinds: set[str] = set()

    def serve(self) -> Sequence[int] | None:
        """Return None once the client is gone; in each child, the descriptors of its request."""
        woken, waker = socket.socketpair()
        with woken, waker:
            woken.setblocking(False)
            waker.setblocking(False)
            signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
            signal.signal(signal.SIGCHLD, lambda *_: None)
            try:
                return self._serve(woken)
            except (BrokenPipeError, ConnectionResetError):
                return None
            finally:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def _serve(self, woken: socket.socket) -> Sequence[int] | None:
        while True:
            ready, _, _ = select.select([self._client, woken], [], [])
            if woken in ready:
                woken.recv(_READ)
                self._tell_ended()
            if self._client not in ready:
                continue
            asked, descriptors, _, _ = socket.recv_fds(self._client, _READ, 2)
            if not asked:
                return None
            self._load(asked.decode())
            if not self._fork():
                return descriptors
            for descriptor in descriptors:
                os.close(descriptor)

    def _load(self, kind: str) -> None:
        """Import what speaks to agents of *kind*, and leave all of it where children share it."""
        if kind not in self._kinds:
            adapter(kind)
            self._kinds.add(kind)
            gc.collect()
            gc.freeze()

    def _fork(self) -> int:
        """Fork, and answer who the child is; return 0 in the child."""
        pid = os.fork()
        if pid:
            who = process_table().identify(pid)  # not reaped yet, so the pid is nobody else's
            self._hosts[pid] = f"{pid} {who.start} {who.boot}" if who else f"{pid} ? ?"
            self._say(f"started {self._hosts[pid]}")
        return pid

    def _tell_ended(self) -> None:
        while self._hosts:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._say(f"ended {self._hosts.pop(pid)} {os.waitstatus_to_exitcode(status)}")

    def _say(self, line: str) -> None:
        self._client.sendall(f"{line}\n".encode())


def _become_host(pipe: int, log: int) -> None:
    """Be the host of the session that *pipe* tells; return if it is closed before all is said."""
    from darkfactory.sessions.host import run_host

    os.setsid()
    for standard in (1, 2):
        os.dup2(log, standard)
    os.close(log)
    told = bytearray()
    while not told.endswith(_END) and (part := os.read(pipe, _READ)):
        told += part
    os.close(pipe)
    if not told.endswith(_END):
        return
    folder, *variables = bytes(told[: -len(_END)]).split(b"\0")
    os.environ.clear()
    for variable in variables:
        name, _, value = variable.partition(b"=")
        os.environb[name] = value
    run_host(os.fsdecode(folder))
