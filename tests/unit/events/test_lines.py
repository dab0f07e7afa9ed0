"""Lines of a stream are UTF-8 and JSON for every reader, whatever an agent sent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.events.lines import decode_line, encode_line

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def strict(line: bytes) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(line.decode("utf-8"), parse_constant=refuse)


@given(ANYTHING)
def test_every_value_becomes_one_line_that_any_json_reader_takes(value: Any) -> None:
    line = encode_line(value)

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    strict(line)


@given(st.recursive(st.text(st.characters()) | st.integers(), st.lists))
def test_texts_come_back_as_they_were(value: Any) -> None:
    joined = json.loads(json.dumps(value))  # JSON joins two halves of a pair that stand together

    assert decode_line(encode_line(value)) == joined


def test_a_lone_surrogate_is_kept_as_its_escape() -> None:
    line = encode_line({"text": "a\ud800b"})

    assert line == b'{"text":"a\\ud800b"}\n'
    assert decode_line(line) == {"text": "a\ud800b"}


def test_numbers_that_json_has_no_word_for_become_null() -> None:
    line = encode_line({"a": [float("nan"), 1.5], "b": {"c": (float("-inf"), float("inf"))}})

    assert strict(line) == {"a": [None, 1.5], "b": {"c": [None, None]}}


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"\xff\n", b"nul", b"[" * 100_000, b"[" * 99_000 + b"]" * 99_000, b"1" * 5000],
)
def test_what_cannot_be_read_is_none(line: bytes) -> None:
    assert decode_line(line) is None
