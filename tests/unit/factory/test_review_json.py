"""A change in JSON for its reviewer: the order, the marks and the folds of the review screen."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.factory.review import Review
from darkfactory.factory.review_json import diff_json, facts_json
from darkfactory.gate.room import GateRoom
from tests.fakes.gates import make_gate, offer

TESTS = "def test_add():\n    assert add(2, 2) == 4\n"
BLOCK = "def total(values):\n    result = sum(values)\n    return result\n"
FILES = {"tests/test_calc.py": TESTS, "sums.py": f"import os\n{BLOCK}"}


@pytest.fixture
def room(tmp_path: Path) -> GateRoom:
    return make_gate(tmp_path, FILES)[0]


@pytest.fixture
def review(room: GateRoom) -> Review:
    line = Line(room.state, room.settings, Record(room.state))
    line.take_hub(room.hub)
    return Review(line, "ada")


def drawn(review: Review, change: str) -> dict[str, Any]:
    """Return the diff of *change* as a program on the other side gets it."""
    found: dict[str, Any] = json.loads(json.dumps(diff_json(review.open(change))))
    return found


def rows(file: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for hunk in file["hunks"] for row in hunk["rows"] if row["mark"] != " "]


def test_what_weakens_a_test_comes_first_at_its_line_and_lock_files_last_and_folded(
    room: GateRoom, review: Review
) -> None:
    weaker = TESTS.replace("add(2, 2) == 4", "True")
    offer(room, "a", {"poetry.lock": "x\n", "calc.py": "two\n", "tests/test_calc.py": weaker})

    found = drawn(review, "c-a")["diff"]

    assert [file["path"] for file in found["files"]] == [
        "tests/test_calc.py",
        "calc.py",
        "poetry.lock",
    ]
    (flagged,) = [row for row in rows(found["files"][0]) if row["flags"]]
    assert flagged["flags"][0].startswith("WEAKENS TESTS? 'assert True' in place of")
    assert found["files"][0]["hunks"][0]["risky"]
    assert found["files"][2]["folded"] == "generated, 1 hunk folded"
    assert found["shape"] == "1 test +1 -1, 1 code +1 -1, 1 generated +1 -0"


def test_words_that_differ_are_parts_of_their_own_and_moved_code_says_so(
    room: GateRoom, review: Review
) -> None:
    offer(room, "a", {"sums.py": "import sys\n", "totals.py": BLOCK})

    files = {file["path"]: file for file in drawn(review, "c-a")["diff"]["files"]}

    assert [row["parts"] for row in rows(files["sums.py"]) if not row["moved"]] == [
        [["import ", False], ["os", True]],
        [["import ", False], ["sys", True]],
    ]
    assert [row["moved"] for row in rows(files["totals.py"])] == [True] * 3


def test_a_name_and_a_line_of_any_bytes_are_told_as_they_are(
    room: GateRoom, review: Review
) -> None:
    name = b"<script>\xff.py".decode("utf-8", "surrogateescape")
    offer(room, "a", {name: "</script><img src=x>\r\n" + "x" * 3000 + "\n"})

    (file,) = drawn(review, "c-a")["diff"]["files"]

    assert file["path"] == name
    first, second = rows(file)
    assert first["parts"] == [["</script><img src=x>", False]]
    assert (len(second["parts"][0][0]), second["left_out"]) == (2000, 1000)


def test_a_revisit_tells_what_is_new_and_all_of_it(room: GateRoom, review: Review) -> None:
    offer(room, "a", {"a.py": "a = 1\n"})
    review.mark_looked("c-a")
    first = drawn(review, "c-a")
    offer(room, "a", {"a.py": "a = 1\n", "b.py": "b = 1\n"}, epoch=2)

    again = drawn(review, "c-a")

    assert (first["since"], first["seen"]) == (None, 0)
    assert [file["path"] for file in again["since"]["files"]] == ["b.py"]
    assert [file["path"] for file in again["diff"]["files"]] == ["a.py", "b.py"]
    assert again["seen"] == 1


def test_the_facts_tell_what_waits_in_the_order_in_which_it_is_read(
    room: GateRoom, review: Review
) -> None:
    weaker = TESTS.replace("add(2, 2) == 4", "True")
    offer(room, "a", {"tests/test_calc.py": weaker})
    offer(room, "b", {"b.py": "b = 1\n"})

    found = facts_json(review.facts("c-a"), review.waiting())

    assert [(one["id"], one["hard"]) for one in found["waiting"]] == [("c-b", False), ("c-a", True)]
    assert found["taste"] == [{"question": "Is it small?"}]
    assert found["lands"].startswith("at once")
