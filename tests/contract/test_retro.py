"""What ``df retro`` tells of a factory whose agents worked, waffled, landed and were undone."""

from typing import Any

import pytest

from tests.fakes.factories import Factory, bug, edit_calc, make_factory
from tests.fakes.repositories import Repository

LOOP = {
    "say": "Let me run the checks.",
    "do": [{"shell": "python3 -c 'import nowhere'"}],
    "repeat": 60,
    "usage": {"input": 900, "output": 100},
}
USED = {"usage": {"input": 1_900, "output": 100}}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """One item landed; another one's session was nuked, and so was the one that took over."""
    script = {"sessions": [edit_calc("good", **USED), {"marker": "vain", "turns": [LOOP]}]}
    folder = tmp_path_factory.mktemp("retro")
    made = make_factory(folder, script, [bug("good"), bug("vain")], lane="attempts: 1")
    made.df("run", expect=1)
    made.df("gate", "approve", "c-good", "--yes")
    return made


@pytest.fixture(scope="module")
def told(factory: Factory) -> dict[str, Any]:
    """The metrics before anybody takes something back."""
    metrics: dict[str, Any] = factory.json("retro", "--since", "1h")["metrics"]
    return metrics


def test_the_metrics_are_those_of_what_happened(told: dict[str, Any]) -> None:
    shown = {name: (one["numerator"], one["denominator"]) for name, one in told.items()}

    assert shown["abandoned_rate"] == (2, 3)
    assert shown["lane_completion"] == (1, 2)
    assert shown["false_alarms"] == (0, 2)
    assert shown["steers_rescued"] == (0, 4)
    assert (told["tokens_saved"]["value"], told["tokens_saved"]["unknown"]) == (None, 2)
    assert told["tokens_per_landed"]["value"] > 2_000
    assert told["regressions"]["value"] == 0
    assert {one["before"] for one in told.values()} == {None}


def test_the_nuked_session_shows_how_its_score_came_about(factory: Factory) -> None:
    course = factory.json("sessions", "show", "s-vain-1")["session"]["course"]

    happened = [one["event"] for one in course["moments"] if one["event"] != "harness"]
    assert [one for one in happened if one != "scored"] == ["steer", "steer", "nuke"]
    assert happened[0] == "scored"
    steers = [one for one in course["moments"] if one["event"] == "steer"]
    assert {(one["applied"], one["rescued"]) for one in steers} == {(True, False)}
    assert not course["recomputed"]


@pytest.mark.usefixtures("told")
def test_a_landing_that_the_user_takes_back_is_a_regression(factory: Factory) -> None:
    Repository(factory.root).git("revert", "--no-edit", "-m", "1", "HEAD")
    factory.df("gate", "land")

    since = factory.json("retro")["metrics"]

    assert since["regressions"]["value"] == 1
    assert since["tokens_per_landed"]["value"] is None
