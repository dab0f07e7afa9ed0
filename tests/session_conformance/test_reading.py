"""R1, R2, R3, R5, R15, R17: a log is there, whole and in order, however it is read."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import islice

import pytest

from .client import Client, Event, Producer, together
from .driver import Driver

Fresh = Callable[[], str]

_WRITERS, _EACH, _READERS = 6, 40, 6


def message(agent: str, number: int) -> Event:
    return {"type": "message", "agent": agent, "data": {"role": "assistant", "text": f"{number}"}}


def said(events: list[Event]) -> list[tuple[str, str]]:
    """Return who said what, in order."""
    return [(event["agent"], event["data"]["text"]) for event in events]


def ids(events: list[Event]) -> list[str]:
    return [event["id"] for event in events]


def write(client: Client, session: str, agent: str, count: int = _EACH) -> None:
    """Write *count* messages with little patience and so with many retries."""
    producer = Producer()
    for number in range(count):
        client.append_surely(session, message(agent, number), producer)


def test_r1_output_outlives_every_reader(client: Client, fresh: Fresh) -> None:
    session = fresh()
    client.append(session, message("a", 0))
    for _ in range(3):
        with client.follow(f"s/{session}") as live:
            next(iter(live))  # and away
    for number in range(1, 50):
        client.append(session, message("a", number))

    assert said(client.log(session)) == [("a", f"{number}") for number in range(50)]


def test_r2_readers_that_drop_again_and_again_read_what_everybody_reads(
    client: Client, fresh: Fresh
) -> None:
    session = fresh()
    client.append(session, {"type": "message", "agent": "first", "data": {"text": "go"}})
    whole = 1 + _WRITERS * _EACH
    read: list[list[str]] = [[] for _ in range(_READERS)]

    def follow(number: int) -> None:
        offset = "-1"
        while len(read[number]) < whole:
            with client.follow(f"s/{session}", offset) as live:
                for events, behind in islice(live.batches(), 1 + number):  # and drop
                    read[number] += ids(events)
                    offset = behind
                    if len(read[number]) >= whole:
                        return

    writers = [partial(write, client, session, f"w{number}") for number in range(_WRITERS)]
    together(*writers, *(partial(follow, number) for number in range(_READERS)))

    late = client.log(session)
    assert len(late) == whole
    assert read == [ids(late)] * _READERS
    for number in range(_WRITERS):
        own = [text for agent, text in said(late) if agent == f"w{number}"]
        assert own == [f"{n}" for n in range(_EACH)]


def test_r3_a_saved_offset_is_good_after_a_restart(
    driver: Driver, client: Client, fresh: Fresh
) -> None:
    session = fresh()
    client.append(session, message("a", 0), message("a", 1))
    saved = client.read(f"s/{session}").next
    client.append(session, message("a", 2))

    driver.restart()
    client.append(session, message("a", 3))

    assert said(list(client.pages(f"s/{session}", saved))) == [("a", "2"), ("a", "3")]


def test_r5_a_late_client_needs_nothing_but_the_log(client: Client, fresh: Fresh) -> None:
    session = fresh()
    client.append(session, message("a", 0))
    seen: list[Event] = []
    with client.follow(f"s/{session}") as live:
        for event in live:
            seen.append(event)
            if len(seen) == 20:
                break
            client.append(session, message("a", len(seen)))

    assert client.log(session) == seen


def test_r15_history_joins_what_comes_without_a_gap(client: Client, fresh: Fresh) -> None:
    session = fresh()
    long = "x" * 20_000
    for number in range(120):  # more than a server gives in one piece
        client.append(session, {**message("a", number), "data": {"text": long}})
    writer = threading.Thread(target=write, args=(client, session, "b", 60))
    writer.start()
    found, offset = [], "-1"
    while True:
        answer = client.read(f"s/{session}", offset)
        found += answer.events
        offset = answer.next
        if answer.is_up_to_date:
            break
    with client.follow(f"s/{session}", offset) as live:
        for event in live:
            found.append(event)
            if len(found) == 180:
                break
    writer.join()

    assert ids(found) == ids(client.log(session))
    assert len(found) == 180


@pytest.mark.parametrize("way", ["sse", "long-poll"])
def test_r17_every_transport_gives_the_same_sequence(
    client: Client, fresh: Fresh, way: str
) -> None:
    session = fresh()
    client.append(session, message("a", 0))
    found: list[Event] = []

    def sse() -> None:
        with client.follow(f"s/{session}") as live:
            for event in live:
                found.append(event)
                if len(found) == 30:
                    return

    def poll() -> None:
        offset = "-1"
        cursor: dict[str, str] = {}
        while len(found) < 30:
            answer = client.read(f"s/{session}", offset, live="long-poll", **cursor)
            assert answer.status in (200, 204)
            found.extend(answer.events)
            offset = answer.next
            cursor = {"cursor": answer.headers["stream-cursor"]}

    together(sse if way == "sse" else poll, partial(write, client, session, "b", 29))

    assert ids(found) == ids(client.log(session))
