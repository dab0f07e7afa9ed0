"""A person's word on a change: what is taken, what is refused, what exactly is recorded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.domain.change import ChangeState as State
from darkfactory.domain.change import CloseAs
from darkfactory.gate.readers import Reading
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import (
    BadTime,
    NoSuchPlace,
    NoSuchQuestion,
    NotAtTheGate,
    NoWords,
    Overtaken,
    approve,
    close,
    defer,
    parse_until,
    rework,
)
from tests.fakes.gates import ManualClock, land, make_gate, offer, verbs

NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def room(tmp_path: Path, clock: ManualClock) -> GateRoom:
    return make_gate(tmp_path, {"src/deep.py": "a\nb\nc\nd\ne\nf\n"}, clock=clock)[0]


@pytest.fixture
def change(room: GateRoom) -> Change:
    return offer(room, "alpha", {"alpha.txt": "alpha\n"})[0]


def state(room: GateRoom) -> State:
    return room.find("alpha").state_at(room.clock.now())


def test_an_approval_pins_head_and_patch_and_says_who_and_what(
    room: GateRoom, change: Change
) -> None:
    approve(room, change, by="ada", text="nice", taste={1: True}, reading=Reading(12.5))

    found = room.find("alpha")
    assert found.state is State.QUEUED
    assert found.approval is not None
    assert (found.approval.by, found.approval.head) == ("ada", change.head)
    assert found.approval.patch_id == change.patch_id
    told = next(e.data for _, e in room.stream.read() if e.type == "change.approved")
    assert told["taste"] == [{"question": "Is it small?", "answer": True}]
    assert (told["text"], told["seconds"]) == ("nice", 12.5)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_answer_to_no_question_is_refused_and_nothing_approved(
    room: GateRoom, change: Change, number: int
) -> None:
    with pytest.raises(NoSuchQuestion):
        approve(room, change, by="ada", taste={1: True, number: True})

    assert state(room) is State.WAITING_TASTE


def do(verdict: str, room: GateRoom, change: Change) -> Any:
    match verdict:
        case "approve":
            return approve(room, change, by="ada")
        case "rework":
            return rework(room, change, by="ada", text="again")
        case "close":
            return close(room, change, by="ada", close_as=CloseAs.NOT_PLANNED)
        case _:
            return defer(room, change, by="ada", until="2h")


@pytest.mark.parametrize("verdict", ["approve", "rework", "close", "defer"])
def test_no_verdict_is_taken_on_what_has_landed(
    room: GateRoom, change: Change, verdict: str
) -> None:
    approve(room, change, by="ada")
    land(room)

    with pytest.raises(NotAtTheGate):
        do(verdict, room, room.find("alpha"))

    assert state(room) is State.LANDED


@pytest.mark.parametrize("verdict", ["approve", "rework", "close", "defer"])
def test_no_verdict_is_taken_on_what_is_closed(
    room: GateRoom, change: Change, verdict: str
) -> None:
    close(room, change, by="ada", close_as=CloseAs.DUPLICATE)

    with pytest.raises(NotAtTheGate):
        do(verdict, room, room.find("alpha"))

    assert verbs(room, "c-alpha")[-1] == "closed"


@pytest.mark.parametrize("verdict", ["approve", "defer"])
def test_what_was_sent_back_can_be_neither_approved_nor_deferred(
    room: GateRoom, change: Change, verdict: str
) -> None:
    rework(room, change, by="ada", text="again")

    with pytest.raises(NotAtTheGate):
        do(verdict, room, room.find("alpha"))


@pytest.mark.parametrize("verdict", ["rework", "close"])
def test_an_approval_can_be_taken_back_until_the_change_lands(
    room: GateRoom, change: Change, verdict: str
) -> None:
    approve(room, change, by="ada")

    do(verdict, room, room.find("alpha"))

    assert room.find("alpha").approval is None
    assert land(room).landed == []


def test_an_approval_of_a_revision_that_is_gone_does_not_count(
    room: GateRoom, change: Change
) -> None:
    offer(room, "alpha", {"alpha.txt": "later\n"}, epoch=2)

    with pytest.raises(Overtaken, match="revision 2"):
        approve(room, change, by="ada")

    assert room.find("alpha").approval is None
    assert state(room) is State.WAITING_TASTE


def test_a_deferred_change_can_be_approved_at_once(room: GateRoom, change: Change) -> None:
    defer(room, change, by="ada", until="2h")

    approve(room, room.find("alpha"), by="ada")

    assert state(room) is State.QUEUED


def test_a_deferral_hides_the_change_until_its_time(
    room: GateRoom, change: Change, clock: ManualClock
) -> None:
    due = defer(room, change, by="ada", until="2026-11-21T14:00:00Z")

    clock.at = due - 1
    before = state(room)
    clock.at = due

    assert due == NOON + 7200
    assert (before, state(room)) == (State.DEFERRED, State.WAITING_TASTE)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2h", 7200),
        ("1.5h", 5400),
        ("3d", 259200),
        ("1w", 604800),
        (" 10m ", 600),
        ("2026-11-21T12:00:01Z", 1),
        ("2026-11-21T12:00:00.250Z", 0.25),
        ("2026-11-22T12:00:00", 86400),
    ],
)
def test_until_takes_a_duration_or_a_date_in_utc(text: str, seconds: float) -> None:
    assert parse_until(text, NOON) == pytest.approx(NOON + seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2 hours",
        "0s",
        "-2h",
        "2h30m",
        "h",
        "nan",
        "infs",
        "2026-11-21T11:59:59Z",
        "2026-13-01T00:00:00Z",
        "2026-11-21",
        "999999999999999d",
        "9" * 400 + "d",
        "12345",
    ],
)
def test_until_refuses_what_is_no_time_to_come(text: str) -> None:
    with pytest.raises(BadTime):
        parse_until(text, NOON)


@given(st.text(max_size=30))
def test_until_takes_or_refuses_any_text_and_never_breaks(text: str) -> None:
    try:
        due = parse_until(text, NOON)
    except BadTime:
        return

    assert due > NOON


def places(room: GateRoom) -> tuple[dict[str, Any], ...]:
    return room.find("alpha").places


def test_a_place_is_quoted_with_the_lines_around_it(room: GateRoom) -> None:
    change, _ = offer(room, "alpha", {"alpha.txt": "alpha\n"})

    rework(room, change, by="ada", text="why?", places=("src/deep.py:3", "src/deep.py:1"))

    first, second = places(room)
    assert first == {
        "path": "src/deep.py",
        "line": 3,
        "code": "    1   a\n    2   b\n    3 > c\n    4   d\n    5   e",
    }
    assert second["code"].splitlines() == ["    1 > a", "    2   b", "    3   c"]


NOWHERE = [
    "src/deep.py",
    "src/deep.py:",
    "src/deep.py:0",
    "src/deep.py:-1",
    "src/deep.py:7",
    "src/deep.py:3:",
    "src/deep.py:²",
    "src/deep.py:٣",
    "src/deep.py:" + "9" * 5000,
    "src/none.py:1",
    "src:1",
    ":1",
    "",
    "../etc/passwd:1",
    "./src/deep.py:1",
    "--help:1",
    "empty:1",
    "picture.png:1",
    "src/deep.py\n:1",
]


def test_places_that_do_not_exist_are_refused_and_nothing_sent_back(room: GateRoom) -> None:
    change, _ = offer(room, "alpha", {"empty": "", "picture.png": b"\x89PNG\0\1", "a": "a\n"})

    for place in NOWHERE:
        with pytest.raises(NoSuchPlace):
            rework(room, change, by="ada", text="why?", places=("a:1", place))

    assert state(room) is State.WAITING_TASTE


def test_a_file_that_the_change_deletes_has_no_places(room: GateRoom) -> None:
    change, _ = offer(room, "alpha", {"src/deep.py": None})

    with pytest.raises(NoSuchPlace):
        rework(room, change, by="ada", text="why?", places=("src/deep.py:1",))


def test_odd_names_and_odd_bytes_are_quoted_as_text(room: GateRoom) -> None:
    wide = "x" * 100_000
    files: dict[str, str | bytes | None] = {
        "ünï/a b:2.txt": "grüße 🎈\n",
        "latin": b"caf\xe9\n",
        "wide": f"{wide}\n",
    }
    change, _ = offer(room, "alpha", files)

    rework(room, change, by="ada", text="?", places=("ünï/a b:2.txt:1", "latin:1", "wide:1"))

    first, second, third = places(room)
    assert (first["path"], first["code"]) == ("ünï/a b:2.txt", "    1 > grüße 🎈")
    assert second["code"] == "    1 > caf\ufffd"
    assert len(third["code"]) < 500
    assert all(row["code"].encode() for row in places(room))


def test_a_lane_that_is_gone_asks_no_questions(room: GateRoom, change: Change) -> None:
    room.settings = replace(room.settings, lanes=())

    with pytest.raises(NoSuchQuestion):
        approve(room, change, by="ada", taste={1: True})
    approve(room, change, by="ada")

    assert state(room) is State.QUEUED


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_is_sent_back_without_words(room: GateRoom, text: str) -> None:
    change, _ = offer(room, "a", {"src/a.py": "x\n"})

    with pytest.raises(NoWords):
        rework(room, change, by="ada", text=text)

    assert room.find(change.id).state is State.WAITING_TASTE
