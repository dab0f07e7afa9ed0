"""What is asked of a session by the name of its item reaches its last session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory, write_note


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    made = make_factory(tmp_path, {"sessions": [write_note("slow", sleep=300)]}, [bug("slow")])
    yield made
    made.end()


def test_an_item_stands_for_its_last_session_until_that_has_ended(factory: Factory) -> None:
    factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")

    steered = factory.df("sessions", "steer", "slow", "Hurry.", "--wait")
    factory.wait_for("session.ended")
    late = factory.df("sessions", "cancel", "slow", expect=1)

    assert steered.stdout == "steer applied (now): s-slow-1\n"
    assert "slow is an item; its last session is s-slow-1" in steered.stderr
    assert "slow is an item; its last session is s-slow-1" in late.stderr
    assert "has ended" in late.stderr


def test_a_name_that_is_neither_is_no_session(factory: Factory) -> None:
    said = factory.df("sessions", "steer", "nothing", "Hurry.", expect=2).stderr

    assert "no session 'nothing'" in said
