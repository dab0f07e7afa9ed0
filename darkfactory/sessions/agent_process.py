"""The one agent process of a session host: its pipes, its lines, its end."""

import contextlib
import errno
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import IO

from darkfactory.processes import bubblewrap
from darkfactory.processes.sweep import MARKER, kill_tree
from darkfactory.sessions.strays import Strays

_MAX_LINE = 8 * 1024 * 1024
_READ = 256 * 1024
_MAX_STDERR = 1024 * 1024
_SIGNALLED = 128


class AgentProcess:
    """A started agent. Output comes in whole lines; one over 8 MiB is cut and its rest dropped.

    Args:
        wrapped: The first process is bubblewrap, which reports a death by signal as 128 + number.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        marker: str,
        wrapped: bool,
        hear: Callable[[bytes], None],
    ) -> None:
        self._marker = marker
        self._wrapped = wrapped
        self._hear = hear
        self._buffer = bytearray()
        self._dropping = False
        self._pending = bytearray()
        self._close_input = False
        self.stderr_tail = bytearray()
        self.exit_code: int | None = None
        self.signal: int | None = None
        self._process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, MARKER: marker},
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
        return self.exit_code is None and self.signal is None

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

    def kill_all(self) -> int:
        """Kill the agent and everything it started; return how many of those there were."""
        self.signal_group(signal.SIGKILL)
        killed = kill_tree(os.getpid(), name=MARKER, value=self._marker)
        self.reap()
        return killed

    def turn_began(self) -> None:
        """Note what runs beside the agent now; what a turn adds is the turn's."""
        self._strays.note()

    def kill_strays(self, interrupted_seconds: float) -> None:
        """Kill commands that outlived a turn interrupted so long ago, when their grace is over."""
        self._strays.kill(interrupted_seconds)

    def close(self) -> None:
        """Let go of the pipes."""
        for pipe in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                pipe.close()

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
