"""Looking back on a record: what is read of it, and the JSON that tells it."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.factory.hold_retro import BadSince, hold_retro, retro_json
from darkfactory.factory.read_history import read_history
from darkfactory.gitio import git
from darkfactory.retro.history import Fate
from tests.fakes.told import ToldFactory

DAY = 86_400
LANDED, HEAD, BASE = "1" * 40, "2" * 40, "3" * 40


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    return ToldFactory(tmp_path)


def steer(told: ToldFactory, session: str, by: str = "waffle") -> None:
    stream = f"s/{session}"
    told.tell("waffle.scored", session, stream=stream, score=0.8, action="steer", signals=[])
    told.tell("control.requested", session, stream=stream, id="1", op="steer", by=by)
    told.tell("control.applied", session, stream=stream, id="1", op="steer")
    told.tell("session.ended", session, stream=stream, outcome="failed")


def land(told: ToldFactory, item: str, session: str) -> None:
    change = told.wait(item, session, HEAD)
    more: dict[str, Any] = {"change": change, "head": HEAD, "item": item}
    pin: dict[str, Any] = {"patch_id": HEAD, "by": "ada", "seconds": 60}
    told.tell("change.approved", session, **more, **pin)
    for verb in ("queued", "testing"):
        told.tell(f"change.{verb}", session, **more)
    told.tell("change.landing", session, **more, candidate=LANDED)
    told.tell("change.landed", session, **more, commit=LANDED, base=BASE)


def hub(told: ToldFactory, message: str) -> None:
    """Make a hub whose base ends in a commit that says *message*."""
    git("init", "-q", "-b", "main", str(told.state.repository))
    git("init", "--bare", "-q", str(told.state.hub))
    at = ("--git-dir", str(told.state.hub))
    tree = git(*at, "mktree").text.strip()
    who = {
        f"GIT_{one}_{what}": "x" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    commit = git(*at, "commit-tree", tree, "-m", message, env=who).text.strip()
    git(*at, "update-ref", "refs/heads/main", commit)


def metrics(told: ToldFactory, since: str = "7d") -> dict[str, Any]:
    found: dict[str, Any] = retro_json(hold_retro(told.line, since))["metrics"]
    return found


def test_a_session_that_landed_cost_tokens_and_a_look(told: ToldFactory) -> None:
    hub(told, "A commit")
    session = told.start("a")
    told.end(session, "proposed", tokens=1_200)
    land(told, "a", session)

    found = metrics(told)

    assert found["tokens_per_landed"]["value"] == 1_200
    assert found["review_minutes"]["value"] == 1
    assert found["regressions"]["value"] == 0
    assert found["lane_completion"]["value"] == 1
    assert found["abandoned_rate"]["value"] == 0


@pytest.mark.parametrize("commit", [LANDED, HEAD])
def test_a_landing_that_a_later_commit_takes_back_is_a_regression(
    told: ToldFactory, commit: str
) -> None:
    hub(told, f'Revert "Do a"\n\nThis reverts commit {commit}, reversing\nchanges made to b.')
    session = told.start("a")
    told.end(session, "proposed", tokens=1_200)
    land(told, "a", session)

    found = metrics(told)

    assert (found["regressions"]["value"], found["tokens_per_landed"]["value"]) == (1, None)


@pytest.mark.parametrize(("result", "share"), [("fail", 1), ("pass", 0)])
def test_a_base_that_is_red_after_a_green_landing_is_a_regression(
    told: ToldFactory, result: str, share: int
) -> None:
    hub(told, "A commit")
    land(told, "a", told.start("a"))
    after = told.propose("b", told.start("b"))

    told.tell("change.checked", change=after, result=result, green=True, base=LANDED)

    assert metrics(told)["regressions"]["value"] == share


def test_what_a_lane_lands_alone_takes_nobody_time(told: ToldFactory) -> None:
    change = told.wait("a", told.start("a"))
    told.tell("change.approved", change=change, head="h", patch_id="h", by="lane:bugs")

    assert read_history(told.line, 0).looks == ()


def test_only_the_steers_of_the_score_are_alarms(told: ToldFactory) -> None:
    for item, by in (("a", "waffle"), ("b", "ada")):
        steer(told, told.start(item), by)
        told.end(f"s-{item}-1", "failed")

    found = metrics(told)

    assert found["false_alarms"]["denominator"] == 1
    assert (found["steers_rescued"]["numerator"], found["steers_rescued"]["denominator"]) == (0, 1)


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        ("reported", Fate.REPORTED),
        ("proposed", Fate.OPEN),
        ("failed", Fate.LOST),
        ("nuked", Fate.LOST),
    ],
)
def test_a_session_without_a_change_has_the_fate_of_its_end(
    told: ToldFactory, outcome: str, fate: Fate
) -> None:
    told.end(told.start("a"), outcome)

    (sitting,) = read_history(told.line, 0).sittings

    assert (sitting.fate, sitting.tokens) == (fate, None)


def test_a_session_whose_change_is_closed_is_lost(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "proposed")
    change = told.wait("a", session)

    told.tell("change.closed", change=change, by="ada", reason="not-planned", seconds=5)

    (sitting,) = read_history(told.line, 0).sittings
    assert sitting.fate is Fate.LOST


def test_a_metric_stands_beside_that_of_the_window_before(told: ToldFactory) -> None:
    told.end(told.start("a"), "failed")
    told.clock.at += 7 * DAY
    told.end(told.start("b"), "reported")
    told.clock.at += DAY

    found = metrics(told)["abandoned_rate"]

    assert (found["value"], found["before"], found["change"]) == (0, 1, -1)


def test_nothing_is_found_and_nothing_proposed_yet(told: ToldFactory) -> None:
    body = retro_json(hold_retro(told.line, "12h"))

    assert (body["findings"], body["proposals"], body["lanes"]) == ([], [], [])
    assert {one["value"] for one in body["metrics"].values()} == {None}
    assert body["to"] - body["from"] == 12 * 3600


@pytest.mark.parametrize("since", ["", "7", "d", "0d", "-7d", "1.5d", "7 days", "99999d"])
def test_what_is_no_span_of_time_is_refused(told: ToldFactory, since: str) -> None:
    with pytest.raises(BadSince):
        hold_retro(told.line, since)
