"""What sessions that a skill was withheld from tell of it, item by item, lane by lane."""

import pytest

from darkfactory.domain.fisher import fisher_p, stratified_p
from darkfactory.retro.history import Fate, Sitting
from darkfactory.retro.holdouts import Chance, Holdout, holdouts, newcombe


def chances(
    good: int,
    bad: int,
    *,
    withheld: bool,
    lane: str = "bugs",
    share: float = 0.5,
    fate: Fate = Fate.LOST,
) -> list[Chance]:
    """Return the draws of *good* items that landed and *bad* ones that came to *fate*."""
    fates = [Fate.LANDED] * good + [fate] * bad
    return [
        Chance("commit", "1.0.0", share, withheld, sitting(f"{lane}-{withheld}-{at}", one, lane))
        for at, one in enumerate(fates)
    ]


def sitting(item: str, fate: Fate, lane: str = "bugs", *, at: float = 1.0) -> Sitting:
    return Sitting(f"s-{item}-{at}", item, lane, at, "proposed", fate, 100)


def only(found: list[Holdout]) -> Holdout:
    (one,) = found
    return one


def test_the_interval_of_one_lane_is_the_published_one_of_newcombe() -> None:
    found = newcombe([(56, 70, 48, 80)])

    assert found is not None
    assert found[0] == pytest.approx(0.2)
    assert found[1] == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_the_exact_test_of_one_lane_is_that_of_fisher_on_both_sides() -> None:
    tea = stratified_p([(3, 4, 1, 4)])

    assert tea == pytest.approx(34 / 70)
    assert stratified_p([(10, 10, 0, 10)]) == pytest.approx(2 * fisher_p(10, 10, 0, 10))


def test_lanes_are_held_against_themselves_and_not_against_each_other() -> None:
    """Most of the easy lane is given the skill, half of the hard one: together it would look good.

    In each lane by itself the skill changes nothing.
    """
    strata = [(90, 100, 9, 10), (1, 10, 1, 10)]

    delta, (low, high) = newcombe(strata) or (None, (0, 0))

    assert delta == pytest.approx(0.0)
    assert low < 0 < high
    assert stratified_p(strata) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("given", "without", "verdict"),
    [
        ((28, 2), (12, 18), "better"),
        ((12, 18), (28, 2), "worse"),
        ((5, 1), (3, 3), "not enough data"),
        ((1000, 1000), (1000, 1000), "no difference"),
        ((10, 0), (0, 0), "not enough data"),
    ],
)
def test_a_verdict_needs_the_interval_and_the_exact_test(
    given: tuple[int, int], without: tuple[int, int], verdict: str
) -> None:
    drawn = [*chances(*given, withheld=False), *chances(*without, withheld=True)]

    assert only(holdouts(drawn)).verdict == verdict


def test_attempts_at_one_item_are_one_try_in_the_arm_of_the_first() -> None:
    lost, landed = sitting("i", Fate.LOST), sitting("i", Fate.LANDED, at=2.0)
    drawn = [
        Chance("commit", "1.0.0", 0.5, withheld=False, sitting=landed),
        Chance("commit", "1.0.0", 0.1, withheld=True, sitting=lost),
    ]

    found = only(holdouts(drawn))

    assert (found.withheld.items, found.withheld.good, found.withheld.sessions) == (1, 1, 2)
    assert found.withheld.tokens == 200
    assert found.given.items == 0


def test_an_item_whose_change_is_open_tells_nothing_yet() -> None:
    drawn = chances(1, 2, withheld=True, fate=Fate.OPEN)

    assert only(holdouts(drawn)).withheld.items == 1


def test_a_skill_that_was_in_no_draw_is_in_no_holdout() -> None:
    assert holdouts(chances(3, 3, withheld=False, share=0)) == []
