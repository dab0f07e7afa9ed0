"""The kill ladder: each rung once, in order, with its grace."""

import pytest

from darkfactory.sessions.ladder import Ladder, Rung


def descend(ladder: Ladder, until: int) -> list[tuple[int, Rung]]:
    taken = [(second, ladder.due(second)) for second in range(until)]
    return [(second, rung) for second, rung in taken if rung is not None]


def test_every_rung_is_taken_once_and_in_order() -> None:
    ladder = Ladder.start(Rung.INTERRUPT, 0.0)

    assert descend(ladder, 100) == [
        (0, Rung.INTERRUPT), (3, Rung.FINISH), (8, Rung.TERMINATE), (11, Rung.KILL),
    ]  # fmt: skip


def test_a_descent_may_begin_further_down() -> None:
    assert descend(Ladder.start(Rung.FINISH, 0.0), 100)[0] == (0, Rung.FINISH)


def test_a_rung_that_is_still_ahead_can_be_taken_at_once() -> None:
    ladder = Ladder.start(Rung.INTERRUPT, 0.0)
    ladder.due(0.0)

    ladder.skip_to(Rung.FINISH, 1.0)

    assert ladder.due(1.0) is Rung.FINISH


@pytest.mark.parametrize("rung", [Rung.INTERRUPT, Rung.FINISH])
def test_nobody_climbs_back_up(rung: Rung) -> None:
    ladder = Ladder.start(Rung.TERMINATE, 0.0)

    ladder.skip_to(rung, 0.0)

    assert descend(ladder, 100) == [(0, Rung.TERMINATE), (3, Rung.KILL)]


def test_below_the_last_rung_there_is_nothing() -> None:
    ladder = Ladder.start(Rung.KILL, 0.0)
    ladder.due(0.0)

    ladder.skip_to(Rung.KILL, 1.0)

    assert ladder.due(1e9) is None
