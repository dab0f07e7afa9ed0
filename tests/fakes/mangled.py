"""Lines of a protocol, mangled: cut, repeated, swapped, changed inside, junk between them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Edit = tuple[str, int, bytes, Any]
_KINDS = ("drop", "twice", "swap", "cut", "junk", "change", "steer", "stop")


def values(keys: Sequence[str]) -> SearchStrategy[Any]:
    """Return any JSON value; its objects have some of *keys*."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), inner, max_size=4)
        ),
        max_leaves=12,
    )


def junk(methods: Sequence[str], keys: Sequence[str]) -> SearchStrategy[bytes]:
    """Return lines that are nothing, or messages of some of *methods* with anything in them."""
    anything = values(keys)
    messages = st.fixed_dictionaries(
        {},
        optional={
            "id": st.integers(0, 9) | anything,
            "method": st.sampled_from(methods) | anything,
            "params": st.dictionaries(st.sampled_from(keys), anything, max_size=5) | anything,
            "result": anything,
            "error": anything,
        },
    )
    return st.binary(max_size=40) | messages.map(lambda message: json.dumps(message).encode())


def edits(methods: Sequence[str], keys: Sequence[str]) -> SearchStrategy[list[Edit]]:
    """Return what to do to a recording."""
    one = st.tuples(st.sampled_from(_KINDS), st.integers(0, 200), junk(methods, keys), values(keys))
    return st.lists(one, max_size=12)


def mangled(lines: Sequence[bytes], wanted: Sequence[Edit]) -> list[bytes]:
    """Return *lines* with every edit done, one after the other."""
    made = list(lines)
    for kind, place, between, value in wanted:
        if made:
            _edit(made, kind, place % len(made), between, value)
    return made


def _changed(line: bytes, value: Any, at: int) -> bytes:
    """Return *line* with one of its values replaced."""
    try:
        message = json.loads(line)
    except ValueError:
        return line
    places = list(_places(message))
    if places:
        holder, key = places[at % len(places)]
        holder[key] = value
    return json.dumps(message).encode()


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _edit(lines: list[bytes], kind: str, at: int, between: bytes, value: Any) -> None:
    """Do one edit to *lines* at place *at*; a wish is a line of its own kind."""
    line = lines[at]
    if line.startswith(b'{"wish"'):
        return
    put: dict[str, list[bytes]] = {
        "drop": [],
        "twice": [line, line],
        "swap": [*lines[at + 1 : at + 2], line],
        "cut": [line[: len(line) // 2]],
        "junk": [between, line],
        "change": [_changed(line, value, at)],
        "steer": [b'{"wish": {"steer": "more"}}', line],
        "stop": [b'{"wish": {"interrupt": true}}', line],
    }
    lines[at : at + (2 if kind == "swap" else 1)] = put[kind]
