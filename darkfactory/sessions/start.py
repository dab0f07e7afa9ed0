"""Start the host of a prepared session, so that it lives on without us."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Protocol

from darkfactory.errors import NotReady
from darkfactory.processes.identity import ProcessId, is_alive
from darkfactory.sessions.fork_server import message
from darkfactory.sessions.prepare import Prepared
from darkfactory.sessions.spec import LOG_FILE

DIRECT = "DARKFACTORY_DIRECT_HOSTS"
"""The variable that has each host started by itself, without a fork server."""
UNTOLD = 255
"""The exit status of a host that has ended while nobody was left to collect it."""
_PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_PATH = "import sys; sys.path += [sys.argv[1], *sys.argv[3:]]; "  # behind the standard library
_HOST = _PATH + "from darkfactory.sessions.host import run_host; run_host(sys.argv[2])"
_SERVER = _PATH + "from darkfactory.sessions.fork_server import main; main(int(sys.argv[2]))"
_LOCALE = ("LANG", "LC_ALL", "LC_CTYPE")
_ANSWER_SECONDS = 30.0
_NOTE_SECONDS = 2.0
_END_SECONDS = 1.0
_READ = 4096


class HostNotStarted(NotReady):
    """The session host could not be started."""

    code = "session.host"

    def __init__(self, session: str, why: str) -> None:
        super().__init__(
            f"the host of session {session} did not start: {why}",
            fix="`df doctor` checks the machine; then run the command again",
        )


class HostProcess(Protocol):
    """A session host that this process has started."""

    @property
    def pid(self) -> int:
        """The number of the process, which may be another one's once it has ended."""
        ...

    def poll(self) -> int | None:
        """Return its exit status once it has ended, None before."""
        ...


StartHost = Callable[[Prepared], HostProcess]


def start_host(prepared: Prepared) -> "subprocess.Popen[bytes]":
    """Start the host of *prepared* in a session of its own and return it.

    The caller may die; the host does not care. While the caller lives it should collect the host's
    exit with ``poll``.

    Raises:
        HostNotStarted: If there is no room for a process, or its environment cannot be one.
    """
    with _log_of(prepared) as log:
        try:
            return subprocess.Popen(
                _python(_HOST, prepared.folder),
                cwd="/",
                env=dict(prepared.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise HostNotStarted(prepared.spec.session, str(error)) from error


@contextlib.contextmanager
def host_starter(*, direct: bool) -> Iterator[StartHost]:
    """Give what starts hosts: a fork server on Linux, unless *direct*; elsewhere each by itself."""
    if direct or sys.platform != "linux":
        yield start_host
        return
    with contextlib.closing(ForkServer()) as server:
        yield server.start


class ForkServer:
    """Starts session hosts through a fork server; safe to use from threads.

    The first host starts the server (:mod:`darkfactory.sessions.fork_server`), and so does the next
    one after the server's death. A host that the server did not answer for is started directly: it
    was never told its folder, so nothing runs twice.

    Args:
        program: What the server's Python runs.
    """

    def __init__(self, program: str = _SERVER, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._program = program
        self._answer_seconds = answer_seconds
        self._server: _Server | None = None
        self._lock = threading.Lock()

    def start(self, prepared: Prepared) -> HostProcess:
        """Start the host of *prepared*; see :func:`start_host`.

        Raises:
            HostNotStarted: If there is no room for a process, or its environment cannot be one.
        """
        try:
            told = message(prepared.folder, prepared.environment)
        except ValueError as error:
            raise HostNotStarted(prepared.spec.session, str(error)) from error
        with _log_of(prepared) as log:
            host = self._fork(prepared.spec.kind, told, log)
        return start_host(prepared) if host is None else host

    def close(self) -> None:
        """Let the server end. Its hosts live on."""
        with self._lock:
            self._drop()

    def _fork(self, kind: str, told: bytes, log: int) -> "ForkedHost | None":
        with self._lock:
            try:
                return self._living(log).fork(kind, told, log, self._answer_seconds)
            except OSError:  # dead, stuck, or no room: the direct start works or says why not
                self._drop()
                return None

    def _living(self, log: int) -> "_Server":
        if self._server is None or not self._server.lives:
            self._drop()
            self._server = _Server(self._program, log)
        return self._server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class ForkedHost:
    """A session host that our fork server has made: its child, not ours."""

    def __init__(self, process: ProcessId, server: "_Server") -> None:
        self.process = process
        self._server = server

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid

    def poll(self) -> int | None:
        """Return its exit status once it has ended (255: nobody is left to tell), None before."""
        return None if is_alive(self.process) else self._server.status_of(self.process)


class _Server:
    """One fork server and what it has told."""

    def __init__(self, program: str, log: int) -> None:
        self._lock = threading.Lock()
        self._heard = b""
        self._ended: dict[ProcessId, int] = {}
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    _python(program, str(theirs.fileno())),
                    cwd="/",
                    env={name: os.environ[name] for name in _LOCALE if name in os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError:
                self._socket.close()
                raise

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def fork(self, kind: str, told: bytes, log: int, seconds: float) -> ForkedHost:
        """Return a new host for an agent of *kind* that has been *told* what it is to do.

        Raises:
            OSError: If the server does not answer within *seconds*; then there is none.
        """
        theirs, ours = os.pipe()
        with open(ours, "wb", buffering=0) as pipe, self._lock:
            with open(theirs, "rb"):
                self._socket.settimeout(seconds)
                socket.send_fds(self._socket, [kind.encode()], [theirs, log])
            deadline = time.monotonic() + seconds
            while (process := self._hear(deadline)) is None:
                pass
            rest = memoryview(told)
            with contextlib.suppress(BrokenPipeError):  # it was killed: its end tells
                while rest:
                    rest = rest[pipe.write(rest) :]
        return ForkedHost(process, self)

    def status_of(self, process: ProcessId) -> int:
        with self._lock, contextlib.suppress(OSError):
            deadline = time.monotonic() + _NOTE_SECONDS
            while process not in self._ended:
                self._hear(deadline)
        return self._ended.get(process, UNTOLD)

    def close(self) -> None:
        """Let the server end, and collect it."""
        self._socket.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self, deadline: float) -> ProcessId | None:
        """Take one line: remember who ended, return who started."""
        while b"\n" not in self._heard:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self._socket.recv(_READ)
            if not part:
                raise ConnectionResetError
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        what, pid, start, boot, *status = line.decode().split(" ")
        process = ProcessId(int(pid), start, boot)
        if what == "started":
            return process
        self._ended[process] = int(status[0])
        return None


@contextlib.contextmanager
def _log_of(prepared: Prepared) -> Iterator[int]:
    path = os.path.join(prepared.folder, LOG_FILE)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield log
    finally:
        os.close(log)


@lru_cache(maxsize=1)
def _beside() -> Sequence[str]:
    """Return where what matches patterns is imported from, the one package that hosts need."""
    engine = find_spec("regex")
    return [os.path.dirname(os.path.dirname(engine.origin))] if engine and engine.origin else []


def _python(program: str, argument: str) -> Sequence[str]:
    """Return how Python starts: isolated; without site where nothing of it is needed (Linux).

    No host compiles for others (-B): Python may leave half a file where the disk is full, and no
    program of ours would start again (https://github.com/python/cpython/issues/126606).
    """
    flags = ("-I", "-S", "-B") if sys.platform == "linux" else ("-I", "-B")
    return [sys.executable, *flags, "-c", program, _PACKAGE_ROOT, argument, *_beside()]
