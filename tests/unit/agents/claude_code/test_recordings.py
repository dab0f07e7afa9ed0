"""Every recording of the real program is told in the words of the event log, and in order."""

import pytest

from darkfactory.agents.claude_code.conversation import ClaudeConversation
from darkfactory.agents.protocol import Native
from darkfactory.sessions.skill_files import SkillFiles
from tests.fakes.claude_transcripts import NAMES, lines_of, replay
from tests.fakes.event_contract import problems_in


@pytest.mark.parametrize("name", NAMES)
def test_its_events_keep_to_the_vocabulary(name: str) -> None:
    made = replay(name)

    assert not problems_in(made.events)
    assert made.types()[0] == "turn.started"
    assert made.types()[-1] == "turn.finished"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_understood_without_a_warning(name: str) -> None:
    made = replay(name)

    assert made.of("warning") == []


@pytest.mark.parametrize("name", NAMES)
def test_the_program_tells_its_version_once(name: str) -> None:
    made = replay(name)

    versions = {native.version for native in made.natives}
    assert versions <= {"2.1.329"}
    assert len(made.natives) == len(set(made.natives)) <= 1 + (name == "steer-interrupt")


def test_a_turn_is_told_from_its_first_word_to_its_last() -> None:
    made = replay("stream-work")

    told = [event.type for event in made.events if event.type != "usage"]
    assert told == [
        "turn.started",
        "thought",
        "message",
        "tool.started",
        "tool.finished",
        "tool.started",
        "tool.started",
        "file.changed",
        "tool.finished",
        "file.changed",
        "tool.finished",
        "tool.started",
        "tool.started",
        "tool.finished",
        "tool.finished",
        "message",
        "turn.finished",
    ]
    assert made.only("turn.finished") == {"reason": "done", "text": "Fixed."}


def test_the_program_tells_its_conversation_model_and_version() -> None:
    made = replay("stream-work")

    (native,) = made.natives
    assert native == Native("f6829fd4-f340-5bd9-a559-27504b05bf84", "claude-opus-5-5", "2.1.329")


def test_calls_are_told_with_kind_command_paths_and_status() -> None:
    made = replay("stream-work")

    started = [(call["kind"], call["command"], call["paths"]) for call in made.of("tool.started")]
    finished = [(call["status"], call["exit_code"]) for call in made.of("tool.finished")]
    assert started == [
        ("read", None, ["calc.py"]),
        ("edit", None, ["calc.py"]),
        ("write", None, ["NOTES.md"]),
        ("shell", "python3 -c 'import calc; print(calc.add(1, 2))'", []),
        ("shell", "echo no; exit 3", []),
    ]
    assert finished == [("ok", None), ("ok", None), ("ok", None), ("ok", 0), ("failed", 3)]


def test_edits_are_told_with_their_lines_and_the_hash_of_the_result() -> None:
    made = replay("stream-work")

    changes = [(c["path"], c["added"], c["removed"], c["ok"]) for c in made.of("file.changed")]
    hashes = [change["content_hash"] for change in made.of("file.changed")]
    assert changes == [("calc.py", 1, 1, True), ("NOTES.md", 2, 0, True)]
    # first 16 digits of the sha256 of what the two files held afterwards
    assert hashes == ["ba1a531f581d2e60", "c3f9c8c283a2b1f2"]


def test_a_call_of_an_mcp_server_is_told_as_one() -> None:
    made = replay("mcp-direct")

    assert "mcp" in [call["kind"] for call in made.of("tool.started")]


def test_a_sub_agents_events_carry_its_name_and_the_call_that_started_it() -> None:
    made = replay("stream-subagent")

    starter = next(e.data["call"] for e in made.events if e.data.get("kind") == "agent")
    of_sub = [event for event in made.events if event.agent is not None]
    assert {event.agent for event in of_sub} == {"general-purpose-45546f0a"}
    assert {event.parent for event in of_sub} == {starter}
    assert {"message", "tool.started", "tool.finished", "file.changed", "usage"} == {
        event.type for event in of_sub
    }


def test_a_sub_agents_words_are_not_the_agents_last_ones() -> None:
    recording = [line for line in lines_of("stream-subagent") if b'"type":"result"' not in line]

    made = replay(recording)

    assert made.only("turn.finished")["text"] == "Main done."


def test_a_sub_agents_write_is_counted_from_what_it_asked_for() -> None:
    made = replay("stream-subagent")

    change = made.only("file.changed")
    assert (change["path"], change["added"], change["removed"]) == ("sub.txt", 2, None)


def test_retries_are_told_with_status_and_delay() -> None:
    made = replay("stream-retries")

    retries = [(r["attempt"], r["max"], r["status"]) for r in made.of("retry")]
    assert retries == [(1, 2, 429), (2, 2, 429)]
    assert all(retry["delay_ms"] >= 1000 for retry in made.of("retry"))
    assert made.only("turn.finished")["reason"] == "done"


def test_a_stream_cut_by_the_server_is_a_retry_without_a_status() -> None:
    made = replay("cut")

    assert [retry["status"] for retry in made.of("retry")] == [None]
    assert made.only("turn.finished")["reason"] == "done"


def test_a_skill_is_loaded_when_its_tool_ran() -> None:
    known = [{"name": "tidy", "version": "1.2.0", "sha256": "abc"}]

    made = replay("stream-skill", spec={"skills": known})

    told = {"name": "tidy", "version": "1.2.0", "sha256": "abc", "how": "tool"}
    assert made.only("skill.loaded") == told


def test_a_file_of_a_skill_is_seen_in_the_call_that_read_it() -> None:
    seen = SkillFiles([{"name": "tidy"}])

    made = replay("stream-skill")

    files = [found for event in made.events for found in seen.take(event.type, event.data)]
    assert [(type_, data["path"]) for type_, data in files] == [
        ("skill.reference_read", "notes.md")
    ]


def test_tools_that_a_level_takes_away_are_denied() -> None:
    made = replay("stream-observe")

    assert [call["status"] for call in made.of("tool.finished")] == ["ok", "denied", "denied"]
    assert len(made.of("denied")) == 2
    assert made.of("file.changed") == []


def test_a_denial_is_told_once_and_with_its_reason() -> None:
    made = replay("stream-denied")

    denied = made.only("denied")
    assert denied["reason"] == "Path is outside allowed working directories"
    assert made.only("tool.finished")["status"] == "denied"
    assert made.only("tool.finished")["call"] == denied["call"]


@pytest.mark.parametrize("name", ["deny", "deny-dontask", "disallowed"])
def test_every_kind_of_denial_is_told(name: str) -> None:
    made = replay(name)

    calls = {denied["call"] for denied in made.of("denied")}
    denied = {c["call"] for c in made.of("tool.finished") if c["status"] == "denied"}
    assert calls == denied != set()


def test_thoughts_are_told() -> None:
    made = replay("think")

    assert made.of("thought") != []


def test_a_line_that_only_shows_life_says_nothing() -> None:
    delta = next(line for line in lines_of("stream-work") if b"content_block_delta" in line)
    conversation = ClaudeConversation({})

    steps = conversation.hear(delta)

    assert steps == []
