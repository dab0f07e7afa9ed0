"""Folders of harness runs, each held by whoever runs: so what a killed one left can be told."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.locks import try_lock
from darkfactory.workspaces.pool import Pool
from darkfactory.workspaces.removal import discard

_PREFIX = "harness-"


@contextlib.contextmanager
def scratch_folder(state: StateFolder, *, rank: int = 0) -> Iterator[Path]:
    """Give a new folder of one's own for a run; it goes with the run, or is known to be left.

    Its name is also who leases a workspace for the run, and tells the *rank*, up to 9.
    """
    state.scratch.mkdir(mode=0o700, exist_ok=True)
    folder, descriptor = _new_folder(state.scratch, f"{_PREFIX}{rank}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what resists is swept later, as left
        os.close(descriptor)


def ranks_going(state: StateFolder) -> list[int]:
    """Return the rank of each run that goes on, whatever process it is of."""
    names = [path.name for path in state.scratch.glob(f"{_PREFIX}[0-9]-*") if _is_held(path)]
    return [int(name[len(_PREFIX)]) for name in names]


def abandoned(state: StateFolder) -> list[Path]:
    """Return the folders of runs that were killed: nobody holds them.

    An empty one is left out: its owner may be about to hold it.
    """
    found = state.scratch.glob(f"{_PREFIX}*")
    return sorted(path for path in found if not _is_held(path) and _has_entries(path))


def sweep_scratch(state: StateFolder, pool: Pool) -> None:
    """Remove what killed runs have left, and give back the workspaces of *pool* that they had."""
    for folder in abandoned(state):
        with contextlib.suppress(FileNotFoundError):  # somebody else sweeps as well
            discard(str(folder), str(state.root / "trash"))
    for facts in pool.leases().values():
        holder = facts.holder or ""
        if holder.startswith(_PREFIX) and not _is_held(state.scratch / holder):
            pool.release(holder, kept=True)


def _new_folder(root: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder below *root*; return it with the descriptor that holds it."""
    path = tempfile.mkdtemp(prefix=prefix, dir=root)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return Path(path), descriptor


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _has_entries(path: Path) -> bool:
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
