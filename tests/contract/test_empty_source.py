"""A source that holds nothing does not take the place of a plan by mistake."""

import json
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    made = make_factory(tmp_path, {"sessions": []}, [bug("ONE"), bug("TWO")])
    (made.root / "folder").mkdir()
    (made.root / "none.json").write_text("[]")
    return made


@pytest.mark.parametrize("source", ["folder", "none.json"])
def test_an_empty_source_keeps_the_plan_and_says_so(factory: Factory, source: str) -> None:
    factory.df("triage")

    said = factory.df("triage", "--from", source, "--json", expect=2).stderr

    error = json.loads(said.splitlines()[-1])["error"]
    assert error["code"] == "backlog.empty"
    assert f"{source} holds no item; the plan of 2 items is kept" in error["problem"]
    assert factory.json("status")["lanes"][0]["todo"] == 2


def test_without_a_plan_an_empty_source_is_an_empty_plan(factory: Factory) -> None:
    assert factory.json("triage", "--from", "none.json")["items"] == []


def test_an_emptied_backlog_of_lanes_yaml_empties_the_plan_and_names_what_is_gone(
    factory: Factory,
) -> None:
    factory.df("triage")
    (factory.root / "backlog.yaml").write_text("[]\n")

    replaced = factory.json("triage")["replaced"]

    assert replaced["gone"] == ["ONE", "TWO"]
