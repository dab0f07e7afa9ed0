"""Locks between processes: freed by the death of whoever holds one, so none is ever stale."""

import fcntl
import time

_PATIENCE_SECONDS = 0.5
_RETRY_SECONDS = 0.01


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock the open file *descriptor* if nobody holds it, and tell whether that was so.

    Args:
        shared: Be in nobody's way who only looks, too.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_lock(descriptor: int) -> bool:
    """Lock *descriptor* as :func:`try_lock` does; whoever only looks has it for a moment."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not try_lock(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_RETRY_SECONDS)
    return True
