"""Duplicates are measured on labelled pairs (pairs.yaml): precision first, then recall."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from darkfactory.domain.item import Item
from darkfactory.triage.duplicates import Likeness, find_duplicates

PAIRS = yaml.safe_load(Path(__file__).with_name("pairs.yaml").read_text())


def item(name: str, said: Any) -> Item:
    told = {"title": said} if isinstance(said, str) else dict(said)
    return Item(id=name, **{**told, "paths": tuple(told.get("paths", ()))})


def is_duplicate(pair: list[Any]) -> bool:
    return "later" in find_duplicates([item("first", pair[0]), item("later", pair[1])])


@pytest.mark.parametrize("pair", PAIRS["tune"]["apart"] + PAIRS["held"]["apart"], ids=repr)
def test_two_pieces_of_work_are_never_taken_for_one(pair: list[Any]) -> None:
    assert not is_duplicate(pair)


@pytest.mark.parametrize(("part", "least"), [("tune", 0.96), ("held", 0.80)])
def test_most_rewordings_of_one_piece_of_work_are_found(part: str, least: float) -> None:
    pairs = PAIRS[part]["same"]

    found = [is_duplicate(pair) for pair in pairs]

    assert sum(found) / len(found) >= least


def test_a_backlog_of_look_alikes_keeps_them_apart() -> None:
    backlog = [
        item(f"{number}-{side}", said)
        for number, pair in enumerate(PAIRS["held"]["apart"])
        for side, said in zip("ab", pair, strict=True)
    ]

    assert find_duplicates(backlog) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sort by price", "Sorting by price does not work", False),
        ("Add sorting by price", "Sorting by price crashes", False),
        ("Add sorting by price", "Fix sorting by price", False),
        ("Fix sorting by price", "Sorting by price fails", True),
        ("Fix sorting by price", "Sorting by price", True),
        ("Add sorting by price", "Sorting by price", True),
        ("Add sorting error page", "Sorting error page", True),
    ],
)
def test_building_a_thing_is_not_mending_it(one: str, other: str, same: bool) -> None:
    assert is_duplicate([one, other]) is same


def test_a_template_filled_in_often_is_not_one_item() -> None:
    body = "Please add unit tests following the guide. Coverage has to be 80 percent."
    names = ["parser", "lexer", "gate", "retro", "queue", "hub", "pool", "engine", "host", "log"]
    backlog = [Item(name, f"Add tests for the {name}", body) for name in names]

    assert find_duplicates(backlog) == {}


def test_the_later_one_is_the_duplicate_of_the_first() -> None:
    backlog = [
        Item("a", "Login crashes on empty password"),
        Item("b", "Crash: login with an empty password"),
        Item("c", "login crashes on EMPTY password"),
    ]

    found = find_duplicates(backlog)

    assert found == {"b": Likeness("a", 1.0), "c": Likeness("a", 1.0)}


def test_what_blocks_an_item_is_not_the_same_item() -> None:
    backlog = [Item("a", "Fix the login"), Item("b", "Fix the login", blocked_by=("a",))]

    assert find_duplicates(backlog) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("pytest tests/test_a.py", "pytest tests/test_b.py", False),
        ("pytest tests/test_a.py", "python -m pytest -q tests/test_a.py", True),
        ("the page opens", "it does not crash any more", True),
    ],
)
def test_checks_of_different_files_are_different_work(one: str, other: str, same: bool) -> None:
    pair = [
        {"title": "Mend the broken page", "done_when": one},
        {"title": "Mend the broken page.", "done_when": other},
    ]

    assert is_duplicate(pair) is same


@pytest.mark.parametrize("title", ["???", "Do it", "登"])
def test_equal_titles_without_telling_words_are_still_equal(title: str) -> None:
    assert is_duplicate([title, f" {title}"])


@pytest.mark.parametrize(
    "body",
    ["\n" * 100_000 + "Error", "a." * 50_000 + "Error", "<!--" * 25_000, "**a" * 30_000 + "panic:"],
)
def test_a_hostile_body_takes_no_time(body: str) -> None:
    backlog = [Item("a", "Fix the login page", body), Item("b", "Fix login page", body + " ")]

    assert find_duplicates(backlog)["b"].earlier == "a"
