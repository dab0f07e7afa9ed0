"""A run says which sessions of an earlier one it goes on with; the living ones are a contract's."""

from pathlib import Path

import pytest

from darkfactory.factory.taken_up import taken_up
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    for item in ("a", "b", "c", "d", "other"):
        factory.start(item)
    factory.end(factory.start("over"), "proposed", head="h")
    return factory


def test_a_session_that_was_cut_off_is_named(told: ToldFactory) -> None:
    said = list(taken_up(told.line, {"a", "over"}))

    assert said == ["s-a-1 was cut off; this run goes on from what is left"]


def test_many_are_counted(told: ToldFactory) -> None:
    (said,) = taken_up(told.line, {"a", "b", "c", "d"})

    assert said.startswith("4 sessions (s-a-1, s-b-1, s-c-1 and 1 more) were cut off; ")


def test_where_nothing_was_left_open_nothing_is_said(told: ToldFactory) -> None:
    assert list(taken_up(told.line, {"over", "unheard"})) == []
