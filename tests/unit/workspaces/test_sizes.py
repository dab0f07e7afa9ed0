"""How much things take is measured in blocks, whatever an agent left there."""

import os
from pathlib import Path

import pytest

from darkfactory.workspaces.sizes import disk_bytes, disk_bytes_by_name, in_words


def test_a_folder_takes_what_is_in_it_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x" * 10**6)
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_bytes(b"x" * 100_000)
    (folder / "link").symlink_to(tmp_path / "other")
    (folder / "loop").symlink_to(folder)

    assert 100_000 <= disk_bytes(folder) < 150_000
    assert disk_bytes(folder / "link") < 10_000


def test_a_file_with_holes_takes_what_is_written(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**9)

    assert disk_bytes(tmp_path / "sparse") < 100_000


def test_what_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert disk_bytes(tmp_path / "absent") == 0


def test_the_largest_entry_of_a_folder_comes_first(tmp_path: Path) -> None:
    for name, size in (("a", 10_000), ("b", 90_000), ("c", 40_000)):
        (tmp_path / name).write_bytes(os.urandom(size))

    assert list(disk_bytes_by_name(tmp_path)) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 kB"),
        (700, "1 kB"),
        (4096, "4 kB"),
        (24_400_000, "24 MB"),
        (1_290_000_000, "1.3 GB"),
        (52 * 10**9, "52.0 GB"),
    ],
)
def test_sizes_are_said_in_the_unit_that_fits(size: int, words: str) -> None:
    assert in_words(size) == words
