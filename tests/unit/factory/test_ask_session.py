"""Words for a session that has ended: the way that they can still take."""

from pathlib import Path

import pytest

from darkfactory.domain.session import ControlOp
from darkfactory.factory.ask_session import ask_session
from darkfactory.sessions.control import SessionEnded
from tests.fakes.factories import bug, make_factory, write_note

ITEMS = [bug("waits"), bug("lands"), bug("fails")]
SCRIPT = {
    "sessions": [
        write_note("waits"),
        write_note("lands"),
        {"marker": "fails", "turns": [{"say": "I cannot."}]},
    ]
}


def test_an_ended_session_names_what_its_item_takes_now(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, SCRIPT, ITEMS)
    factory.df("run", expect=1)
    factory.df("gate", "approve", "lands")

    fixes = {}
    for item in ("waits", "lands", "fails"):
        with pytest.raises(SessionEnded) as refused:
            ask_session(factory.state, f"s-{item}-1", ControlOp.STEER, by="ada", text="Go on.")
        fixes[item] = refused.value.fix

    assert "`df gate rework c-waits -m TEXT`" in fixes["waits"]
    assert fixes["lands"].startswith("item lands has landed: write what is left into the backlog")
    assert fixes["fails"] == "item fails has failed: `df run --item fails` starts it again"
