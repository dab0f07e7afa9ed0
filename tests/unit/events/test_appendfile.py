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
