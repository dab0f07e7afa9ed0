import pytest

from darkfactory.domain.item import Item
from darkfactory.domain.lane import Lane, Match
from darkfactory.triage.lanes import BadTitlePattern, Choice, Chooser

BUGS = Lane(
    "bugs",
    Match(labels=("Bug",), title="crash|regress", paths=("src/**",), priority=("P0", "P1")),
)
DOCS = Lane("docs", Match(labels=("docs",), title="readme"))
REST = Lane("rest", default=True)


def choose(item: Item, *lanes: Lane) -> Choice:
    return Chooser(lanes).choose(item)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item("a", "x", labels=("ui", "bug")), "label bug is in lane bugs"),
        (Item("a", "A CRASH"), "title matches 'crash|regress' of lane bugs"),
        (
            Item("a", "x", paths=("README", "src/a/b.py")),
            "path src/a/b.py matches src/** of lane bugs",
        ),
        (Item("a", "x", priority="P1"), "priority P1 is in lane bugs"),
    ],
)
def test_any_key_that_matches_counts(item: Item, reason: str) -> None:
    assert choose(item, BUGS) == Choice("bugs", (reason,))


def test_every_key_that_matches_is_a_reason() -> None:
    choice = choose(Item("a", "crash", labels=("bug",), priority="P0"), BUGS)

    assert len(choice.reasons) == 3


def test_the_first_lane_in_file_order_wins_and_names_the_others() -> None:
    item = Item("a", "crash in readme")

    assert choose(item, BUGS, DOCS).lane == "bugs"
    assert choose(item, DOCS, BUGS) == Choice(
        "docs", ("title matches 'readme' of lane docs", "bugs would take it too, further down")
    )


def test_the_default_lane_takes_the_rest_wherever_it_stands() -> None:
    assert choose(Item("a", "x"), REST, BUGS) == Choice(
        "rest", ("no lane matches it; rest is the default",)
    )
    assert choose(Item("a", "crash"), REST, BUGS).lane == "bugs"


def test_without_a_default_an_item_can_be_in_no_lane() -> None:
    choice = choose(Item("a", "x", labels=("ui",)), BUGS, DOCS)

    assert choice == Choice(
        None,
        (
            "no lane takes labels ui",
            "no lane takes its title, its paths or priority P2",
            "no lane is the default",
        ),
    )


def test_a_lane_that_matches_nothing_takes_nothing() -> None:
    assert choose(Item("a", ""), Lane("empty")).lane is None


def test_a_title_that_is_no_pattern_names_the_lane() -> None:
    with pytest.raises(BadTitlePattern) as caught:
        Chooser([Lane("bugs", Match(title="(crash"))])

    assert caught.value.exit_status == 2
    assert "lanes.bugs.match.title: '(crash'" in caught.value.problem


def test_a_title_pattern_that_a_title_could_make_slow_is_not_tried() -> None:
    with pytest.raises(BadTitlePattern, match="can be made slow"):
        Chooser([Lane("bugs", Match(title="(a+)+$"))])
