"""Runs in the background: what they say is taken once, what ended them is told."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from darkfactory.gate.runs import Runs
from darkfactory.harness.run import RunStopped, Stopped


@pytest.fixture
def runs() -> Iterator[Runs[str]]:
    with closing(Runs[str](2)) as opened:
        yield opened


def stopped_from_elsewhere(_unwanted: Stopped) -> str:
    raise RunStopped("make test")


def until_unwanted(unwanted: Stopped) -> str:
    while not unwanted():
        pass
    raise RunStopped("make test")


def test_a_run_that_somebody_else_stopped_is_told_although_others_go_on(runs: Runs[str]) -> None:
    runs.start("going", until_unwanted)
    runs.start("ended", stopped_from_elsewhere)
    runs.wait(10)

    with pytest.raises(RunStopped):
        runs.take()

    assert list(runs.going) == ["going"]


def test_what_was_stopped_here_is_never_taken(runs: Runs[str]) -> None:
    runs.start("unwanted", until_unwanted)
    runs.stop("unwanted")
    runs.start("wanted", lambda _unwanted: "green")
    runs.wait(10)

    assert runs.take() == {"wanted": "green"}
    assert runs.take() == {}
