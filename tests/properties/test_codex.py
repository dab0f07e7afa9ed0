"""Whatever Codex says, its conversation goes on and keeps the event contract.

Recorded lines are cut, repeated, swapped and changed inside; made-up lines and wishes come between.
"""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.codex_transcripts import NAMES, Replay, lines_of, opened, spec_of
from tests.fakes.event_contract import problems_in
from tests.fakes.mangled import Edit, edits, junk, mangled

LINES = {name: lines_of(name) for name in NAMES}
METHODS = sorted(
    {json.loads(line).get("method") or "" for lines in LINES.values() for line in lines}
    | {"item/permissions/requestApproval", "turn/plan/updated", "model/rerouted", "thread/closed"}
)
KEYS = ["threadId", "turnId", "item", "id", "turn", "status", "error", "changes", "tokenUsage"]
JUNK = junk(METHODS, KEYS)
EDITS = edits(METHODS, KEYS)


def play(name: str, wanted: list[Edit]) -> Replay:
    made = opened(spec_of(name))
    made.hear(*mangled(LINES[name], wanted))
    made.end(None, 9)
    return made


@given(st.sampled_from(NAMES), EDITS)
def test_a_changed_recording_never_breaks_the_conversation(name: str, wanted: list[Edit]) -> None:
    made = play(name, wanted)

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
