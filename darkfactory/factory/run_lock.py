"""The one lock that makes ``df run`` the only one of its repository."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.factory.state_folder import check_writable
from darkfactory.locks import take_lock, try_lock
from darkfactory.processes.identity import process_table

GRACE_SECONDS = 2.0
"""How long a run that was told to stop listens for a second Ctrl-C."""


class RunLocked(NotReady):
    """Another ``df run`` works this repository."""

    code = "run.locked"

    def __init__(self, pid: str) -> None:
        fix = "watch it with `df status`, or stop it with Ctrl-C there: its agents go on"
        if is_suspended(pid):
            fix = (
                f"it was stopped by a signal: kill -CONT {pid} lets it go on, kill -9 {pid} ends it"
            )
        super().__init__(f"another `df run` (pid {pid}) works this repository", fix=fix)


@contextmanager
def run_lock(state: StateFolder) -> Iterator[None]:
    """Be the only ``df run`` of this repository; freed by our death.

    Raises:
        RunLocked: If another one lives.
        StateRefused: If the state folder cannot be written.
    """
    check_writable(state)
    descriptor = os.open(state.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not take_lock(descriptor):
            raise RunLocked(_said(descriptor))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def run_holder(state: StateFolder) -> str | None:
    """Return the pid of the ``df run`` that lives now, or None."""
    try:
        descriptor = os.open(state.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if try_lock(descriptor, shared=True) else _said(descriptor)
    finally:
        os.close(descriptor)


def is_suspended(pid: str | None) -> bool:
    """Tell whether the ``df run`` of that *pid* was stopped by a signal, as Ctrl-Z sends it."""
    return bool(pid) and str(pid).isdecimal() and process_table().is_stopped(int(str(pid)))


def is_running(state: StateFolder) -> bool:
    """Tell whether a ``df run`` lives now."""
    return run_holder(state) is not None


def by_which_run(state: StateFolder) -> str:
    """Return which ``df run`` takes up what is sent back to its agent now, in words."""
    holder = run_holder(state)
    works = holder is not None and not is_suspended(holder)
    return "from the `df run` that works now" if works else "with the next `df run`"


def _said(descriptor: int) -> str:
    return os.pread(descriptor, 64, 0).decode("utf-8", "replace").strip() or "unknown"
