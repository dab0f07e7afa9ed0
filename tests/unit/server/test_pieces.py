"""Bodies taken apart into the messages of a JSON stream, and put together again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.server.pieces import as_array, json_lines, stored
from darkfactory.server.refused import BadRequest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b'{"a":1}', b'{"a":1}\n'),
        (b'[{"a":1},{"a":2}]', b'{"a":1}\n{"a":2}\n'),
        (b"[[1,2],[3]]", b"[1,2]\n[3]\n"),
        (b"[[[1]]]", b"[[1]]\n"),
        (b' [ 1 ,\n "]" , {"b":\n[]} ] ', b'1\n"]"\n{"b": []}\n'),
        (b'"text"', b'"text"\n'),
        (b'{"n": 1.0e2, "n": 2}', b'{"n": 1.0e2, "n": 2}\n'),
    ],
)
def test_one_level_of_array_is_taken_apart_and_nothing_else_is_changed(
    body: bytes, lines: bytes
) -> None:
    assert json_lines(body) == lines


@given(st.lists(VALUES, min_size=1, max_size=5), st.sampled_from([None, 1, 3]))
def test_messages_come_out_as_they_went_in(values: list[Any], indent: int | None) -> None:
    lines = json_lines(json.dumps(values, indent=indent).encode())

    assert lines.count(b"\n") == len(values)
    assert json.loads(as_array(lines)) == values


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,]", b"nul", b"NaN", b"[Infinity]", b"\xff", b"{} {}", b"[" * 100_000]
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        json_lines(body)


def test_an_empty_array_creates_but_appends_nothing() -> None:
    assert json_lines(b"[ ]", may_be_empty=True) == b""
    with pytest.raises(BadRequest):
        json_lines(b"[]")


def test_other_streams_store_bytes_as_they_are() -> None:
    assert stored("text/plain", b"[]\n") == b"[]\n"
    assert (as_array(b""), as_array(b"1\n")) == (b"[]", b"[1]")
