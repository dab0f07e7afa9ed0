"""What a server sends of a log: each event with the offset behind it, whatever the batch."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.events.lines import encode_line
from darkfactory.events.offset import format_offset
from darkfactory.remote.batches import batch_of, server_sent
from darkfactory.server.pieces import as_array

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(TEXTS, max_size=8), st.integers(0, 10**9))
def test_the_offset_behind_each_event_is_where_its_line_ends(texts: list[str], at: int) -> None:
    lines = [encode_line({"type": "message", "data": {"text": text}}) for text in texts]
    ends = [at + sum(map(len, lines[: n + 1])) for n in range(len(lines))]
    body = as_array(b"".join(lines)).decode()
    behind = format_offset(ends[-1] if ends else at)

    batch = batch_of("s-1", body, format_offset(at), behind, up_to_date=True)

    assert [told.event.data["text"] for told in batch.told] == texts
    assert [told.next for told in batch.told] == [format_offset(end) for end in ends]


@pytest.mark.parametrize("start", ["now", "other-server-7", format_offset(3)])
def test_where_offsets_do_not_add_up_who_resumes_misses_nothing(start: str) -> None:
    body = json.dumps([{"type": "a"}, {"type": "b"}])

    batch = batch_of("s-1", body, start, "other-server-9", up_to_date=True)

    assert [told.next for told in batch.told] == [start, "other-server-9"]


def test_what_is_no_event_is_passed_over_and_counted() -> None:
    body = '[{"type":"a"},7,{"type":"b"}]'

    batch = batch_of("s-1", body, format_offset(0), format_offset(28), up_to_date=True)

    assert [(told.event.type, told.next) for told in batch.told] == [
        ("a", format_offset(13)),
        ("b", format_offset(28)),
    ]


@pytest.mark.parametrize("body", ["{}", "[", '[{"type":', "[1 2]", "[1,", "<html>", "7"])
def test_what_is_no_whole_array_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"array|Expecting"):
        batch_of("s-1", body, "-1", "x", up_to_date=True)


def test_server_sent_events_are_whole_or_none() -> None:
    lines = [
        b"event: data\r\n", b"data: [1,\n", b"data:2]\n", b"\n", b": a comment\n", b"\n",
        b"event: control\n", b'data:{"a":1}\n', b"\n", b"event: data\n", b"data:[3]\n",
    ]  # fmt: skip

    assert list(server_sent(lines)) == [("data", "[1,\n2]"), ("control", '{"a":1}')]
