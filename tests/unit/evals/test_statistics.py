"""Intervals, exact tests and power over scenarios, held against tables and by hand."""

import random
from statistics import fmean

import pytest

from darkfactory.domain.fisher import fisher_p
from darkfactory.evals.statistics import (
    bootstrap_interval,
    detectable,
    sign_flip_p,
    smallest_p,
    t_interval,
)
from darkfactory.evals.student import t_below, t_quantile


@pytest.mark.parametrize(
    ("share", "freedom", "value"),
    [
        (0.975, 1, 12.7062),
        (0.975, 2, 4.3027),
        (0.975, 5, 2.5706),
        (0.975, 21, 2.0796),
        (0.95, 10, 1.8125),
        (0.8, 5, 0.9195),
        (0.5, 3, 0.0),
        (0.025, 5, -2.5706),
        (0.975, 1000, 1.9623),
    ],
)
def test_quantiles_are_those_of_the_printed_tables(
    share: float, freedom: int, value: float
) -> None:
    assert t_quantile(share, freedom) == pytest.approx(value, abs=5e-5)
    assert t_below(t_quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-9)


def test_an_interval_lies_around_the_mean_by_the_error_of_the_scenarios() -> None:
    low, high = t_interval([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]) or (0, 0)

    assert (low + high) / 2 == pytest.approx(0.25)
    assert high - low == pytest.approx(2 * 2.5706 * 0.187083 / 6**0.5, abs=1e-5)


def test_one_scenario_has_no_interval_and_no_power() -> None:
    assert t_interval([0.5]) is None
    assert detectable([0.5]) is None


def test_six_scenarios_on_one_side_have_the_smallest_p_that_six_can_have() -> None:
    assert sign_flip_p([0.1, 0.2, 0.1, 0.3, 0.2, 0.1]) == smallest_p(6) == 2 / 64


def test_scenarios_without_a_difference_change_no_p() -> None:
    assert sign_flip_p([0.25, 0.5, 0.5]) == sign_flip_p([0.25, 0.0, 0.5, 0.0, 0.5])


def test_no_difference_at_all_is_p_of_one() -> None:
    assert sign_flip_p([0.0] * 8) == 1.0


@pytest.mark.parametrize(
    "deltas", [[1, -1], [1, 1, -1, -1], [0.2, -0.1, -0.1], [0.1, -0.1] * 20], ids=len
)
def test_deltas_that_cancel_out_are_p_of_one(deltas: list[float]) -> None:
    assert sign_flip_p(deltas) == 1.0


def test_flips_that_come_to_the_very_same_sum_count_however_they_round() -> None:
    assert sign_flip_p([0.1, 0.2, -0.3, 0.6]) == sign_flip_p([1, 2, -3, 6])


def test_p_by_halves_is_p_by_every_flip() -> None:
    draw = random.Random(7)  # noqa: S311 - an example
    deltas = [draw.choice([-0.5, -0.25, 0.0, 0.25, 0.5, 0.75]) for _ in range(11)]
    seen = abs(sum(deltas))
    sums = [
        sum(each if flips >> place & 1 else -each for place, each in enumerate(deltas))
        for flips in range(2**11)
    ]

    assert sign_flip_p(deltas) == sum(abs(each) >= seen for each in sums) / 2**11


@pytest.mark.slow
def test_beyond_the_exact_range_p_is_drawn_and_close() -> None:
    deltas = [0.1 if place % 3 else -0.1 for place in range(36)]  # 24 up, 12 down

    assert sign_flip_p(deltas) == pytest.approx(0.0652, abs=0.004)


def test_a_bootstrap_gives_the_same_answer_each_time() -> None:
    deltas = [0.0, 0.25, 0.5, -0.25] * 8

    low, high = bootstrap_interval(deltas)

    assert (low, high) == (0.03125, 0.21875)
    assert low < fmean(deltas) < high


def test_what_can_be_detected_shrinks_with_scenarios_and_grows_with_their_spread() -> None:
    few = detectable([0.0, 0.2, 0.4, 0.0, 0.2, 0.4]) or 0
    many = detectable([0.0, 0.2, 0.4] * 8) or 0
    wide = detectable([0.0, 0.4, 0.8] * 8) or 0

    assert few > many > 0
    assert wide == pytest.approx(2 * many)


def test_fisher_is_the_exact_chance_of_a_table_at_least_as_uneven() -> None:
    assert fisher_p(9, 10, 3, 10) == pytest.approx(0.009883, abs=1e-6)
    assert fisher_p(3, 3, 0, 3) == pytest.approx(1 / 20)
    assert fisher_p(5, 5, 5, 5) == 1.0
