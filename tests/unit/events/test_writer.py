"""A writer fills in what every event has: id, time, session, and a producer number without gaps."""

from pathlib import Path

import pytest

from darkfactory.errors import DiskFull
from darkfactory.events.stream import Stream, Writer
from tests.fakes.room import no_file_larger_than


class FixedClock:
    def now(self) -> float:
        return 1_700_000_000.5

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(tmp_path, "s/one")


def producers(stream: Stream) -> list[tuple[str, int, int]]:
    return [
        (event.producer.id, event.producer.epoch, event.producer.seq)
        for _, event in stream.read()
        if event.producer
    ]


def test_an_event_has_its_envelope(stream: Stream) -> None:
    writer = Writer(stream, producer="host:s-1", epoch=3, session="s-1", clock=FixedClock())

    writer.write("message", {"text": "é"}, turn=2, agent="codex", parent="main")

    ((_, event),) = stream.read()
    body = event.body()
    assert len(body.pop("id")) == 22
    assert body == {
        "v": 1, "ts": "2023-11-14T22:13:20.500Z", "session": "s-1", "turn": 2, "agent": "codex",
        "parent": "main", "type": "message", "data": {"text": "é"},
        "producer": {"id": "host:s-1", "epoch": 3, "seq": 0},
    }  # fmt: skip


def test_ids_are_distinct_and_sort_by_time(stream: Stream) -> None:
    times = iter([5.0, 6.0, 7.0])

    class Ticking(FixedClock):
        def now(self) -> float:
            return next(times)

    writer = Writer(stream, producer="p", clock=Ticking())
    ids = [writer.write("a", {}).id for _ in range(3)]

    assert ids == sorted(set(ids))


def test_producer_numbers_have_no_gap_over_single_events_and_batches(stream: Stream) -> None:
    writer = Writer(stream, producer="p")

    writer.write("a", {})
    writer.write_all([("b", {}), ("c", {})])
    writer.write("d", {})

    assert producers(stream) == [("p", 1, 0), ("p", 1, 1), ("p", 1, 2), ("p", 1, 3)]


def test_a_write_that_failed_takes_no_number(stream: Stream) -> None:
    writer = Writer(stream, producer="p")
    writer.write("a", {})
    big = {"text": "x" * 1000}

    with no_file_larger_than(stream.end() + 10):
        with pytest.raises(DiskFull):
            writer.write("b", big)
        with pytest.raises(DiskFull):
            writer.write_all([("b", big), ("c", {})])
    writer.write("d", {})

    assert producers(stream) == [("p", 1, 0), ("p", 1, 1)]


def test_a_producer_of_one_command_is_told_apart_from_every_other(stream: Stream) -> None:
    for _ in range(2):
        Writer(stream, producer="gate", once=True).write("a", {})

    names = [name for name, _, _ in producers(stream)]
    assert len(set(names)) == 2
    assert all(name.startswith("gate:") for name in names)
