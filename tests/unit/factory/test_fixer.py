"""The item that makes a red base green is to make that command pass which told of it."""

from pathlib import Path

import pytest

from darkfactory.domain.item import Backlog
from darkfactory.factory.fixer import with_fixers
from darkfactory.factory.record import Record
from darkfactory.gate.hold import Hold
from tests.fakes.gates import make_gate


@pytest.mark.parametrize(
    ("own", "done_when"), [("", "`make test`"), ("make docs", "`make docs`"), ("a\nb", None)]
)
def test_a_fixer_is_done_when_the_harness_passes_that_found_the_base_red(
    tmp_path: Path, own: str, done_when: str | None
) -> None:
    room, _ = make_gate(tmp_path)
    hold = Hold("main", "a" * 40, "b" * 40, searched=True, why="nobody knows", harness=own)
    room.record("gate.frozen", hold.data())
    record = Record(room.state)
    record.refresh()

    (fixer,) = with_fixers(Backlog(()), record, harness="make test").items

    assert (fixer.id, fixer.done_when) == (hold.fixer, done_when)
