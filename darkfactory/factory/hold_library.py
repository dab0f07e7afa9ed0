"""Hold the library of skills of a repository: one command at a time changes what lies there."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady
from darkfactory.factory.state_folder import check_writable, make_state_folder, state_of
from darkfactory.locks import try_lock
from darkfactory.workspaces.base import exclude_state_folder

LONGEST_WAIT_SECONDS = 30.0
_RETRY_SECONDS = 0.05


class LibraryBusy(NotReady):
    """Another command changes the library."""

    code = "skill.busy"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"another command has been changing skills/ for over {seconds:.0f} s",
            fix="wait for that command to end, then run this again",
        )


@contextmanager
def library_held(
    root: Path,
    *,
    wait_seconds: float = LONGEST_WAIT_SECONDS,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[StateFolder]:
    """Be the only one to change the library of the repository at *root*; freed by our death.

    What is held lies in the state folder, which git does not see.

    Args:
        on_wait: Called once if another process holds it.

    Raises:
        LibraryBusy: If another process holds it for longer than *wait_seconds*.
        OddStateFolder: If something else lies where the state folder belongs.
        StateRefused: If the state folder cannot be written.
        DiskFull: If there is no room for it.
    """
    state = state_of(root)
    make_state_folder(state)
    check_writable(state)
    exclude_state_folder(root)
    descriptor = os.open(state.library, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_seconds
    try:
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise LibraryBusy(wait_seconds)
            if on_wait is not None:
                on_wait()
                on_wait = None
            time.sleep(_RETRY_SECONDS)
        yield state
    finally:
        os.close(descriptor)
