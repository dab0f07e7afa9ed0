"""The made sessions of many kinds: waffling is steered, honest work is left alone."""

import pytest

from darkfactory.waffle.score import Scorer
from tests.fakes.waffling import HONEST, WAFFLING, made

SEEDS = range(12)


def steered_after(kind: str, seed: int) -> int | None:
    """Return the calls from where *kind* began to the first steer, None if there was none."""
    tape = made(kind, seed)
    scorer = Scorer()
    calls = 0
    for index, event in enumerate(tape.events):
        calls += index >= tape.start and event.type == "tool.started"
        scorer.feed(event)
        if scorer.steers:
            return calls
    return None


@pytest.mark.parametrize("kind", sorted(WAFFLING))
def test_waffling_is_steered(kind: str) -> None:
    missed = [seed for seed in SEEDS if steered_after(kind, seed) is None]

    assert not missed


@pytest.mark.parametrize("kind", sorted(HONEST))
def test_honest_work_is_not_steered(kind: str) -> None:
    alarmed = [seed for seed in SEEDS if steered_after(kind, seed) is not None]

    assert not alarmed
