"""Which append is new, which a retry, which a zombie's: the table of the protocol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.server.producers import Answer, Life, Mark, judge


@pytest.mark.parametrize(
    ("known", "epoch", "seq", "answer"),
    [
        (None, 0, 0, Answer.NEW),
        (None, 7, 0, Answer.NEW),
        (None, 0, 1, Answer.GAP),
        (Life(1, 4), 1, 5, Answer.NEW),
        (Life(1, 4), 1, 4, Answer.DUPLICATE),
        (Life(1, 4), 1, 0, Answer.DUPLICATE),
        (Life(1, 4), 1, 6, Answer.GAP),
        (Life(1, 4), 2, 0, Answer.NEW),
        (Life(1, 4), 2, 1, Answer.BAD_START),
        (Life(1, 4), 0, 5, Answer.ZOMBIE),
    ],
)
def test_an_append_is_judged_by_the_life_of_its_producer(
    known: Life | None, epoch: int, seq: int, answer: Answer
) -> None:
    assert judge(known, Mark("p", epoch, seq)) is answer


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=30))
def test_what_is_taken_once_is_never_new_again(tries: list[tuple[int, int]]) -> None:
    life, taken = None, []
    for epoch, seq in tries:
        if judge(life, Mark("p", epoch, seq)) is Answer.NEW:
            life = Life(epoch, seq)
            taken.append((epoch, seq))

    assert taken == sorted(set(taken))
