"""What keeps a session from starting: full heads, and a budget that is used or reserved."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.domain.lane import Budget, Lane
from darkfactory.domain.settings import Limits
from darkfactory.factory.launching import further
from darkfactory.factory.permits import Permits
from darkfactory.factory.status import read_status, status_json
from darkfactory.sessions.spec import SessionSpec
from darkfactory.sessions.story import Story
from tests.fakes.gates import SETTINGS
from tests.fakes.told import ToldFactory

LANE = Lane("bugs", agents=("mock",), budget=Budget(tokens=400))


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    limits = Limits(lanes=8, brain_space=2, tokens=1000)
    made = ToldFactory(tmp_path, replace(SETTINGS, limits=limits))
    made.tell("run.started", run="r-1")
    return made


@pytest.fixture
def permits(told: ToldFactory) -> Permits:
    return Permits(told.line, 8)


def tokens(permits: Permits, item: str) -> int | None:
    lane = permits.reserve(item, LANE)
    return None if lane is None else lane.budget.tokens


def spec(**more: int) -> SessionSpec:
    texts = dict.fromkeys(
        ("session", "item", "title", "lane", "kind", "agent", "autonomy", "workspace", "hub"), ""
    )
    rest = {"base": "", "streams": "", "prompt": "", "attempt": 1, "epoch": 1, "argv": ()}
    return SessionSpec(**{**texts, **rest, **more})  # type: ignore[arg-type]


def test_what_is_reserved_is_not_given_twice(permits: Permits) -> None:
    given = [tokens(permits, item) for item in ("a", "b", "c", "d")]

    assert given == [400, 400, 200, None]
    assert "1000 tokens" in permits.spent("d", LANE)


def test_who_asks_again_gets_its_own_again(permits: Permits) -> None:
    assert [tokens(permits, "a"), tokens(permits, "a")] == [400, 400]


def test_what_a_session_did_not_use_is_free_when_it_has_ended(
    told: ToldFactory, permits: Permits
) -> None:
    for item in ("a", "b"):
        tokens(permits, item)
    told.end(told.start("a"), "proposed", tokens=50)

    permits.release("a")

    assert [tokens(permits, item) for item in ("c", "d")] == [400, 150]


def test_a_session_that_runs_again_still_counts_what_it_used_before(
    told: ToldFactory, permits: Permits
) -> None:
    told.end(told.start("a"), "crashed", tokens=300)
    told.start("a")
    tokens(permits, "a")

    assert [tokens(permits, item) for item in ("b", "c")] == [300, None]


def test_tokens_of_an_earlier_run_are_not_this_runs(told: ToldFactory, permits: Permits) -> None:
    session = told.start("a")
    told.end(session, "proposed", tokens=900)
    told.tell("run.finished")
    told.tell("run.started", run="r-2")
    told.start("a")
    told.end(session, "proposed", tokens=1000)

    assert [tokens(permits, item) for item in ("b", "c", "d")] == [400, 400, 100]


def test_an_adopted_session_keeps_what_it_was_granted(permits: Permits) -> None:
    permits.adopt("a", spec(tokens=900, total_before=100))

    assert tokens(permits, "b") == 200


def test_a_session_without_a_limit_holds_the_whole_budget(permits: Permits) -> None:
    permits.adopt("a", spec())

    assert tokens(permits, "b") is None


def test_heads_are_full_at_brain_space_and_free_again_after_a_verdict(
    told: ToldFactory, permits: Permits
) -> None:
    free = permits.full_heads()
    for item in ("a", "b"):
        told.wait(item, told.start(item))
    full = permits.full_heads()
    told.tell("change.closed", change="c-a", item="a", reason="duplicate")

    assert free == ""
    assert "2 decisions are open and brain_space is 2" in full
    assert permits.full_heads() == ""


STORY = Story(tokens=350, cost=1.0, requests=9)
OWN = Budget(tokens=400, usd=2.0, minutes=5.0, turns=10)


def test_a_conversation_that_was_cut_off_has_the_rest_of_its_budget() -> None:
    assert further(OWN, OWN, STORY, asked=False) == OWN


def test_a_conversation_that_a_person_sent_back_gets_a_budget_on_top() -> None:
    assert further(OWN, OWN, STORY, asked=True) == Budget(750, 3.0, 5.0, 19)


def test_what_the_run_has_left_caps_both() -> None:
    granted = replace(OWN, tokens=20)

    assert further(OWN, granted, STORY, asked=True).tokens == 370
    assert further(OWN, granted, STORY, asked=False).tokens == 370


def test_a_conversation_beyond_its_budget_is_not_given_less_than_it_has_used() -> None:
    assert further(replace(OWN, tokens=300), OWN, STORY, asked=False).tokens == 350


def test_without_limits_there_are_none() -> None:
    assert further(Budget(), Budget(), STORY, asked=True) == Budget()


def test_more_review_than_the_reviewer_has_time_for_holds_new_work(tmp_path: Path) -> None:
    limits = Limits(brain_space=0, review_minutes=60)
    told = ToldFactory(tmp_path, replace(SETTINGS, limits=limits))
    permits = Permits(told.line, 8)
    before = permits.full_heads()

    told.propose("large", "s-1", added=400, removed=100)
    told.tell("change.waiting", change="c-large", item="large")

    assert before == ""
    assert permits.full_heads() == (
        "60 min of review wait and review_minutes is 60: `df gate` comes first"
    )
    found = status_json(read_status(told.line))
    assert found["review"] == {"minutes": 60.5, "budget": 60}
    assert found["held"] == permits.full_heads()


def test_who_reads_faster_is_given_more(tmp_path: Path) -> None:
    limits = Limits(brain_space=0, review_minutes=60)
    told = ToldFactory(tmp_path, replace(SETTINGS, limits=limits))
    for number in range(10):
        told.propose(f"i{number}", "s-1", added=100, removed=0)
        told.tell("change.waiting", change=f"c-i{number}", item=f"i{number}")
        told.tell("change.closed", change=f"c-i{number}", by="ada", seconds=75.0)

    told.propose("large", "s-1", added=500, removed=0)
    told.tell("change.waiting", change="c-large", item="large")

    assert Permits(told.line, 8).full_heads() == ""
