"""One stream: what is appended is read back, whole lines only, in order, from any position."""

import fcntl
import os
import stat
import threading
from pathlib import Path

import pytest

from darkfactory.domain.event import Event
from darkfactory.errors import DiskFull
from darkfactory.events.lines import encode_line
from darkfactory.events.stream import BadStreamPath, Stream, stream_file
from tests.fakes.room import no_file_larger_than


def event(number: int, **data: object) -> Event:
    return Event("counted", {"number": number, **data}, id=f"e{number}")


def numbers(stream: Stream, position: int = 0) -> list[int]:
    return [int(event.data["number"]) for _, event in stream.read(position)]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(tmp_path / "streams", "s/one")


def test_a_stream_that_nobody_wrote_to_is_empty_and_makes_no_file(stream: Stream) -> None:
    found = list(stream.read())

    assert (found, stream.end()) == ([], 0)
    assert not Path(stream.file).parent.exists()


def test_events_are_read_in_the_order_of_their_appends(stream: Stream) -> None:
    stream.append([event(1), event(2)])
    stream.append([event(3)], durable=True)

    assert numbers(stream) == [1, 2, 3]


def test_an_append_returns_the_position_behind_it(stream: Stream) -> None:
    ends = [stream.append([event(number)]) for number in range(3)]

    assert [behind for behind, _ in stream.read()] == ends
    assert ends[-1] == stream.end() == os.path.getsize(stream.file)


def test_reading_resumes_behind_any_event(stream: Stream) -> None:
    ends = [stream.append([event(number)]) for number in range(4)]

    assert [numbers(stream, end) for end in [0, *ends]] == [
        [0, 1, 2, 3], [1, 2, 3], [2, 3], [3], [],
    ]  # fmt: skip


def test_a_position_inside_a_line_or_behind_the_end_gives_no_half_event(stream: Stream) -> None:
    end = stream.append([event(0), event(1)])

    assert numbers(stream, 5) == [1]
    assert numbers(stream, end + 1000) == []


def test_a_line_without_newline_is_not_an_event_yet(stream: Stream) -> None:
    end = stream.append([event(0)])
    with open(stream.file, "ab") as file:
        file.write(b'{"type":"counted","data":{"number":1}}')

    assert numbers(stream) == [0]
    assert stream.end() == end


def test_the_next_append_cuts_a_torn_line_and_keeps_all_before(stream: Stream) -> None:
    stream.append([event(0)])
    with open(stream.file, "ab") as file:
        file.write(b'{"type":"counted","da')

    stream.append([event(1)])

    assert numbers(stream) == [0, 1]
    assert Path(stream.file).read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("size", [1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_torn_line_of_any_length_is_cut_whole(stream: Stream, size: int) -> None:
    end = stream.append([event(0)])
    with open(stream.file, "ab") as file:
        file.write(b"x" * size)

    assert stream.end() == end
    stream.append([event(1)])

    assert numbers(stream) == [0, 1]


def test_a_file_that_is_one_torn_line_becomes_empty_first(stream: Stream) -> None:
    Path(stream.file).parent.mkdir(parents=True)
    Path(stream.file).write_bytes(b"never acknowledged")

    assert stream.end() == 0
    stream.append([event(0)])

    assert numbers(stream) == [0]


def test_foreign_lines_are_passed_over_and_positions_still_count_them(stream: Stream) -> None:
    stream.append([event(0)])
    with open(stream.file, "ab") as file:
        file.write(b'[1]\n\xff\xfe\n"text"\n{"type":7}\n\n{"a":' + b"[" * 90_000 + b"\n")
    end = stream.append([event(1)])

    found = list(stream.read())

    assert [int(event.data["number"]) for _, event in found] == [0, 1]
    assert found[-1][0] == end
    assert [body for _, body in stream.read_bodies()][1:7] == [
        [1], None, "text", {"type": 7}, None, None,
    ]  # fmt: skip


def test_an_event_behind_foreign_lines_is_placed_where_it_begins(stream: Stream) -> None:
    stream.append([event(0)])
    with open(stream.file, "ab") as file:
        file.write(b"\xff\xfe\n[1]\n")
    begins = os.path.getsize(stream.file)
    stream.append([event(1)])

    assert [at for at, _ in stream.placed()] == [0, begins]


def test_a_disk_that_takes_only_a_part_is_left_as_it_was(stream: Stream) -> None:
    end = stream.append([event(0)])

    with no_file_larger_than(end + 100), pytest.raises(DiskFull) as raised:
        stream.append([event(1), event(2, text="x" * 300)])

    assert stream.file in raised.value.problem
    assert os.path.getsize(stream.file) == end
    stream.append([event(3)])
    assert numbers(stream) == [0, 3]


def test_no_space_left_on_the_device_is_a_full_disk(stream: Stream) -> None:
    Path(stream.file).parent.mkdir(parents=True)
    os.symlink("/dev/full", stream.file)

    with pytest.raises(DiskFull):
        stream.append([event(0)])


def test_other_failures_of_the_disk_stay_what_they_are(stream: Stream) -> None:
    Path(stream.file).mkdir(parents=True)

    with pytest.raises(IsADirectoryError):
        stream.append([event(0)])


def test_a_stream_that_was_closed_opens_again(stream: Stream) -> None:
    stream.append([event(0)])
    stream.close()
    stream.close()

    stream.append([event(1)])

    assert numbers(stream) == [0, 1]


def test_only_the_owner_may_read_a_stream(stream: Stream) -> None:
    stream.append([event(0)])

    assert stat.S_IMODE(os.stat(stream.file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(stream.file)).st_mode) == 0o700


def test_an_append_waits_for_the_one_that_another_process_has_begun(stream: Stream) -> None:
    stream.append([event(0)])
    line = encode_line(event(1).body())
    late = threading.Thread(target=stream.append, args=([event(2)],))

    with open(stream.file, "ab", buffering=0) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(line[:20])
        late.start()
        late.join(0.1)  # it must not get anywhere, and above all cut nothing
        other.write(line[20:])
    late.join()

    assert numbers(stream) == [0, 1, 2]


def test_an_append_waits_for_the_one_of_another_thread(stream: Stream) -> None:
    late = threading.Thread(target=stream.append, args=([event(0)],))

    with stream.lock:
        late.start()
        late.join(0.1)
        assert numbers(stream) == []
    late.join()

    assert numbers(stream) == [0]


def test_threads_that_share_a_stream_lose_nothing(stream: Stream) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 100):
            stream.append([event(number, text="y" * (number * 37 % 5000))])

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = numbers(stream)
    assert sorted(found) == list(range(400))
    assert [n for n in found if n < 100] == list(range(100))


@pytest.mark.parametrize(
    "path",
    ["", "/", "s/", "/s", "s//x", "..", "s/../x", ".hidden", "s/.x", "a b", "ä", "s\n", "x" * 129,
     "a\0b", "s\\x", "-x", "_x", "s/x.jsonl/control", "x.jsonl"],
)  # fmt: skip
def test_a_path_that_could_leave_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadStreamPath) as raised:
        stream_file(tmp_path, path)

    assert repr(path) in raised.value.problem


@pytest.mark.parametrize("path", ["factory", "s/s-item.1_b-2/control", "x" * 128, "a/b/c/d"])
def test_a_good_path_names_a_file_below_the_folder(tmp_path: Path, path: str) -> None:
    assert stream_file(tmp_path, path) == f"{tmp_path}/{path}.jsonl"
