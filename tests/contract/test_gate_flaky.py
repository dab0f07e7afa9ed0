"""``df gate flaky``: what failed and then passed on the same tree, and where that is told."""

from pathlib import Path

import pytest

from darkfactory.factory.line import open_line
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer

pytestmark = pytest.mark.timeout(60)
CHECK = "tests/test_a.py::test_clock"


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    made = make_factory(tmp_path, {"sessions": []}, [bug("a"), bug("b")])
    line = open_line(made.root)
    line.hub.sync_base()
    for item in ("a", "b"):
        offer(line.gate(), item, {f"tests/test_{item}.py": "def test_clock(): pass\n"})
    return made


def test_what_flaked_is_listed_and_told_where_it_bears_on_a_change(factory: Factory) -> None:
    none = factory.df("gate", "flaky").stdout
    room = open_line(factory.root).gate()
    for result in ("pass", "fail"):
        told = {"tree": "1234567890abcdef", "failing": [CHECK], "result": result}
        room.say("retested", room.find("b"), told)

    listed = factory.json("gate", "flaky")
    shown = factory.df("gate", "flaky")
    touched, flaked = (factory.json("gate", "show", item)["change"] for item in ("a", "b"))

    assert none == "no check was seen to be flaky\n"
    (row,) = listed["flaky"]
    assert (row["check"], row["times"], row["changes"]) == (CHECK, 1, ["c-b"])
    assert row["first"] == row["last"]
    assert (listed["retests"], listed["green"]) == (2, 1)
    assert CHECK in shown.stdout
    assert "2 second runs of red changes so far, 1 of them green" in shown.stderr
    assert [one["why"] for one in touched["flaky"]] == ["its file is changed here"]
    assert [one["why"] for one in flaked["flaky"]] == [
        "it failed here, then passed on the same tree"
    ]
    assert f"flaky     {CHECK}: its file is changed" in factory.df("gate", "show", "a").stdout
