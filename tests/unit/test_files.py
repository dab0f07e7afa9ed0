"""Small files that a reader sees whole or not at all."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from darkfactory.errors import DiskFull
from darkfactory.files import has_room, read_json, write_atomic, write_json
from tests.fakes.room import no_file_larger_than


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_whole(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    write_atomic(path, "new ☃\n", durable=durable, mode=0o600)

    assert path.read_bytes() == "new ☃\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_leaves_the_old_text_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with no_file_larger_than(1000), pytest.raises(DiskFull) as full:
        write_atomic(path, "x" * 100_000)

    assert str(path) in full.value.problem
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_has_room_for_what_fits_and_keeps_nothing_of_the_asking(tmp_path: Path) -> None:
    with no_file_larger_than(1000):
        found = has_room(tmp_path, 1000), has_room(tmp_path, 1001)

    assert found == (True, False)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_asked_is_not_called_full(tmp_path: Path) -> None:
    assert has_room(tmp_path / "absent", 1)


def test_other_failures_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "absent" / "file", "text")


@pytest.mark.parametrize("body", [{"a": [1, None, "ä"]}, "lone \ud800 surrogate", "\0", 7])
def test_json_comes_back_as_it_was_and_is_utf_8(tmp_path: Path, body: Any) -> None:
    path = tmp_path / "file"

    write_json(path, body)

    assert read_json(path) == body
    assert json.loads(path.read_bytes().decode("utf-8")) == body


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", None])
def test_what_is_no_json_is_none(tmp_path: Path, text: bytes | None) -> None:
    path = tmp_path / "file"
    if text is not None:
        path.write_bytes(text)

    assert read_json(path) is None
