"""``df gate batch``: one yes to several changes, of which some have to be opened before."""

from pathlib import Path

import pytest

from darkfactory.factory.line import open_line
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.gates import offer

pytestmark = pytest.mark.timeout(60)
ITEMS = ("a", "b", "c")


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    made = make_factory(
        tmp_path, {"sessions": []}, [bug(item) for item in ITEMS], lane="batch: {lines: 20}"
    )
    line = open_line(made.root)
    line.hub.sync_base()
    for item in ITEMS:
        offer(line.gate(), item, {f"docs/{item}.md": f"About {item}.\n"})
    offer(line.gate(), "long", {"docs/long.md": "line\n" * 30})
    return made


def test_one_yes_lands_a_batch_once_what_was_drawn_was_opened(factory: Factory) -> None:
    asked = factory.json("gate", "batch", "bugs")["batch"]
    (drawn,) = asked["to_open"]
    refused = factory.df("gate", "batch", "bugs", "--yes", expect=1)
    factory.df("gate", "show", drawn)
    unasked = factory.df("gate", "batch", "bugs", expect=2)

    landed = factory.json("gate", "batch", "bugs", "--yes")

    assert [row["id"] for row in asked["changes"]] == ["c-a", "c-b", "c-c"]
    assert [row["id"] for row in asked["left_out"]] == ["c-long"]
    assert f"1 change drawn to be opened before. Next: df gate show {drawn}" in refused.stderr
    assert "FIRST" in refused.stdout
    assert "needs a yes" in unasked.stderr
    assert sorted(row["id"] for row in landed["landed"]) == ["c-a", "c-b", "c-c"]
    entries = factory.json("gate", "log")["entries"]
    told = {one["change"]: one["opened"] for one in entries if one["batch"] == asked["id"]}
    assert told == {name: name == drawn for name in ("c-a", "c-b", "c-c")}
    assert factory.json("gate", "audit")["batches"] == {"landed": 3, "opened": 1}
    metrics = factory.json("retro")["metrics"]
    assert (metrics["landed_in_batches"]["value"], metrics["review_minutes"]["denominator"]) == (
        1,
        0,
    )


def test_a_lane_without_the_setting_and_an_empty_one_say_so(factory: Factory) -> None:
    other = factory.df("gate", "batch", "rest", expect=2)
    unknown = factory.df("gate", "batch", "dosc", expect=2)
    for item in ITEMS:
        factory.df("gate", "close", item, "--as", "not-planned")
    empty = factory.df("gate", "batch", "bugs", "--yes", expect=1)

    assert "lane rest does not allow one yes to several changes" in other.stderr
    assert "lane 'dosc' is not in lanes.yaml" in unknown.stderr
    assert "nothing may be approved together" in empty.stderr


def test_a_yes_that_has_landed_is_not_taken_back(factory: Factory) -> None:
    factory.df("gate", "approve", "a")

    late = factory.df("gate", "undo", "a", expect=1)

    assert "c-a stays as it is: change c-a is landed" in late.stdout
    assert factory.df("gate", "undo", "nobody", expect=2).stdout == ""


def test_who_stands_in_a_workspace_of_the_factory_says_no_yes(factory: Factory) -> None:
    place = factory.root / ".darkfactory" / "workspaces" / "agents" / "01"
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    inside = Factory(place)

    done = [
        inside.df("gate", *what, expect=3).stderr for what in (("batch", "bugs"), ("undo", "a"))
    ]

    assert all("is a workspace of the factory in" in text for text in done)
