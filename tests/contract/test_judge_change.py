"""What a page asks before a yes, and what it is told after a verdict, with no server between."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState
from darkfactory.factory.batch import NotOpened
from darkfactory.factory.drill import seed
from darkfactory.factory.judge_change import NotConfirmed, PersonsGate
from darkfactory.factory.line import Line, open_line
from darkfactory.gate.conflicts import compare
from darkfactory.gate.verdicts import Moved, NoReason, approve
from tests.fakes.factories import bug, make_factory
from tests.fakes.gates import hold_to, offer

pytestmark = pytest.mark.timeout(60)

LEAST = "def least(rows):\n    if not rows:\n        raise ValueError\n    return min(rows) + 1\n"


@pytest.fixture
def line(tmp_path: Path) -> Line:
    made = make_factory(tmp_path, {"sessions": []}, [bug("none")], lane="batch: {lines: 20}")
    line = open_line(made.root)
    line.hub.sync_base()
    return line


@pytest.fixture
def gate(line: Line) -> PersonsGate:
    return PersonsGate(line.state.repository, "ada")


def head(line: Line, change: str) -> str:
    return line.gate().find(change).head


def test_a_yes_to_a_change_that_breaks_a_rule_is_taken_with_its_reason_alone(
    line: Line, gate: PersonsGate
) -> None:
    room = line.gate()
    hold_to(room, {"trace": {"never": {"arg": "--no-verify"}}}, "git commit --no-verify")
    offer(room, "a", {"a.txt": "a\n"})
    verdict = {"verdict": "approve", "confirm": True}

    doubts = gate.doubts("c-a", {})
    with pytest.raises(NoReason):
        gate.judge("c-a", verdict)
    done = gate.judge("c-a", {**verdict, "text": "the hook is broken"})

    assert (doubts["confirm"], doubts["reason"]) == (True, "commit/NN-1")
    assert [row["id"] for row in done["landed"]] == ["c-a"]


def test_before_a_yes_it_is_told_what_was_not_seen_and_whom_it_sends_back(
    line: Line, gate: PersonsGate
) -> None:
    room = line.gate()
    offer(room, "left", {"migrations/1.sql": "left\n"})
    offer(room, "right", {"migrations/1.sql": "right\n"})
    compare(room)
    comments = [{"path": "migrations/1.sql", "line": 1, "text": "Why?"}]
    read = {"head": head(line, "c-left"), "comments": comments, "reading": {"touches": []}}
    seen = {"reading": {"shown": [["migrations/1.sql", 0]]}}

    asked, quiet = gate.doubts("c-left", read), gate.doubts("c-left", seen)
    with pytest.raises(NotConfirmed) as refused:
        gate.judge("c-left", {"verdict": "approve", **read})

    partner = "c-right will not merge once c-left has landed"
    expected = ["1 risky hunk not seen: migrations/1.sql:1", "1 comment written and not sent: "]
    assert asked["confirm"]
    assert [text.partition("r sends")[0] for text in asked["warnings"]] == [*expected, partner]
    assert list(refused.value.warnings) == asked["warnings"]
    assert (quiet["warnings"], quiet["confirm"]) == ([partner], False)


def test_a_look_counts_for_the_revision_that_was_on_the_screen(
    line: Line, gate: PersonsGate
) -> None:
    offer(line.gate(), "one", {"one.py": "a = 1\n"})
    gate.look("c-one", {"head": head(line, "c-one")})
    first = head(line, "c-one")
    offer(line.gate(), "one", {"one.py": "a = 1\nb = 2\n"}, epoch=2)

    found: dict[str, Any] = dict(gate.diff("one"))
    with pytest.raises(Moved):
        gate.look("c-one", {"head": first})
    with pytest.raises(Moved):
        gate.doubts("c-one", {"head": first, "reading": {}})

    (file,) = found["since"]["files"]
    added = [row for hunk in file["hunks"] for row in hunk["rows"] if row["mark"] == "+"]
    assert ([row["parts"] for row in added], found["seen"]) == ([[("b = 2", False)]], 1)


def test_a_drill_is_told_after_the_verdict_and_not_before(line: Line, gate: PersonsGate) -> None:
    offer(line.gate(), "least", {"least.py": LEAST})
    (drill,) = seed(line, 1, by="eve")

    before = str(gate.facts(drill)) + str(gate.diff(drill))
    later = gate.judge(drill, {"verdict": "defer", "until": "2h"})
    said = gate.judge(drill, {"verdict": "rework", "text": "It loses a check."})

    assert "drill" not in before
    assert later["drill"] == ""
    assert said["drill"].startswith("it was a drill, caught: ")


def test_a_yes_is_taken_back_until_it_has_landed(line: Line, gate: PersonsGate) -> None:
    room = line.gate()
    offer(room, "one", {"one.py": "a = 1\n"})
    approve(room, room.find("c-one"), by="ada")

    done = gate.judge("c-one", {"verdict": "undo"})
    again = gate.judge("c-one", {"verdict": "undo"})

    assert (done["undone"], done["refused"]) == (["c-one"], [])
    assert (again["undone"], again["refused"][0]["id"]) == ([], "c-one")
    assert room.find("c-one").state is ChangeState.WAITING_TASTE


def test_one_yes_to_a_lane_counts_once_what_was_drawn_was_looked_at(
    line: Line, gate: PersonsGate
) -> None:
    for item in ("a", "b"):
        offer(line.gate(), item, {f"docs/{item}.md": "words\n"})
    told = gate.batch("c-a", {})
    (drawn,) = told["to_open"]

    with pytest.raises(NotOpened):
        gate.batch("c-a", {"batch": told["id"]})
    gate.look(drawn, {"head": head(line, drawn)})
    ready = gate.batch("c-a", {})
    landed = gate.batch("c-a", {"batch": ready["id"]})

    assert gate.facts("c-a")["batches"] is True
    assert (ready["id"], ready["to_open"]) == (told["id"], [])
    assert sorted(row["id"] for row in landed["landed"]) == ["c-a", "c-b"]
