"""Whatever an agent of the protocol says, its conversation goes on and keeps the event contract."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.acp_replay import ASKS, AcpReplay, lines_of, started
from tests.fakes.event_contract import problems_in
from tests.fakes.mangled import Edit, edits, junk, mangled

LINES = {name: lines_of(name) for name in ("gemini", "opencode")}
LINES["asking"] = [
    line.replace(b'"gemini-cli"', json.dumps(ASKS).encode()) for line in LINES["gemini"]
]
METHODS = ["session/update", "session/request_permission", "$/cancel_request", "fs/read_text_file"]
KEYS = [
    *("sessionId", "update", "sessionUpdate", "toolCallId", "toolCall", "options", "optionId"),
    *("kind", "status", "content", "rawInput", "rawOutput", "locations", "path", "type", "_meta"),
    *("cost", "usage", "stopReason", "configOptions", "models", "modes", "outcome", "entries"),
]


def opened(name: str) -> AcpReplay:
    return started(autonomy="suggest" if name == "asking" else "propose", model=None)


@given(st.sampled_from(sorted(LINES)), edits(METHODS, KEYS))
def test_a_changed_recording_never_breaks_the_conversation(name: str, wanted: list[Edit]) -> None:
    made = opened(name)
    made.hear(*mangled(LINES[name], wanted))
    made.end(None, 9)

    assert not problems_in(made.events)
    for line in made.sent:
        assert line["jsonrpc"] == "2.0"
        assert set(line) <= {"jsonrpc", "id", "method", "params", "result", "error"}


@given(st.lists(junk(METHODS, KEYS), max_size=30))
def test_lines_of_nobodys_protocol_never_break_it_either(lines: list[bytes]) -> None:
    made = opened("asking")
    made.hear(*LINES["asking"][:2], *lines)
    made.end(1)

    assert not problems_in(made.events)


@given(edits(METHODS, KEYS))
def test_in_a_suggest_lane_nothing_is_ever_allowed_for_longer_than_once(
    wanted: list[Edit],
) -> None:
    made = opened("asking")
    made.hear(*mangled(LINES["asking"], wanted))

    assert not [line for line in made.sent if "proceed_always" in json.dumps(line)]


@given(st.sampled_from(sorted(LINES)), st.integers(0, 200))
def test_a_recording_that_breaks_off_anywhere_leaves_nothing_open(name: str, at: int) -> None:
    made = opened(name)
    made.hear(*LINES[name][:at])
    made.end(None, 9)

    assert not problems_in(made.events)
    assert made.types().count("turn.started") == made.types().count("turn.finished")


def test_deeply_nested_and_huge_lines_are_survived() -> None:
    made = opened("opencode")

    made.hear(b"[" * 200_000, b'{"a":' * 50_000, b'{"method": "' + b"x" * 5_000_000 + b'"}')
    made.hear(b'{"id": ' + b"9" * 5000 + b"}", b"\xff\xfe\x00", b'{"method": "\\ud800"}')
    made.end(0)

    assert made.of("warning")
    assert not problems_in(made.events)


def test_a_thousand_kinds_of_nonsense_make_a_few_warnings() -> None:
    made = opened("opencode")

    made.hear(*(b"nonsense %d" % number for number in range(1000)))

    assert len(made.of("warning")) == 20
