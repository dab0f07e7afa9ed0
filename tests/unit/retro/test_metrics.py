"""Each metric of a window over hand-made records in which its number is known."""

import pytest

from darkfactory.domain.session import Outcome
from darkfactory.retro.history import Fate, History, Landing, Look, Sitting, Window
from darkfactory.retro.metrics import (
    METRICS,
    Metric,
    abandoned_rate,
    completion_by_lane,
    drills_caught,
    false_alarms,
    lane_completion,
    regressions,
    review_minutes,
    steers_rescued,
    tokens_per_landed,
    tokens_saved,
)

NOW = Window(100, 200)
_COUNT = iter(range(10_000))


def ended(
    fate: Fate = Fate.LANDED,
    outcome: str = Outcome.PROPOSED,
    *,
    at: float = 150,
    item: str = "",
    lane: str = "bugs",
    tokens: int | None = None,
    steers: tuple[bool | None, ...] = (),
) -> Sitting:
    name = f"s-{next(_COUNT)}"
    return Sitting(name, item or name, lane, at, outcome, fate, tokens, steers)


def nuked(tokens: int | None = None, fate: Fate = Fate.LOST) -> Sitting:
    return ended(fate, Outcome.NUKED, tokens=tokens)


def history(*sittings: Sitting, landings: tuple[Landing, ...] = ()) -> History:
    return History(sittings, landings)


@pytest.mark.parametrize("name", METRICS)
def test_of_nothing_nothing_is_known(name: str) -> None:
    metric = METRICS[name](History(), NOW)

    assert (metric.value, metric.denominator, metric.unknown) == (None, 0, 0)


@pytest.mark.parametrize("name", METRICS)
def test_what_lies_outside_of_the_window_counts_for_nothing(name: str) -> None:
    outside = [
        Sitting("s", "i", "bugs", at, Outcome.NUKED, Fate.LANDED, 10, (True,)) for at in (100, 201)
    ]
    landings = (Landing("c", 100), Landing("d", 201, regressed=True))

    metric = METRICS[name](History(tuple(outside), landings, (Look(100, 60), Look(201, 60))), NOW)

    assert metric.value is None


def test_the_window_before_is_as_long_and_ends_where_this_one_starts() -> None:
    assert NOW.before == Window(0, 100)
    assert not NOW.holds(100)
    assert NOW.before.holds(100)


def test_a_session_is_abandoned_when_its_work_came_to_nothing() -> None:
    told = history(ended(), ended(Fate.REPORTED), ended(Fate.LOST), ended(Fate.OPEN))

    assert abandoned_rate(told, NOW) == Metric(0.3333, 1, 3, unknown=1)


def test_a_nuke_saves_what_others_that_lasted_as_long_went_on_to_use() -> None:
    peers = [ended(tokens=tokens) for tokens in (500, 1_100, 1_200, 1_500, 1_800, 9_000)]

    told = tokens_saved(history(nuked(1_000), *peers), NOW)

    assert told == Metric(500, 500, 1)  # the median of 100, 200, 500, 800, 8000


def test_no_estimate_rests_on_fewer_than_five_sessions_of_the_lane() -> None:
    peers = [ended(tokens=2_000) for _ in range(4)]
    others = [ended(tokens=2_000, lane="docs"), nuked(3_000), ended(tokens=None)]

    assert tokens_saved(history(nuked(1_000), *peers, *others), NOW) == Metric(None, None, 0, 2)


def test_a_window_without_a_nuke_has_saved_nothing() -> None:
    assert tokens_saved(history(ended(tokens=10)), NOW) == Metric(0, 0, 0)


def test_a_green_landing_costs_the_tokens_of_all_sessions() -> None:
    sittings = [ended(tokens=300), nuked(500), ended(tokens=None)]
    landings = (Landing("a", 150), Landing("b", 150), Landing("c", 150, regressed=True))

    told = tokens_per_landed(history(*sittings, landings=landings), NOW)

    assert told == Metric(400, 800, 2, unknown=1)


def test_tokens_that_nobody_told_are_not_nought() -> None:
    told = history(ended(tokens=None), landings=(Landing("a", 150),))

    assert tokens_per_landed(told, NOW) == Metric(None, None, 1, unknown=1)


def test_an_alarm_was_false_where_the_session_landed_all_the_same() -> None:
    steered = [ended(fate, steers=(False,)) for fate in (Fate.LANDED, Fate.LOST, Fate.OPEN)]

    told = false_alarms(history(*steered, nuked(), nuked(), ended()), NOW)

    assert told == Metric(0.25, 1, 4, unknown=1)


def test_steers_are_counted_one_by_one() -> None:
    told = history(ended(steers=(False, True, None)), ended(steers=(False,)))

    assert steers_rescued(told, NOW) == Metric(0.3333, 1, 3, unknown=1)


def test_an_item_is_done_when_one_of_its_sessions_brought_it_home() -> None:
    told = history(
        ended(Fate.LOST, item="a"),
        ended(Fate.LANDED, item="a", at=500),
        ended(Fate.REPORTED, item="b", lane="docs"),
        ended(Fate.OPEN, item="c"),
    )

    assert lane_completion(told, NOW) == Metric(0.6667, 2, 3)
    lanes = completion_by_lane(told, NOW)
    assert {name: (one.numerator, one.denominator) for name, one in lanes.items()} == {
        "bugs": (1, 2),
        "docs": (1, 1),
    }


def test_a_regression_is_a_landing_that_did_not_stay_good() -> None:
    landings = (Landing("a", 150), Landing("b", 150, regressed=True))

    assert regressions(history(landings=landings), NOW) == Metric(0.5, 1, 2)


def test_review_time_is_that_of_all_verdicts_over_what_landed() -> None:
    looks = (Look(150, 90), Look(150, 30), Look(150, None))

    told = review_minutes(History((), (Landing("a", 150), Landing("b", 150)), looks), NOW)

    assert told == Metric(1.0, 2.0, 2, unknown=1)


def test_drills_are_told_by_those_that_were_judged_in_the_window() -> None:
    looks = (Look(150, caught=True), Look(150, caught=False), Look(150, 9), Look(1, caught=True))

    assert drills_caught(History((), (), looks), NOW) == Metric(0.5, 1, 2)


def test_review_time_that_nobody_measured_is_not_nought() -> None:
    told = History((), (Landing("a", 150),), (Look(150, None),))

    assert review_minutes(told, NOW) == Metric(None, None, 1, unknown=1)
