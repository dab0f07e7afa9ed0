"""One stream as the server holds it, beside other processes that append to the same file."""

import asyncio
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.errors import DiskFull
from darkfactory.events.stream import Stream
from darkfactory.server.log import Log
from darkfactory.server.meta import ForkedFrom, Meta
from darkfactory.server.producers import Life, Mark
from tests.fakes.room import no_file_larger_than

ROW = b'{"n":1}\n'


def log_at(folder: Path, name: str = "a", **meta: Any) -> Log:
    return Log(name, str(folder / name), Meta(**meta), None)


def read(log: Log, start: int = 0, **how: int) -> tuple[bytes, int]:
    return asyncio.run(log.read(start, **how))


def test_what_is_appended_is_read_from_where_a_reader_stands(tmp_path: Path) -> None:
    log = log_at(tmp_path)

    first, second = log.append(ROW), log.append(ROW + ROW)

    assert (first, second, log.tail()) == (8, 24, 24)
    assert read(log) == (3 * ROW, 24)
    assert read(log, 8) == (2 * ROW, 24)
    assert read(log, 24) == (b"", 24)


def test_events_of_other_processes_are_read_and_appended_behind(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW)

    Stream(tmp_path, "a").append([Event("message", {"text": "hi"})])
    log.append(ROW)

    lines = read(log)[0].splitlines()
    assert [json.loads(line).get("type") for line in lines] == [None, "message", None]


def test_a_line_that_another_process_is_writing_is_not_there_yet(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW)
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(b'{"half')

    assert log.tail() == 8
    assert read(log) == (ROW, 8)


def test_a_chunk_ends_with_a_message_however_long_that_is(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    long = b'"' + b"x" * 100 + b'"\n'
    log.append(ROW + ROW + long + 20 * ROW)

    chunks, at = [], 0
    while at < log.tail():
        data, at = read(log, at, limit=20)
        chunks.append(data)

    assert chunks[:2] == [ROW + ROW, long + 7 * ROW]
    assert b"".join(chunks[2:]) == 13 * ROW


def test_a_disk_that_has_to_be_waited_for_does_not_hold_up_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_at(tmp_path)
    log.append(ROW * 50_000)
    file = log.data.descriptor()
    assert file is not None
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)  # out of memory, where the kernel agrees
    threads: list[tuple[int, int]] = []
    pread = os.pread

    def noted(descriptor: int, size: int, position: int) -> bytes:
        threads.append((size, threading.get_ident()))
        return pread(descriptor, size, position)

    monkeypatch.setattr(os, "pread", noted)
    monkeypatch.setattr(os, "preadv", none_in_memory)
    data, behind = read(log)

    assert (len(data), behind) == (len(ROW) * 50_000, len(ROW) * 50_000)
    large = {thread for size, thread in threads if size > 4096}
    assert large
    assert threading.get_ident() not in large


def none_in_memory(*_: object) -> int:
    raise BlockingIOError


def test_bytes_are_cut_anywhere(tmp_path: Path) -> None:
    log = log_at(tmp_path, content_type="text/plain")
    log.append(b"one\ntwo")

    assert (read(log, limit=5), log.tail()) == ((b"one\nt", 5), 7)


def test_only_places_between_messages_are_offsets(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW + ROW)

    assert [at for at in range(17) if log.is_boundary(at)] == [0, 8, 16]


def test_a_fork_reads_its_source_up_to_its_base_and_never_behind(tmp_path: Path) -> None:
    source = log_at(tmp_path)
    source.append(b"1\n2\n3\n")
    fork = Log("b", str(tmp_path / "b"), Meta(fork=ForkedFrom("a", 4, 4, 0)), source)
    of_fork = Log("c", str(tmp_path / "c"), Meta(fork=ForkedFrom("b", 6, 6, 0)), fork)

    source.append(b"4\n")
    fork.append(b"x\n")
    of_fork.append(b"y\n")

    assert (read(fork), fork.tail()) == ((b"1\n2\nx\n", 6), 6)
    assert read(of_fork) == (b"1\n2\nx\ny\n", 8)
    assert read(of_fork, 2) == (b"2\nx\ny\n", 8)
    assert [of_fork.behind(0, pieces) for pieces in range(6)] == [0, 2, 4, 6, 8, None]
    assert [at for at in range(9) if of_fork.is_boundary(at)] == [0, 2, 4, 6, 8]


def test_a_producer_is_known_again_after_a_restart(tmp_path: Path) -> None:
    log_at(tmp_path).append(ROW, mark=Mark("p", 2, 0), seq="a")
    log_at(tmp_path).append(ROW, mark=Mark("p", 2, 1))

    again = log_at(tmp_path)

    assert (again.writers.life("p"), again.writers.seq) == (Life(2, 1), "a")
    assert again.writers.life("q") is None


def test_a_note_whose_data_was_never_written_does_not_count(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW, mark=Mark("p", 0, 0))
    log.writers.note(Mark("p", 0, 1), None, 8, b'"lost"\n')  # killed before the data came

    again = log_at(tmp_path)
    Stream(tmp_path, "a").append([Event("message", {"text": "of another process"})])
    unmarked = again.append(ROW)

    assert again.writers.life("p") == Life(0, 0)
    again.append(b'"found"\n', mark=Mark("p", 0, 1))
    assert log_at(tmp_path).writers.life("p") == Life(0, 1)
    assert read(again, unmarked)[0] == b'"found"\n'


def test_a_full_disk_stores_and_remembers_nothing(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW * 100, mark=Mark("p", 0, 0))

    with no_file_larger_than(log.tail() + 4), pytest.raises(DiskFull):
        log.append(ROW, mark=Mark("p", 0, 1))

    assert (log.tail(), log.writers.life("p")) == (800, Life(0, 0))
    assert log_at(tmp_path).writers.life("p") == Life(0, 0)
    assert log.append(ROW, mark=Mark("p", 0, 1)) == 808


async def awaited(log: Log) -> None:
    """Return when somebody waits for *log*."""
    while not log.is_awaited:  # noqa: ASYNC110 - a fact without an event of its own
        await asyncio.sleep(0)


def test_who_waits_is_woken_by_an_append_a_close_and_another_process(tmp_path: Path) -> None:
    log = log_at(tmp_path)

    async def woken(by: str) -> bool:
        waiting = asyncio.create_task(log.wait(log.tail(), 30))
        await awaited(log)
        match by:
            case "append":
                log.append(ROW)
            case "process":
                Stream(tmp_path, "a").append([Event("message")])
                log.look()
            case "close":
                log.close_stream(None)
        await asyncio.wait_for(waiting, 5)
        return not log.is_awaited

    assert all(asyncio.run(woken(by)) for by in ("append", "process", "close"))


def test_who_waits_is_woken_even_if_somebody_else_has_seen_the_news_first(tmp_path: Path) -> None:
    log = log_at(tmp_path)

    async def woken() -> bool:
        waiting = asyncio.create_task(log.wait(log.tail(), 30))
        await awaited(log)
        Stream(tmp_path, "a").append([Event("message")])
        log.tail()  # a HEAD of the same stream
        log.look()
        await asyncio.wait_for(waiting, 5)
        return not log.is_awaited

    assert asyncio.run(woken())


def test_a_wait_ends_with_its_time(tmp_path: Path) -> None:
    log = log_at(tmp_path)

    asyncio.run(log.wait(0, 0.01))

    assert not log.is_awaited


def test_a_log_that_let_go_of_its_files_opens_them_again(tmp_path: Path) -> None:
    log = log_at(tmp_path)
    log.append(ROW)

    log.let_go()
    before = len(os.listdir("/proc/self/fd"))
    log.append(ROW)

    assert read(log) == (2 * ROW, 16)
    assert len(os.listdir("/proc/self/fd")) == before + 1
