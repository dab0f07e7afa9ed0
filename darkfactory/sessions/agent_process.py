"""The one agent process of a session host: its pipes, its lines, its end."""

import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO

from darkfactory.processes import bubblewrap
from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import MARKER, descendants, kill_tree, signal_all
from darkfactory.sessions.strays import Strays

_MAX_LINE = 8 * 1024 * 1024
_READ = 256 * 1024
_MAX_STDERR = 1024 * 1024
_SIGNALLED = 128
_DEATH_SECONDS = 1.0
_DEATH_POLL_SECONDS = 0.005


class AgentProcess:
    """One agent. Output comes in whole lines; one over 8 MiB is cut and its rest dropped.

    *orphans_killed* counts what it left behind and had to be killed.

    Args:
        wrapped: The first process is bubblewrap, which reports a death by signal as 128 + number.
    """

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    _strays: Strays

    def __init__(self, *, marker: str, wrapped: bool, hear: Callable[[bytes], None]) -> None:
        self._marker = marker
        self._wrapped = wrapped
        self._hear = hear
        self._buffer = bytearray()
        self._dropping = False
        self._pending = bytearray()
        self._close_input = False
        self.stderr_tail = bytearray()
        self.orphans_killed = 0
        self.exit_code: int | None = None
        self.signal: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, argv: Sequence[str], *, cwd: str) -> None:
        """Start the program in a session of its own.

        Raises:
            OSError: If it cannot be started.
        """
        self._process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, MARKER: self._marker},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
        self.pid = self._process.pid
        self.stdin = _open_pipe(self._process.stdin)
        self.stdout = _open_pipe(self._process.stdout)
        self.stderr = _open_pipe(self._process.stderr)
        self._strays = Strays(self.pid)

    @property
    def running(self) -> bool:
        """Whether the process itself has not been reaped yet."""
        return self._process is not None and self.exit_code is None and self.signal is None

    @property
    def wants_to_write(self) -> bool:
        """Whether bytes wait for room in the agent's standard input."""
        return bool(self._pending) and not self.stdin.closed

    def write(self, line: bytes | None) -> None:
        """Queue *line* for standard input; None closes it behind what is queued."""
        if line is None:
            self._close_input = True
        else:
            self._pending += line
        self.push()

    def push(self) -> None:
        """Write what fits now. An agent that has closed its input loses the rest."""
        if self.stdin.closed:
            self._pending.clear()
            return
        try:
            while self._pending:
                written = os.write(self.stdin.fileno(), self._pending)
                del self._pending[:written]
        except BlockingIOError:
            return
        except OSError:  # EPIPE: it is gone or deaf; its exit tells the rest
            self._pending.clear()
            self._close_input = True
        if self._close_input:
            with contextlib.suppress(OSError):
                self.stdin.close()

    def read_stdout(self) -> bool:
        """Hear the lines that are there; tell whether more may come."""
        chunk = _read(self.stdout)
        if chunk is None:
            return True
        if not chunk:
            if self._buffer and not self._dropping:
                self._hear(bytes(self._buffer))
            self._buffer.clear()
            return False
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line(line)
        self._keep(rest)
        return True

    def read_stderr(self) -> bool:
        """Keep the last of what the agent complains about; tell whether more may come."""
        chunk = _read(self.stderr)
        if chunk:
            self.stderr_tail += chunk
            del self.stderr_tail[:-_MAX_STDERR]
        return chunk is None or bool(chunk)

    def reap(self) -> None:
        """Collect ended children, adopted orphans too; note how the agent itself ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == self.pid:
                    self._note(status)

    def signal_group(self, number: signal.Signals) -> None:
        """Send *number* to the agent and its own process group.

        Inside bubblewrap only the agent itself gets it: the wrapper would die of it, and take
        everything inside along before the agent could put its things in order.
        """
        inside = bubblewrap.program(self.pid) if self._wrapped else None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if inside is not None and number is not signal.SIGKILL:
                os.kill(inside, number)
            else:
                os.killpg(self.pid, number)

    def go_on(self) -> None:
        """Let what a signal has stopped go on: the agent, or anything it started."""
        table = process_table()
        stopped = [pid for pid in descendants(os.getpid(), table) if table.is_stopped(pid)]
        signal_all(stopped, signal.SIGCONT)

    def kill_all(self) -> None:
        """Kill the agent and everything it started."""
        if self.running:  # once it is reaped, its number may be another group's
            self.signal_group(signal.SIGKILL)
        self._wait_for_death()
        self.orphans_killed += kill_tree(os.getpid(), name=MARKER, value=self._marker)
        self.reap()

    def turn_began(self) -> None:
        """Note what runs beside the agent now; what a turn adds is the turn's."""
        self._strays.note()

    def mark_strays(self) -> None:
        """Mark the running commands of the present turn: they have no right to go on."""
        self._strays.mark()

    def kill_strays(self) -> None:
        """Kill what was marked and still runs."""
        self._strays.kill()

    def close(self) -> None:
        """Hear the last complaints and let go of the pipes."""
        if self._process is None:
            return
        self.read_stderr()
        for pipe in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    def _wait_for_death(self) -> None:
        """Wait for what dies by itself: the agent, and with a wrapper all that is inside."""
        deadline = time.monotonic() + _DEATH_SECONDS
        while time.monotonic() < deadline:
            self.reap()
            if not self.running and not (self._wrapped and descendants(os.getpid())):
                return
            time.sleep(_DEATH_POLL_SECONDS)

    def _line(self, line: bytes) -> None:
        if self._dropping:
            self._dropping = False
            return
        self._keep(line)
        if not self._dropping:
            self._hear(bytes(self._buffer))
            self._buffer.clear()
        self._dropping = False

    def _keep(self, part: bytes) -> None:
        if self._dropping:
            return
        self._buffer += part
        if len(self._buffer) > _MAX_LINE:
            self._hear(bytes(self._buffer[:_MAX_LINE]))
            self._buffer.clear()
            self._dropping = True

    def _note(self, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        if self._process is not None:
            self._process.returncode = code
        if self._wrapped and code > _SIGNALLED:
            code = _SIGNALLED - code
        if code < 0:
            self.signal = -code
        else:
            self.exit_code = code


def _open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # cannot be: Popen was asked for all three
        raise OSError(errno.EBADF, "no pipe to the agent")
    os.set_blocking(pipe.fileno(), False)
    return pipe


def _read(pipe: IO[bytes]) -> bytes | None:
    """Return what can be read now, b"" at the end, None when there is nothing yet."""
    try:
        return os.read(pipe.fileno(), _READ)
    except BlockingIOError:
        return None
    except (OSError, ValueError):  # ValueError: closed by us
        return b""
