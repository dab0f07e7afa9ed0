"""A session is found by its id or its item's; what is neither is answered with what was meant."""

from pathlib import Path

import pytest

from darkfactory.errors import UnknownSession
from darkfactory.sessions.names import find_session
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.end(factory.start("parse"), "crashed")
    factory.start("parse", 2)
    factory.tell("message", "s-theirs", stream="s/s-theirs", role="user", text="hi")
    return factory


@pytest.mark.parametrize(
    ("name", "session"),
    [("s-theirs", "s-theirs"), ("parse", "s-parse-2")],
)
def test_a_name_is_a_session_or_the_last_one_of_an_item(
    told: ToldFactory, name: str, session: str
) -> None:
    assert find_session(told.state, name) == session


def test_a_session_that_was_only_prepared_is_one(told: ToldFactory) -> None:
    told.state.session("s-new-1").mkdir(parents=True)

    assert find_session(told.state, "s-new-1") == "s-new-1"


@pytest.mark.parametrize(("name", "meant"), [("s-parse", "s-parse-"), ("S-THEIR", "s-theirs")])
def test_a_slip_is_answered_with_what_was_meant(told: ToldFactory, name: str, meant: str) -> None:
    with pytest.raises(UnknownSession) as refused:
        find_session(told.state, name)

    assert refused.value.fix.startswith(f"did you mean {meant}")


@pytest.mark.parametrize("name", ["", "zzz", "../../etc/passwd", "x" * 4000, "#7"])
def test_what_looks_like_nothing_is_sent_to_the_list(told: ToldFactory, name: str) -> None:
    with pytest.raises(UnknownSession) as refused:
        find_session(told.state, name)

    assert refused.value.fix == "`df sessions list` names the sessions there are"
