"""Run one shell command on one tree, to its end or to ours."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from darkfactory.clock import Clock
from darkfactory.domain.settings import HarnessSettings
from darkfactory.errors import NotReady
from darkfactory.harness.capture import Capture
from darkfactory.harness.environment import MARKER, check_environment
from darkfactory.processes.sweep import kill_marked, kill_tree

LIMIT_BYTES = 8 << 20
_CHUNK = 1 << 16
_CHUNKS_AT_ONCE = 64
_TICK_SECONDS = 0.05
_FULL_BELOW_BYTES = 32 << 20

Wrap = Callable[[Sequence[str]], Sequence[str]]
Stopped = Callable[[], bool]


class RunStopped(NotReady):
    """Whoever wanted the checks run has gone."""

    code = "harness.stopped"

    def __init__(self, command: str) -> None:
        super().__init__(f"the run of `{command}` was stopped", fix="run the same command again")


def never() -> bool:
    """Say that nothing is to be stopped."""
    return False


@dataclass(frozen=True, slots=True)
class RawRun:
    """How one run of a command ended.

    *exit_code* is None when it was not run to its end; *problem* then says why, unless it *timed
    out*. *output* is stdout and stderr together, its middle left out when it is huge.
    """

    exit_code: int | None
    timed_out: bool
    seconds: float
    output: str
    problem: str = ""


def run_check(
    command: str,
    tree_folder: str,
    *,
    settings: HarnessSettings,
    wrap: Wrap,
    home: str,
    temp: str,
    output_file: str,
    clock: Clock,
    grace_seconds: float = 5.0,
    limit_bytes: int = LIMIT_BYTES,
    stopped: Stopped = never,
) -> RawRun:
    """Run *command* with ``sh`` at the root of *tree_folder* and wait for it.

    ``sh`` and not the user's shell, so that lanes.yaml means the same on every machine. Nothing of
    the run is alive when this returns: what it left in the background is killed, also what moved
    to a session of its own. Only bubblewrap ends what forks without pause and leaves its parent
    each time: it outruns every list of processes.

    Args:
        wrap: Puts the fence around an argument vector.
        output_file: Gets the output as it comes.
        grace_seconds: How long the tree may take to stop by itself after the time limit.
        stopped: Asked again and again; once it says yes the run is killed.

    Raises:
        RunStopped: If *stopped* said yes.
        DiskFull: If the output cannot be stored; the run is stopped.
    """
    run = uuid.uuid4().hex
    os.makedirs(home, mode=0o700, exist_ok=True)
    os.makedirs(temp, mode=0o700, exist_ok=True)
    environment = check_environment(os.environ, settings, home=home, temp=temp, run=run)
    argv = list(wrap(["/bin/sh", "-c", command]))
    capture = Capture(output_file, limit_bytes)
    started = clock.monotonic()
    try:
        child = subprocess.Popen(
            argv,
            cwd=tree_folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        capture.close()
        return RawRun(None, timed_out=False, seconds=0.0, output="", problem=f"not run: {error}")
    watched = _Watched(child, run, capture, clock, settings.timeout_seconds, grace_seconds)
    text = watched.follow(stopped)
    if text is None:
        raise RunStopped(command)
    code = None if watched.timed_out else _exit_code(child.returncode)
    return RawRun(
        code,
        timed_out=watched.timed_out,
        seconds=clock.monotonic() - started,
        output=text,
        problem=_disk_problem(code, text, (tree_folder, home, temp)),
    )


class _Watched:
    """A running command: its output, its time limit, its end."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        run: str,
        capture: Capture,
        clock: Clock,
        limit_seconds: float,
        grace_seconds: float,
    ) -> None:
        self.timed_out = False
        self._child = child
        self._run = run
        self._capture = capture
        self._clock = clock
        self._deadline = clock.monotonic() + limit_seconds
        self._grace_seconds = grace_seconds
        self._open = True
        self._swept = False

    def follow(self, stopped: Stopped) -> str | None:
        """Read until the command has ended; return the output, None if it was *stopped* before.

        Nothing of it is left then.
        """
        assert self._child.stdout is not None  # noqa: S101 - Popen was given a pipe
        pipe = self._child.stdout.fileno()
        os.set_blocking(pipe, False)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(pipe, selectors.EVENT_READ)
                while not self._is_over():
                    if stopped():
                        return None
                    self._wait(selector)
                    self._read(pipe)
            self._sweep()
            self._read(pipe)
        finally:
            self._sweep()
            self._child.stdout.close()
            text = self._capture.close()
        return text

    def _is_over(self) -> bool:
        ended = self._child.poll() is not None
        if self._clock.monotonic() < self._deadline:
            # After the time limit, a pipe still open is somebody who may be cleaning up.
            return ended and not (self.timed_out and self._open)
        if self.timed_out or ended:
            return True
        self.timed_out = True
        self._deadline = self._clock.monotonic() + self._grace_seconds
        self._signal(signal.SIGTERM)
        return False

    def _wait(self, selector: selectors.BaseSelector) -> None:
        if self._open:
            selector.select(_TICK_SECONDS)
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_TICK_SECONDS)

    def _read(self, pipe: int) -> None:
        """Take what the pipe holds now. A grandchild may keep it open: never wait for its end."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(_CHUNKS_AT_ONCE):
                chunk = os.read(pipe, _CHUNK)
                if not chunk:
                    self._open = False
                    return
                self._capture.write(chunk)

    def _sweep(self) -> None:
        if self._swept:
            return
        self._swept = True
        if self._child.poll() is None:
            kill_tree(self._child.pid, name=MARKER, value=self._run)
        self._signal(signal.SIGKILL)
        self._child.wait()
        kill_marked(MARKER, self._run)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)


def _exit_code(returncode: int) -> int:
    """Return *returncode* as a shell would tell it: 128 + n for signal n."""
    return returncode if returncode >= 0 else 128 - returncode


def _disk_problem(code: int | None, text: str, folders: Sequence[str]) -> str:
    """Return what to say of a run that failed because a disk is full, or nothing."""
    if code == 0 or not any(said in text for said in ("No space left on device", "ENOSPC")):
        return ""
    full = next((folder for folder in folders if _free_bytes(folder) < _FULL_BELOW_BYTES), None)
    return "" if full is None else f"the disk ran full: {full}"


def _free_bytes(folder: str) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:  # the run removed it
        return sys.maxsize
    return found.f_bavail * found.f_frsize
