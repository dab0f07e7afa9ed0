"""Of equal priority, what meets no open change starts first; nobody waits."""

import pytest

from darkfactory.domain.item import Item, PlannedItem
from darkfactory.triage.apart import Taken, spread

TAKEN = Taken({"c-a": ("a", ["src/a.py", "docs/deep/x.md"]), "c-b": ("b", ["src/b.py"])})


def planned(name: str, *paths: str, priority: str = "P2") -> PlannedItem:
    return PlannedItem(Item(name, name, priority=priority, paths=paths), "bugs", 1, ())


@pytest.mark.parametrize(
    ("paths", "met"),
    [
        (("src/a.py",), ["c-a"]),
        (("./src/a.py",), ["c-a"]),
        (("src",), ["c-a", "c-b"]),
        (("src/",), ["c-a", "c-b"]),
        (("docs",), ["c-a"]),
        (("src/*.py",), ["c-a", "c-b"]),
        (("**/*.md",), ["c-a"]),
        (("src/c.py", "sr", "docs/*.md"), []),
        ((), []),
    ],
)
def test_an_item_meets_the_changes_that_touch_its_paths(
    paths: tuple[str, ...], met: list[str]
) -> None:
    assert TAKEN.met_by(planned("new", *paths)) == met


def test_an_item_does_not_meet_its_own_change() -> None:
    assert TAKEN.met_by(planned("a", "src/a.py")) == []


def test_what_meets_a_change_starts_behind_others_of_its_priority_alone() -> None:
    items = [
        planned("one", "src/a.py", priority="P1"),
        planned("two", priority="P1"),
        planned("three", "src/b.py"),
        planned("four", "src/c.py"),
        planned("five"),
        planned("six", priority="P3"),
    ]

    order = spread(items, TAKEN)

    assert [row.item.id for row in order] == ["two", "one", "four", "five", "three", "six"]
    assert [row.rank for row in order] == [1, 2, 3, 4, 5, 6]


def test_without_open_changes_the_order_is_the_plans() -> None:
    items = [planned("one", "src/a.py"), planned("two"), planned("three", "src")]

    assert [row.item.id for row in spread(items, Taken({}))] == ["one", "two", "three"]
