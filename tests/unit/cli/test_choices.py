from pathlib import Path

import pytest

from darkfactory.cli.choices import changes, lanes, sessions
from darkfactory.cli.choices import items as items_offered
from tests.fakes.factories import bug, make_factory
from tests.fakes.recorded import make_recorded


def test_ids_are_offered_from_the_record_with_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory = make_recorded(tmp_path)
    monkeypatch.chdir(factory.root)

    assert changes("") == [("c-add", "add subtracts")]
    assert changes("x") == []
    assert sessions("s-") == [
        ("s-guide-1", "has not ended"),
        ("s-slug-1", "failed"),
        ("s-add-1", "proposed"),
    ]


def test_items_and_lanes_are_offered_from_the_plan_and_lanes_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [bug("first"), bug("second", labels=["other"])]
    factory = make_factory(tmp_path, {"sessions": []}, items)
    factory.df("triage")
    monkeypatch.chdir(factory.root)

    assert items_offered("") == [("first", "Mend first"), ("second", "Mend second")]
    assert items_offered("s") == [("second", "Mend second")]
    assert (lanes(""), lanes("b")) == (["bugs", "rest"], ["bugs"])


def test_where_no_factory_is_nothing_is_offered_and_nothing_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outside = changes("")
    (tmp_path / ".git").mkdir()

    assert (outside, changes(""), sessions("")) == ([], [], [])
    assert (items_offered(""), lanes("")) == ([], [])
    assert [path.name for path in tmp_path.iterdir()] == [".git"]
