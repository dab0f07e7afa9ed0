"""Commands and parts of ours in processes of their own that need not load the program first.

They are forked from one process that has loaded it: real processes, which can be killed and which
share nothing with the test, for a fifth of the time. What is proved about the start itself (entry
points, limits, odd locales) runs the installed program instead.
"""

import atexit
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

_LOADED = ["__main__", "tests.fakes.warm", "tests.fakes.loaded"]  # or each child loads them again

Program = Callable[[Sequence[str]], int | None]
"""What a process does with its arguments, and its exit status. It is found again by its name."""


def df(arguments: Sequence[str]) -> int:
    """Be ``df``, as the installed program is."""
    from darkfactory import cli

    sys.argv = [str(Path(cli.__file__).parents[1] / "__main__.py"), *arguments]
    return cli.main(list(arguments))


@cache
def _context() -> ForkServerContext:
    """Start the process that is forked from, in surroundings that say nothing of this terminal."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update({"PATH": kept["PATH"], "LANG": "C.UTF-8", "COLUMNS": "80"})
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return context


@dataclass(frozen=True)
class Running:
    """A command that was started, with the part of Popen's interface that tests use."""

    args: tuple[str, ...]
    process: ForkServerProcess

    @property
    def pid(self) -> int:
        pid = self.process.pid
        assert pid is not None
        return pid

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def poll(self) -> int | None:
        return self.process.exitcode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status.

        Raises:
            TimeoutExpired: It still runs after *timeout* seconds.
        """
        self.process.join(timeout)
        status = self.process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status


def start(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdout: IO[Any],
    stderr: IO[Any],
    program: Program = df,
) -> Running:
    """Start *program* with *arguments* and leave it running."""
    context = _context()
    streams = [stdout.fileno(), stderr.fileno()]
    given = (program, tuple(arguments), str(cwd), dict(env), *map(_Sent, streams))
    process = context.Process(target=_play, args=given)
    process.start()
    return Running(tuple(arguments), process)


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    program: Program = df,
) -> "subprocess.CompletedProcess[str]":
    """Run *program* with *arguments* to its end; return its status and what it said.

    Raises:
        TimeoutExpired: It still ran after *timeout* seconds, and was killed.
    """
    with _file() as out, _file() as err:
        running = start(arguments, cwd=cwd, env=env, stdout=out, stderr=err, program=program)
        try:
            status = running.wait(timeout)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            raise
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read())
    return subprocess.CompletedProcess(tuple(arguments), status, *said)


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape")


class _Sent:
    """A descriptor that goes along to the process."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self.number),)


def _received(sent: Any) -> int:
    number: int = sent.detach()
    return number


def _play(
    program: Program,
    arguments: Sequence[str],
    cwd: str,
    env: Mapping[str, str],
    out: int,
    err: int,
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, place in ((out, 1), (err, 2)):
        os.dup2(number, place)
        os.close(number)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), "utf-8")
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w"), "utf-8", "backslashreplace", line_buffering=True
    )
    status = program(arguments)
    atexit._run_exitfuncs()  # which multiprocessing leaves out
    sys.exit(status)
