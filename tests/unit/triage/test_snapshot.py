from dataclasses import replace
from typing import Any

import pytest

from darkfactory.domain.item import Item
from darkfactory.domain.lane import Lane, Match
from darkfactory.triage.snapshot import snapshot_of

ITEMS = [Item("a", "A", labels=("x",)), Item("b", "B")]
LANES = [Lane("bugs", Match(labels=("bug",))), Lane("rest", default=True)]
ASSIGNED = {"a": "rest", "b": "bugs"}
BEFORE = snapshot_of(ITEMS, LANES, ASSIGNED)


def test_the_same_is_the_same_whatever_the_order_of_mappings() -> None:
    assert snapshot_of(tuple(ITEMS), tuple(LANES), {"b": "bugs", "a": "rest"}) == BEFORE


def test_it_is_a_sha256() -> None:
    assert len(bytes.fromhex(BEFORE)) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"id": "c"},
        {"title": "C"},
        {"body": "x"},
        {"labels": ()},
        {"priority": "P0"},
        {"paths": ("x",)},
        {"done_when": "x"},
        {"blocked_by": ("b",)},
        {"url": "https://x"},
        {"closed": True},
        {"held": "x"},
    ],
    ids=str,
)
def test_every_key_of_an_item_counts(change: dict[str, Any]) -> None:
    changed = [replace(ITEMS[0], **change), ITEMS[1]]

    assert snapshot_of(changed, LANES, ASSIGNED) != BEFORE


@pytest.mark.parametrize(
    "lanes",
    [
        LANES[::-1],
        LANES[:1],
        [replace(LANES[0], name="bug"), LANES[1]],
        [replace(LANES[0], match=Match(title="bug")), LANES[1]],
        [LANES[0], replace(LANES[1], default=False)],
    ],
)
def test_what_lanes_match_and_their_order_count(lanes: list[Lane]) -> None:
    assert snapshot_of(ITEMS, lanes, ASSIGNED) != BEFORE


def test_what_does_not_decide_does_not_count() -> None:
    lanes = [replace(LANES[0], sessions=9, prompt="x"), LANES[1]]

    assert snapshot_of(ITEMS, lanes, {**ASSIGNED, "gone": "bugs"}) == BEFORE


@pytest.mark.parametrize("assigned", [{}, {"a": "bugs", "b": "bugs"}])
def test_assignments_count(assigned: dict[str, str]) -> None:
    assert snapshot_of(ITEMS, LANES, assigned) != BEFORE


def test_the_order_of_the_backlog_counts() -> None:
    assert snapshot_of(ITEMS[::-1], LANES, ASSIGNED) != BEFORE
