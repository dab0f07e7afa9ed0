"""What a run needs of this host before it starts anything: open files, and room on the disk."""

import os
from collections.abc import Callable
from pathlib import Path

from darkfactory.domain.settings import Settings
from darkfactory.errors import NotReady
from darkfactory.factory.line import Line
from darkfactory.processes.open_files import raise_open_files

# Measured: 25 files for a run as such, 5 at once for each session while it is laid out and
# collected. Twice that, for what a busier machine overlaps.
_FILES_OF_A_RUN = 50
_FILES_A_SESSION = 10

# What a session needs at least: a checkout, a private home, the objects of its work, its log.
LEAST_BYTES = 256 << 20
LEAST_FILES = 2_000


class TooFewOpenFiles(NotReady):
    """The system lets a process open fewer files than the sessions at once need."""

    code = "run.open_files"

    def __init__(self, limit: int, sessions: int) -> None:
        needed, fitting = files_needed(sessions), (limit - _FILES_OF_A_RUN) // _FILES_A_SESSION
        fewer = f", or start fewer sessions at once: df run --lanes {fitting}"
        super().__init__(
            f"a process may open {limit} files here, and {sessions} sessions at once need {needed}",
            fix=f"raise the limit (ulimit -n {needed}){fewer if fitting > 0 else ''}",
        )


class DiskNearlyFull(NotReady):
    """The disk has no room for one more session."""

    code = "disk.nearly_full"

    def __init__(self, folder: Path, left: str) -> None:
        super().__init__(
            f"the disk of {folder} is nearly full: {left}, too little to start a session",
            fix="free some space (`df gc` lists what the factory could give back), then run again",
        )


def files_needed(sessions: int) -> int:
    """Return how many files a run of that many *sessions* at once may have open."""
    return _FILES_OF_A_RUN + sessions * _FILES_A_SESSION


def sessions_at_once(settings: Settings, asked: int | None) -> int:
    """Return how many sessions a run may have at once, whatever the backlog holds."""
    return min(asked or settings.limits.lanes, sum(lane.sessions for lane in settings.lanes))


def check_room(line: Line, asked: int | None) -> None:
    """Make sure that this host has what a run of *line* needs, *asked* sessions at once.

    Raises:
        TooFewOpenFiles: If the system lets us open too few.
        DiskNearlyFull: If the disk has no room for a session.
    """
    check_open_files(sessions_at_once(line.settings, asked))
    root = line.state.root  # which may be a link to another disk
    check_disk(root if root.exists() else line.state.repository)


def check_open_files(sessions: int) -> None:
    """Make sure that this process may open what so many *sessions* at once need.

    Raises:
        TooFewOpenFiles: If the system does not let it.
    """
    limit = raise_open_files()
    if limit < files_needed(sessions):
        raise TooFewOpenFiles(limit, sessions)


def check_disk(folder: Path, *, ask: Callable[[Path], os.statvfs_result] = os.statvfs) -> None:
    """Make sure that the disk of *folder*, as *ask* tells of it, has room for one more session.

    Raises:
        DiskNearlyFull: If it has not.
    """
    counts = ask(folder)
    free = counts.f_bavail * counts.f_frsize
    if free < LEAST_BYTES:
        raise DiskNearlyFull(folder, f"{free / 1e6:.0f} MB are free")
    if counts.f_files and counts.f_favail < LEAST_FILES:
        raise DiskNearlyFull(folder, f"it takes {counts.f_favail} more files")
