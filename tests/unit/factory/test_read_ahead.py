"""What is tested ahead of a verdict waits for what somebody waits for."""

from pathlib import Path

from darkfactory.factory.line import Line
from darkfactory.factory.read_ahead import read_ahead
from darkfactory.factory.record import Record
from darkfactory.gate.testing import HarnessTester
from darkfactory.harness.wanted import Wanted
from tests.fakes.gates import SETTINGS, make_gate


def test_pretests_give_precedence_and_the_landings_of_the_same_command_do_not(
    tmp_path: Path,
) -> None:
    room, _ = make_gate(tmp_path)
    line = Line(room.state, SETTINGS, Record(room.state))

    with read_ahead(line) as ahead:
        pretests, landings = ahead.room.test, line.gate().test

    assert isinstance(pretests, HarnessTester)
    assert isinstance(landings, HarnessTester)
    assert (pretests.wanted, landings.wanted) == (Wanted.AHEAD, Wanted.NOW)
