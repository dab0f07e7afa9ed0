"""End a whole process tree, also what left its process group or its parent.

Every agent starts its tool shells in sessions of their own, so a group signal is not enough. Two
nets catch the rest: descendants (the caller is their subreaper on Linux), and a marker variable in
the environment, which survives re-parenting on every platform.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

from darkfactory.processes.identity import ProcessTable, process_table

MARKER = "DF_SESSION"
_PASSES = 50
_PAUSE_SECONDS = 0.02
_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Make orphans among our descendants our children; tell whether the system can (Linux)."""
    if sys.platform != "linux":
        return False
    import ctypes

    status: int = ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return status == 0


def descendants(pid: int, table: ProcessTable | None = None) -> set[int]:
    """Return all living descendants of *pid*."""
    children = (table or process_table()).children()
    found: set[int] = set()
    open_ends = [pid]
    while open_ends:
        for child in children.get(open_ends.pop(), ()):
            if child not in found:
                found.add(child)
                open_ends.append(child)
    return found


def signal_all(pids: Iterable[int], number: signal.Signals) -> int:
    """Send *number* to each of *pids*; return how many were still there."""
    hit = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            hit += 1
    return hit


def kill_marked(name: str, value: str, table: ProcessTable | None = None) -> int:
    """Kill every process whose environment holds ``name=value``; return how many there were.

    Looks again until none is left: what is killed may have forked meanwhile. Never ourselves.
    One look that finds nothing proves nothing: in the midst of exec a process shows no environment.
    """
    table = table or process_table()
    return _kill_until_none(lambda: set(table.marked(name, value)) - {os.getpid()}, table, looks=2)


def kill_tree(pid: int, *, name: str, value: str, table: ProcessTable | None = None) -> int:
    """Kill all descendants of *pid* and all processes marked ``name=value``, but not *pid*."""
    table = table or process_table()

    def left() -> set[int]:
        return (descendants(pid, table) | set(table.marked(name, value))) - {pid, os.getpid()}

    return _kill_until_none(left, table, looks=1)


def _kill_until_none(left: Callable[[], set[int]], table: ProcessTable, *, looks: int) -> int:
    """Kill what is *left* until that many looks in a row have found nothing."""
    seen: set[int] = set()
    in_vain = 0
    for _ in range(_PASSES):
        found = {pid for pid in left() if table.identify(pid) is not None}
        in_vain = 0 if found else in_vain + 1
        if in_vain == looks:
            break
        seen |= found
        signal_all(found, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)
    return len(seen)
