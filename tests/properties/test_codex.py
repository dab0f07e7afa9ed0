"""Whatever Codex says, its conversation goes on and keeps the event contract.

Recorded lines are cut, repeated, swapped and changed inside; made-up lines and wishes come between.
"""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.codex_transcripts import NAMES, Replay, lines_of, opened, spec_of
from tests.fakes.event_contract import problems_in

LINES = {name: lines_of(name) for name in NAMES}
METHODS = sorted(
    {json.loads(line).get("method") or "" for lines in LINES.values() for line in lines}
    | {"item/permissions/requestApproval", "turn/plan/updated", "model/rerouted", "thread/closed"}
)
KEYS = ["threadId", "turnId", "item", "id", "turn", "status", "error", "changes", "tokenUsage"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 9) | VALUES,
        "method": st.sampled_from(METHODS) | VALUES,
        "params": st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5) | VALUES,
        "result": VALUES,
        "error": VALUES,
    },
)
JUNK = st.binary(max_size=40) | MESSAGES.map(lambda message: json.dumps(message).encode())
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "twice", "swap", "cut", "junk", "change", "steer", "stop"]),
        st.integers(0, 200),
        JUNK,
        VALUES,
    ),
    max_size=12,
)


def changed(line: bytes, value: Any, at: int) -> bytes:
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


def edited(lines: list[bytes], kind: str, at: int, junk: bytes, value: Any) -> None:
    """Do one edit to *lines* at place *at*; a wish is a line of its own kind."""
    line = lines[at]
    if line.startswith(b'{"wish"'):
        return
    put: dict[str, list[bytes]] = {
        "drop": [],
        "twice": [line, line],
        "swap": [*lines[at + 1 : at + 2], line],
        "cut": [line[: len(line) // 2]],
        "junk": [junk, line],
        "change": [changed(line, value, at)],
        "steer": [b'{"wish": {"steer": "more"}}', line],
        "stop": [b'{"wish": {"interrupt": true}}', line],
    }
    lines[at : at + (2 if kind == "swap" else 1)] = put[kind]


def play(name: str, edits: list[tuple[str, int, bytes, Any]]) -> Replay:
    lines = list(LINES[name])
    for kind, place, junk, value in edits:
        if lines:
            edited(lines, kind, place % len(lines), junk, value)
    made = opened(spec_of(name))
    made.hear(*lines)
    made.end(None, 9)
    return made


@given(st.sampled_from(NAMES), EDITS)
def test_a_changed_recording_never_breaks_the_conversation(
    name: str, edits: list[tuple[str, int, bytes, Any]]
) -> None:
    made = play(name, edits)

    assert not problems_in(made.events)
    for line in made.sent:
        assert set(line) <= {"id", "method", "params", "result", "error"}


@given(st.lists(JUNK, max_size=30))
def test_lines_of_nobodys_protocol_never_break_it_either(lines: list[bytes]) -> None:
    made = opened(spec_of(""))
    for line in lines:
        made.steps += made.conversation.hear(line)
    made.end(1)

    assert not problems_in(made.events)


@given(st.sampled_from(NAMES), st.integers(0, 200))
def test_a_recording_that_breaks_off_anywhere_leaves_nothing_open(name: str, at: int) -> None:
    made = opened(spec_of(name))
    made.hear(*LINES[name][:at])
    made.end(None, 9)

    assert not problems_in(made.events)
    assert made.types().count("turn.started") == made.types().count("turn.finished")


def test_deeply_nested_and_huge_lines_are_survived() -> None:
    made = opened(spec_of(""))

    made.hear(b"[" * 200_000, b'{"a":' * 50_000, b'{"method": "' + b"x" * 5_000_000 + b'"}')
    made.hear(b'{"id": ' + b"9" * 5000 + b"}", b"\xff\xfe\x00", b'{"method": "\\ud800"}')
    made.end(0)

    assert made.of("warning")
    assert not problems_in(made.events)
