"""Wait for the end of a session's host without polling for it, and without owning it."""

import asyncio
import os
import signal
import time

from darkfactory.factory.launching import Running
from darkfactory.processes.identity import is_alive, is_stopped, process_table

_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 5.0


async def gone(running: Running, *, stopped_seconds: float) -> None:
    """Wait until the host of *running* has ended; cancelling the wait leaves it alone.

    A host that a signal has stopped for *stopped_seconds* is killed: nobody else holds the limits
    of its session, and the wait would be for ever.
    """
    loop = asyncio.get_running_loop()
    pid = running.child.pid if running.child is not None else None
    if running.process is not None:
        pid = running.process.pid
    if pid is None:
        return
    host = process_table().identify(pid)
    stopped_at: float | None = None
    while not _has_ended(running):
        await _pid_event(loop, pid, min(_LOOK_SECONDS, stopped_seconds))
        if host is None or not is_stopped(host):
            stopped_at = None
        elif stopped_at is None:
            stopped_at = time.monotonic()
        elif time.monotonic() - stopped_at >= stopped_seconds:
            os.kill(host.pid, signal.SIGKILL)


def _has_ended(running: Running) -> bool:
    if running.child is not None:
        return running.child.poll() is not None
    return running.process is None or not is_alive(running.process)


async def _pid_event(loop: asyncio.AbstractEventLoop, pid: int, seconds: float) -> None:
    """Return soon after process *pid* has ended; at the latest after *seconds*, to look again."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        await asyncio.sleep(_PAUSE_SECONDS)
        return
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), timeout=seconds)
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
