"""Which skills a session goes without: a draw that nothing but item, skill and version decides."""

from pathlib import Path

import pytest

from darkfactory.domain.skill import NonNegotiable, Skill
from darkfactory.skills.holdout import draw, lot, may_be_withheld

ITEMS = [f"item-{number}" for number in range(2000)]


def skill(name: str, *requires: str, version: str = "1.0.0", kind: str = "") -> Skill:
    return Skill(name, Path("/x"), version=version, requires=requires, kind=kind)


def withheld(item: str, *skills: Skill, share: float = 0.5) -> set[str]:
    drawn = draw(skills, item, share, may_lack=may_be_withheld)
    return {one.name for one in drawn.withheld}


def test_about_the_share_of_the_items_goes_without_each_skill_by_itself() -> None:
    drawn = [withheld(item, skill("a"), skill("b"), share=0.1) for item in ITEMS]

    assert 150 <= sum("a" in found for found in drawn) <= 250
    assert 150 <= sum("b" in found for found in drawn) <= 250
    assert 5 <= sum(found == {"a", "b"} for found in drawn) <= 40


def test_the_draw_of_an_item_is_always_the_same_and_a_new_version_is_drawn_anew() -> None:
    old = [withheld(item, skill("a")) for item in ITEMS]
    new = [withheld(item, skill("a", version="1.1.0")) for item in ITEMS]

    assert old == [withheld(item, skill("a")) for item in ITEMS]
    assert 800 < sum(one != other for one, other in zip(old, new, strict=True)) < 1200


def test_a_greater_share_only_adds_items_to_those_that_go_without() -> None:
    few = {item for item in ITEMS if withheld(item, skill("a"), share=0.1)}
    many = {item for item in ITEMS if withheld(item, skill("a"), share=0.3)}

    assert few < many


@pytest.mark.parametrize(
    "kept",
    [
        skill("a", kind="guard"),
        Skill("a", Path("/x"), non_negotiables=(NonNegotiable("N", "Never", enforce="gate"),)),
    ],
)
def test_a_guard_and_a_skill_with_an_enforced_rule_are_withheld_from_nobody(kept: Skill) -> None:
    drawn = [draw([kept], item, 0.5, may_lack=may_be_withheld) for item in ITEMS[:50]]

    assert all((one.given, one.withheld, one.shares) == ((kept,), (), {}) for one in drawn)


def test_what_a_given_skill_requires_is_given_and_was_in_no_draw() -> None:
    top, middle, base = skill("top", "middle"), skill("middle", "base"), skill("base")
    drawn = [draw([base, middle, top], item, 0.5, may_lack=may_be_withheld) for item in ITEMS]

    with_top = [one for one in drawn if top in one.given]
    without_top = [one for one in drawn if top in one.withheld]

    assert all(one.given == (base, middle, top) for one in with_top)
    assert {frozenset(one.shares or {}) for one in with_top} == {frozenset({"top"})}
    assert {len(one.given) for one in without_top} == {0, 1, 2}
    assert not any(middle in one.given and base in one.withheld for one in drawn)


def test_skills_that_require_each_other_are_never_withheld() -> None:
    assert not any(withheld(item, skill("a", "b"), skill("b", "a")) for item in ITEMS[:100])


def test_every_lot_lies_between_nothing_and_one() -> None:
    lots = [lot(item, "a", "1") for item in ITEMS]

    assert 0 <= min(lots) < 0.01
    assert 0.99 < max(lots) < 1
