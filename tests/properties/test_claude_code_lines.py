"""Laws of the reader of Claude Code's lines, over mutated recordings of the real program."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.claude_transcripts import NAMES, lines_of, replay
from tests.fakes.event_contract import problems_in

STREAMS = [name for name in NAMES if name.startswith("stream-")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def changed(body: Any, path: list[int], value: Any) -> Any:
    """Return *body* with one place, chosen by *path*, replaced by *value*."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    if isinstance(body, dict):
        key = list(body)[path[0] % len(body)]
        return {**body, key: changed(body[key], path[1:], value)}
    at = path[0] % len(body)
    return [*body[:at], changed(body[at], path[1:], value), *body[at + 1 :]]


@st.composite
def mutated(draw: st.DrawFn) -> list[bytes]:
    """Return the lines of a recording after something went wrong with some of them."""
    lines = lines_of(draw(st.sampled_from(STREAMS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["drop", "double", "move", "cut", "noise", "change"]))
        if kind == "drop" and len(lines) > 1:
            lines = lines[:at] + lines[at + 1 :]
        elif kind == "double":
            lines = [*lines[:at], lines[at], *lines[at:]]
        elif kind == "move":
            line, to = lines[at], draw(st.integers(0, len(lines) - 1))
            lines = lines[:at] + lines[at + 1 :]
            lines = [*lines[:to], line, *lines[to:]]
        elif kind == "cut":
            lines = [*lines[:at], lines[at][: draw(st.integers(0, 300))], *lines[at + 1 :]]
        elif kind == "noise":
            lines = [*lines[:at], draw(st.binary(max_size=60)), *lines[at:]]
        elif kind == "change":
            lines = [*lines[:at], _changed(lines[at], draw), *lines[at + 1 :]]
    return lines


def _changed(line: bytes, draw: st.DrawFn) -> bytes:
    try:
        body = json.loads(line)
    except ValueError:
        return line
    path = draw(st.lists(st.integers(0, 40), min_size=1, max_size=5))
    return json.dumps(changed(body, path, draw(JSON))).encode()


@given(mutated(), st.sampled_from([(0, None), (1, None), (None, 9)]))
def test_whatever_it_hears_it_keeps_to_the_vocabulary(
    lines: list[bytes], end: tuple[int | None, int | None]
) -> None:
    made = replay(lines, exit_code=end[0], signal=end[1])

    assert not problems_in(made.events)


@given(st.lists(JSON, max_size=12), st.lists(st.binary(max_size=80), max_size=6))
def test_any_json_and_any_bytes_are_survived(bodies: list[Any], noise: list[bytes]) -> None:
    lines = [json.dumps(body).encode() for body in bodies]

    made = replay([*lines, *noise, *lines])

    assert not problems_in(made.events)


@given(mutated(), st.integers(0, 10**7), st.floats(0, 1000))
def test_totals_never_fall_and_never_forget_the_past(
    lines: list[bytes], tokens: int, cost: float
) -> None:
    made = replay(lines, spec={"total_before": tokens, "cost_before": cost, "resume": "n"})

    totals = [tokens, *(used["total_session"] for used in made.of("usage"))]
    costs = [
        round(cost, 6),
        *(used["cost_usd"] for used in made.of("usage") if used["cost_usd"] is not None),
    ]
    assert totals == sorted(totals)
    assert costs == sorted(costs)


@given(mutated())
def test_every_wish_is_answered_at_most_once(lines: list[bytes]) -> None:
    made = replay(lines)

    controls = [step.control for step in made.steps if hasattr(step, "control")]
    assert len(controls) == len(set(controls))
