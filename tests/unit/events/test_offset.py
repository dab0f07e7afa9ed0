"""Offsets are opaque to clients, grow with the stream, and nothing else passes for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.events.offset import BadOffset, format_offset, parse_offset

POSITIONS = st.integers(0, 10**16 - 1)


@given(POSITIONS)
def test_an_offset_names_its_position(position: int) -> None:
    assert parse_offset(format_offset(position), end=7) == position


@given(POSITIONS, POSITIONS)
def test_offsets_sort_as_their_positions_do(one: int, other: int) -> None:
    assert (format_offset(one) < format_offset(other)) == (one < other)


def test_the_shape_of_an_offset_is_promised() -> None:
    assert format_offset(1234) == "0000000000000000_0000000000001234"


@pytest.mark.parametrize(("text", "position"), [("-1", 0), ("", 0), ("now", 42)])
def test_start_and_now_are_offsets(text: str, position: int) -> None:
    assert parse_offset(text, end=42) == position


@pytest.mark.parametrize(
    "text",
    ["0", "17", "-2", "NOW", "0000000000000000_12", "0000000000000000_000000000000000x",
     "0000000000000001_0000000000000000", " -1", "0000000000000000_0000000000000001\n",
     "0000000000000000_-000000000000001", "0000000000000000_" + "\u0660" * 16],
)  # fmt: skip
def test_nothing_else_is_an_offset(text: str) -> None:
    with pytest.raises(BadOffset) as raised:
        parse_offset(text, end=0)

    assert repr(text) in raised.value.problem
