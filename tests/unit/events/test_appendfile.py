import os
import threading
from pathlib import Path

import pytest

from darkfactory.events.appendfile import AppendFile


def test_who_appends_does_not_wait_for_a_flush_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AppendFile(str(tmp_path / "a.jsonl"))
    file.append(b"one\n")
    flushing, appended = threading.Event(), threading.Event()

    def slow_disk(_: int) -> None:
        flushing.set()
        assert appended.wait(10)

    monkeypatch.setattr(os, "fdatasync", slow_disk)
    thread = threading.Thread(target=file.sync)
    thread.start()
    assert flushing.wait(10)
    file.append(b"two\n")
    appended.set()
    thread.join()

    assert (tmp_path / "a.jsonl").read_bytes() == b"one\ntwo\n"


def test_a_line_that_another_process_left_torn_behind_ours_is_cut(tmp_path: Path) -> None:
    file = AppendFile(str(tmp_path / "a.jsonl"))
    file.append(b"one\n")
    with (tmp_path / "a.jsonl").open("ab") as other:
        other.write(b"tor")

    file.append(b"two\n")

    assert (tmp_path / "a.jsonl").read_bytes() == b"one\ntwo\n"


def test_what_was_let_go_of_before_its_flush_is_flushed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, flushed = AppendFile(str(tmp_path / "a.jsonl")), []
    monkeypatch.setattr(os, "fdatasync", lambda fd: flushed.append(os.fstat(fd).st_ino))
    file.append(b"one\n")
    file.close()

    file.sync()
    file.sync()

    assert flushed == [(tmp_path / "a.jsonl").stat().st_ino]
    assert not file.is_open


def test_a_new_file_survives_with_its_name_once_it_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, flushed = AppendFile(str(tmp_path / "s" / "a.jsonl")), []
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(os.fstat(fd).st_ino))

    file.append(b"one\n")
    before = list(flushed)
    file.append(b"two\n", durable=True)
    file.append(b"three\n", durable=True)

    assert before == []
    assert flushed == [(tmp_path / "s").stat().st_ino, tmp_path.stat().st_ino]
