"""The policy of the queue: what it does at one moment, and how it fares in a simulated world."""

from dataclasses import replace
from statistics import mean

import pytest

from darkfactory.gate.queue import (
    Moves,
    Queue,
    Verdict,
    batch_limit,
    decide,
    failure_rate,
    is_worth_a_retry,
)
from tests.fakes.queue_world import Outcome, Scenario, World

GREEN, RED = Verdict.GREEN, Verdict.RED
SEEDS = range(4)


@pytest.mark.parametrize(
    ("queue", "moves"),
    [
        (Queue(0), Moves()),
        (Queue(1), Moves(start=(1,))),
        (Queue(3, runners=2), Moves(start=(1, 2))),
        (Queue(3, runners=2, running=[1]), Moves(start=(2,))),
        (Queue(3, runners=2, running=[1, 2]), Moves()),
        (Queue(8, runners=2, batch=4), Moves(start=(4, 8))),
        (Queue(3, runners=2, batch=4), Moves(start=(2, 3))),
        (Queue(1, planned=2, runners=2), Moves(start=(1, 2))),
        (Queue(0, planned=2, runners=4, batch=8), Moves(start=(1, 2))),
    ],
)
def test_free_runners_take_on_what_waits_a_batch_each(queue: Queue, moves: Moves) -> None:
    assert decide(queue) == moves


@pytest.mark.parametrize(
    ("queue", "moves"),
    [
        (Queue(3, verdicts={1: GREEN}, running=[2]), Moves(land=1)),
        (Queue(3, verdicts={1: GREEN, 3: GREEN}), Moves(land=3)),
        (Queue(3, verdicts={1: RED, 2: GREEN}), Moves(land=2)),
        (Queue(1, planned=2, verdicts={1: GREEN, 2: GREEN}), Moves(land=1)),
        (Queue(0, planned=2, verdicts={1: GREEN}), Moves(start=(2,))),
    ],
)
def test_the_longest_green_prefix_of_approved_changes_lands_and_clears_red_ones(
    queue: Queue, moves: Moves
) -> None:
    assert decide(queue) == moves


@pytest.mark.parametrize(
    ("queue", "moves"),
    [
        (Queue(4, verdicts={1: RED}), Moves(refuse=1)),
        (Queue(4, verdicts={4: RED}), Moves(start=(2,))),
        (Queue(4, verdicts={2: RED, 4: RED}), Moves(start=(1,))),
        (Queue(8, verdicts={8: RED}, runners=2), Moves(start=(4, 2))),
        (Queue(8, verdicts={4: RED}, runners=2, running=[8, 2]), Moves(start=(1,), stop=(8,))),
        (Queue(8, verdicts={8: RED}, running=[4]), Moves()),
        (Queue(0, planned=2, verdicts={1: GREEN, 2: RED}), Moves(refuse=2)),
    ],
)
def test_a_red_prefix_is_searched_for_its_first_bad_change(queue: Queue, moves: Moves) -> None:
    assert decide(queue) == moves


@pytest.mark.parametrize(
    ("queue", "moves"),
    [
        (Queue(4, alone=[1], runners=4, batch=8), Moves(start=(1,))),
        (Queue(4, alone=[1], runners=4, running=[1]), Moves()),
        (Queue(4, alone=[3], runners=1, batch=8), Moves(start=(2,))),
        (Queue(4, alone=[3], runners=2, running=[2]), Moves()),
    ],
)
def test_what_is_tested_alone_shares_no_run(queue: Queue, moves: Moves) -> None:
    assert decide(queue) == moves


def test_batches_shrink_as_more_changes_fail_and_as_runners_are_many() -> None:
    rates = [failure_rate([True] * failed + [False] * (50 - failed)) for failed in (0, 5, 15, 45)]

    assert [batch_limit(rate, 1) for rate in rates] == [8, 4, 1, 1]
    assert [batch_limit(rate, 4) for rate in rates] == [8, 1, 1, 1]


def retry(*, retries: int = 0, flakes: int = 0, tried: int = 0, seen: bool = False) -> bool:
    return is_worth_a_retry(
        retries=retries, flakes=flakes, tried=tried, seen_twice=seen, known_flaky=False
    )


def test_a_red_change_is_tested_once_more_where_that_may_tell_something() -> None:
    assert retry()
    assert not retry(tried=1)
    assert not retry(seen=True)
    assert not retry(retries=20)
    assert retry(retries=20, flakes=4)


def test_what_is_known_to_be_flaky_gets_three_runs_more() -> None:
    answers = [
        is_worth_a_retry(retries=90, flakes=1, tried=tried, seen_twice=True, known_flaky=True)
        for tried in range(4)
    ]

    assert answers == [True, True, True, False]


def worlds(
    scenario: Scenario, *, serial: bool = False, batch: int | None = None, steady: bool = False
) -> list[Outcome]:
    """Return what becomes of *scenario* by several seeds; a *steady* harness earns no retries."""
    retries = not (serial or batch or steady)
    return [
        World(scenario, seed, serial=serial, batch=batch, retries=retries).run() for seed in SEEDS
    ]


def runs_each(outcomes: list[Outcome]) -> float:
    return mean(one.runs_each for one in outcomes)


STEADY = [
    Scenario(1, 0.5, 0.1),
    Scenario(1, 0.8, 0.05),
    Scenario(2, 1.5, 0.1),
    Scenario(4, 3.0, 0.1),
    Scenario(4, 3.0, 0.03),
    Scenario(4, 2.0, 0.3),
]


@pytest.mark.parametrize("scenario", STEADY)
def test_nothing_red_lands_nothing_is_lost_or_doubled_and_nothing_good_is_refused(
    scenario: Scenario,
) -> None:
    outcomes = worlds(scenario)

    assert sum(one.red_landings for one in outcomes) == 0
    assert sum(one.wrongly for one in outcomes) == 0
    assert all(len(one.landed) == len(set(one.landed)) for one in outcomes)
    assert all(len(one.landed) + one.refused == scenario.changes for one in outcomes)


@pytest.mark.parametrize("scenario", STEADY[:3])
def test_with_few_runners_it_takes_no_more_runs_than_one_at_a_time_and_waits_less(
    scenario: Scenario,
) -> None:
    scenario = replace(scenario, changes=120)

    ours, serial = worlds(scenario, steady=True), worlds(scenario, serial=True, batch=1)

    assert runs_each(ours) <= 1.15
    assert runs_each(ours) < runs_each(serial)
    assert mean(one.wait(0.95) for one in ours) < mean(one.wait(0.95) for one in serial)


def test_a_burst_lands_faster_than_a_train_with_fewer_runs() -> None:
    burst = Scenario(2, 0.0, 0.03, changes=40)

    ours, train = worlds(burst, steady=True), worlds(burst, batch=1)

    assert mean(one.throughput for one in ours) > 1.3 * mean(one.throughput for one in train)
    assert runs_each(ours) < 0.8 * runs_each(train)


@pytest.mark.parametrize("scenario", STEADY[1:5])
def test_a_flaky_harness_makes_few_good_changes_bounce(scenario: Scenario) -> None:
    outcomes = worlds(replace(scenario, flakes=0.05))

    assert runs_each(outcomes) <= 2.0
    judged = sum(len(one.landed) + one.refused for one in outcomes)
    assert sum(one.wrongly for one in outcomes) <= 0.01 * judged
    assert sum(one.red_landings for one in outcomes) == 0
