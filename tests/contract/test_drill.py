"""``df gate drill``: known-bad changes among the real ones, and who catches them."""

from pathlib import Path

import pytest

from darkfactory.factory.line import open_line
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer

pytestmark = pytest.mark.timeout(60)

CODE = "def least(rows):\n    if not rows:\n        raise ValueError\n    return min(rows) + 1\n"


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    made = make_factory(tmp_path, {"sessions": []}, [bug("least"), bug("other")])
    line = open_line(made.root)
    line.hub.sync_base()
    for item in ("least", "other"):
        offer(line.gate(), item, {f"{item}.py": CODE})
    return made


def drills(factory: Factory) -> list[str]:
    rows = factory.json("gate")["changes"]
    return [row["id"] for row in rows if row["item"] not in ("least", "other")]


def test_drills_are_caught_or_missed_and_never_land(factory: Factory) -> None:
    seeded = factory.json("gate", "drill", "--count", "2")
    caught, missed = drills(factory)
    sent_back = factory.df("gate", "rework", caught, "-m", "It loses a check.").stdout
    approved = factory.json("gate", "approve", missed, expect=1)

    assert seeded["seeded"] == 2
    assert "it was a drill, caught: " in sent_back
    assert (approved["landed"], [row["id"] for row in approved["refused"]]) == ([], [missed])
    assert "it was a drill, missed: " in approved["refused"][0]["reason"]
    report = factory.json("gate", "drill", "--report")
    (row,) = report["reviewers"]
    assert (row["by"], row["drills"], row["caught"], row["rate"]) == ("tester", 2, 1, 0.5)
    assert factory.json("retro")["metrics"]["drills_caught"]["value"] == 0.5
    assert drills(factory) == []


def test_a_drill_looks_like_the_others_and_can_be_taken_away(factory: Factory) -> None:
    factory.df("gate", "drill")
    rows = factory.json("gate")["changes"]
    (drill,) = drills(factory)

    removed = factory.json("gate", "drill", "--clear")

    assert len({frozenset(row) for row in rows}) == 1
    shown = next(row for row in rows if row["id"] == drill)
    assert (shown["state"], shown["harness"]["green"]) == ("waiting_taste", True)
    assert removed == {"version": 1, "removed": 1}
    assert drills(factory) == []
    assert factory.json("gate", "drill", "--report") == {"version": 1, "reviewers": [], "open": 0}


def test_where_nothing_can_be_made_worse_it_says_so(tmp_path: Path) -> None:
    empty = make_factory(tmp_path, {"sessions": []}, [])

    done = empty.df("gate", "drill", expect=1)

    assert "no change that waits or has landed can be given a defect" in done.stderr


def test_one_yes_to_several_misses_the_drills_among_them(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [bug("least")], lane="batch: {}")
    line = open_line(factory.root)
    line.hub.sync_base()
    offer(line.gate(), "least", {"least.py": CODE})
    factory.df("gate", "drill")
    for name in factory.json("gate", "batch", "bugs")["batch"]["to_open"]:
        factory.df("gate", "show", name)

    result = factory.json("gate", "batch", "bugs", "--yes", expect=1)

    assert [row["id"] for row in result["landed"]] == ["c-least"]
    assert "it was a drill, missed: " in result["refused"][0]["reason"]
    assert factory.json("gate", "drill", "--report")["reviewers"][0]["caught"] == 0
