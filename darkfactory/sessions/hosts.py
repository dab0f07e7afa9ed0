"""What the facts say of a session's host: who ran it, who runs it now, how it ended.

The facts are host.json (who ran it), the host's lock (who runs it now) and exit.json (how it
ended). Every command that shows sessions asks here, so this loads little.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.files import read_json
from darkfactory.locks import take_lock, try_lock
from darkfactory.processes.identity import ProcessId, is_alive, is_stopped
from darkfactory.sessions.spec import (
    HOST_FILE,
    LOCK_FILE,
    SessionEnd,
    SessionSpec,
    load_end,
    load_spec,
)


class HostState(StrEnum):
    """What the facts say of a session's host."""

    ENDED = "ended"
    ALIVE = "alive"
    GONE = "gone"
    UNSTARTED = "unstarted"


@dataclass(frozen=True, slots=True)
class Found:
    """The host of a session as found.

    *process* is there when it is alive; *end* is how the session ended, or an earlier run of it.
    *stopped*: it is alive, but a signal keeps it from doing anything.
    """

    state: HostState
    process: ProcessId | None = None
    end: SessionEnd | None = None
    spec: SessionSpec | None = None
    stopped: bool = False


def find_host(folder: str) -> Found:
    """Return what the facts in session *folder* say."""
    spec, end = load_spec(folder), load_end(folder)
    if spec is None:
        return Found(HostState.UNSTARTED)
    if end is not None and end.epoch >= spec.epoch:
        return Found(HostState.ENDED, end=end, spec=spec)
    process = _host_process(folder, spec.epoch)
    if process is not None and is_alive(process):
        return Found(HostState.ALIVE, process=process, spec=spec, stopped=is_stopped(process))
    if _locked(folder):
        return Found(HostState.ALIVE, spec=spec)  # started a moment ago: host.json is on its way
    state = HostState.UNSTARTED if process is None else HostState.GONE
    return Found(state, end=end, spec=spec)


@contextmanager
def host_lock(folder: str) -> Iterator[bool]:
    """Hold the host's lock of session *folder*; yields False where somebody else has it."""
    descriptor = _open_lock(folder)
    try:
        yield take_lock(descriptor)
    finally:
        os.close(descriptor)


def _open_lock(folder: str) -> int:
    path = os.path.join(folder, LOCK_FILE)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _host_process(folder: str, epoch: int) -> ProcessId | None:
    body = read_json(os.path.join(folder, HOST_FILE))
    if not isinstance(body, dict) or body.get("epoch") != epoch or not body.get("start"):
        return None
    return ProcessId(int(body["pid"]), str(body["start"]), str(body["boot"]))


def _locked(folder: str) -> bool:
    """Tell whether somebody has the lock, without being in the way of others who look.

    Nothing is written for it: a state folder that is read-only for now can be looked at.
    """
    try:
        descriptor = os.open(os.path.join(folder, LOCK_FILE), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)
