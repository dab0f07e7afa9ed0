"""The rules of a session when it ends."""

from pathlib import Path

import pytest

from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.ending import Kept, rules_at_end
from tests.fakes.rehearsal import make_spec

RULE = {"skill": "commit", "id": "NN-1", "check": {"git": {"untouched": ["tests/**"]}}}


def told(folder: Path, outcome: Outcome, *, rules: bool = True) -> list[str]:
    hub = folder / "nowhere" / ".darkfactory" / "hub.git"
    spec = make_spec(folder, rules=(RULE,) if rules else (), hub=str(hub))
    log = Writer(Stream(folder / "streams", "s/s-1"), producer="test")
    return [type_ for type_, _ in rules_at_end(spec, outcome, Kept(), log)]


def test_a_hub_that_cannot_be_read_leaves_them_unjudged_and_says_so(tmp_path: Path) -> None:
    assert told(tmp_path, Outcome.PROPOSED) == ["warning"]


@pytest.mark.parametrize("rules", [True, False])
def test_a_session_that_crashed_is_judged_when_it_has_been_taken_up(
    tmp_path: Path, rules: bool
) -> None:
    assert told(tmp_path, Outcome.CRASHED, rules=rules) == []


def test_a_session_without_rules_is_not_looked_at(tmp_path: Path) -> None:
    assert told(tmp_path, Outcome.PROPOSED, rules=False) == []
