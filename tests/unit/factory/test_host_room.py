import os
from collections.abc import Callable
from pathlib import Path

import pytest

from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import HarnessSettings, Limits, Settings
from darkfactory.factory.host_room import (
    LEAST_BYTES,
    LEAST_FILES,
    DiskNearlyFull,
    TooFewOpenFiles,
    check_disk,
    files_needed,
    sessions_at_once,
)

BLOCK = 4096


def disk(
    free_bytes: int, free_files: int, *, files: int = 10**6
) -> Callable[[Path], os.statvfs_result]:
    """Return what tells of a disk with so much room."""
    blocks = free_bytes // BLOCK
    numbers = (BLOCK, BLOCK, 10**9, blocks, blocks, files, free_files, free_files, 0, 255)
    return lambda _: os.statvfs_result(numbers)


@pytest.mark.parametrize(
    ("free_bytes", "free_files", "words"),
    [
        (LEAST_BYTES - BLOCK, 10**6, "268 MB are free"),
        (0, 10**6, "0 MB are free"),
        (LEAST_BYTES, LEAST_FILES - 1, "1999 more files"),
    ],
)
def test_a_disk_without_room_for_a_session_is_refused(
    free_bytes: int, free_files: int, words: str
) -> None:
    with pytest.raises(DiskNearlyFull) as refused:
        check_disk(Path("/work"), ask=disk(free_bytes, free_files))

    assert words in refused.value.problem


def test_a_disk_that_counts_no_files_is_judged_by_its_bytes() -> None:
    check_disk(Path("/work"), ask=disk(LEAST_BYTES, 0, files=0))


def test_the_fix_for_too_few_files_names_fewer_sessions_only_where_one_would_fit() -> None:
    some, none = TooFewOpenFiles(files_needed(3), 8), TooFewOpenFiles(24, 8)

    assert some.fix.endswith("df run --lanes 3")
    assert none.fix == f"raise the limit (ulimit -n {files_needed(8)})"


@pytest.mark.parametrize(
    ("asked", "limit", "at_once"), [(None, 8, 5), (2, 8, 2), (None, 3, 3), (9, 3, 5)]
)
def test_no_more_sessions_run_at_once_than_the_lanes_hold(
    asked: int | None, limit: int, at_once: int
) -> None:
    lanes = (Lane("a", sessions=4), Lane("b"))
    settings = Settings(HarnessSettings("true"), lanes, {}, limits=Limits(lanes=limit))

    assert sessions_at_once(settings, asked) == at_once
