"""What the end of a session is worth by what it has left."""

from pathlib import Path

import pytest

from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import Outcome
from darkfactory.sessions.ending import Ending, Kept, judge
from tests.fakes.rehearsal import make_spec

NOTHING, SOME, UNREADABLE = Kept(), Kept(head="1" * 40), Kept(problem="no git here")


@pytest.mark.parametrize(
    ("trigger", "kept", "outcome"),
    [
        ("start", SOME, Outcome.PROPOSED),
        ("start", NOTHING, Outcome.FAILED),
        ("resume", NOTHING, Outcome.FAILED),
        ("steer", NOTHING, Outcome.PROPOSED),
        ("steer", UNREADABLE, Outcome.FAILED),
    ],
)
def test_who_says_why_not_has_answered_a_rework(
    tmp_path: Path, trigger: str, kept: Kept, outcome: Outcome
) -> None:
    spec = make_spec(tmp_path, trigger=trigger)

    found, _ = judge(spec, Ending.done(), kept)

    assert found is outcome


def test_who_only_reads_has_reported(tmp_path: Path) -> None:
    spec = make_spec(tmp_path, autonomy=Autonomy.OBSERVE)

    assert judge(spec, Ending.done(), NOTHING)[0] is Outcome.REPORTED
