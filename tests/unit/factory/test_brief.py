"""The brief: nothing that needs a person who comes back is missing, each in one row."""

import fcntl
from pathlib import Path

import pytest

from darkfactory.factory.brief import read_brief
from darkfactory.factory.reports import mark_read
from tests.fakes.told import ToldFactory

Told = tuple[str, str, str, str]


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    return ToldFactory(tmp_path)


def rows(told: ToldFactory) -> list[Told]:
    return [(row.item, row.state, row.evidence, row.next) for row in read_brief(told.line).rows]


@pytest.mark.parametrize("outcome", ["failed", "crashed", "timed_out", "budget"])
def test_an_item_that_came_to_nothing_is_told_with_its_reason(
    told: ToldFactory, outcome: str
) -> None:
    told.plan("a")
    told.end(told.start("a"), outcome, reason="it had enough")

    then = "df sessions show s-a-1; df run --item a tries again"
    assert rows(told) == [("a", outcome, "it had enough", then)]


def test_a_change_that_was_given_up_is_told_with_what_fails(told: ToldFactory) -> None:
    told.plan("a")
    told.end(told.start("a"), "proposed", head="h")
    told.propose("a", "s-a-1")
    told.tell("change.checked", change="c-a", item="a", result="fail", why="test_one fails")
    told.tell("change.abandoned", change="c-a", item="a", by="harness", reason="red")

    then = "df gate show c-a; df run --item a tries again"
    assert rows(told) == [("a", "abandoned", "test_one fails", then)]


def test_a_change_whose_item_is_not_done_says_so(told: ToldFactory) -> None:
    told.plan("a")
    told.end(told.start("a"), "proposed", head="h")
    told.wait("a", "s-a-1")
    told.tell("change.checked", change="c-a", item="a", result="pass", green=True, done_when=False)

    evidence = "harness pass, but its done_when command does not"
    assert [(item, told_as) for item, _, told_as, _ in rows(told)] == [("a", evidence)]


def test_what_failed_and_then_landed_or_left_the_plan_is_not_told(told: ToldFactory) -> None:
    told.plan("a")
    told.end(told.start("a"), "failed")
    told.end(told.start("a", 2), "proposed", head="h")
    told.wait("a", "s-a-2")
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-a", item="a", head="h")
    told.end(told.start("gone"), "failed")

    assert rows(told) == []


def test_what_goes_back_to_its_agent_waits_for_a_run_or_is_on_its_way(told: ToldFactory) -> None:
    told.plan("a", "b")
    for item in ("a", "b", "gone"):
        told.end(told.start(item), "proposed", head="h")
        told.wait(item, f"s-{item}-1")
        told.tell("change.rework", change=f"c-{item}", item=item, by="ada", text="Name it.")
    idle = rows(told)
    with told.state.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        running = rows(told)

    leave = "its item has left the plan: df gate close c-gone --as not-planned"
    assert [row[1:3] for row in idle] == [("rework", "ada: Name it.")] * 3
    assert [row[3] for row in idle] == [*["df run gives it back to its agent"] * 2, leave]
    assert [row[3] for row in running] == [*["nothing: df run gives it back"] * 2, leave]


def test_a_report_is_told_until_somebody_has_looked_at_it(told: ToldFactory) -> None:
    told.end(told.start("a"), "reported", reason="it has reported")
    before, attention = rows(told), read_brief(told.line).attention
    mark_read(told.state, "s-a-1", by="ada")
    mark_read(told.state, "s-a-1", by="ada")

    assert before == [("a", "reported", "it has reported", "df sessions show s-a-1")]
    assert attention == "1 report nobody has read: df sessions show s-a-1"
    assert rows(told) == []
    assert sum(event.type == "report.read" for _, event in told.line.record.stream.read()) == 1


def test_a_session_without_a_report_is_never_marked_as_read(told: ToldFactory) -> None:
    told.end(told.start("a"), "failed")

    mark_read(told.state, "s-a-1", by="ada")

    assert [event.type for _, event in told.line.record.stream.read()][-1] == "session.ended"


def test_approved_changes_that_nobody_lands_are_told(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h")
    told.wait("a", "s-a-1")
    told.tell("change.approved", change="c-a", item="a", by="ada", head="h")

    assert rows(told) == [("a", "approved", "harness pass", "df gate land")]


def test_what_a_dead_run_has_not_taken_in_or_tested_waits_for_the_next(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h", reason="it ended its turn")
    told.end(told.start("b"), "proposed", head="h")
    told.propose("b", "s-b-1")

    assert rows(told) == [
        ("b", "checking", "the harness has not run on it", "df run tests it"),
        ("a", "proposed", "it ended its turn", "df run takes in what it left"),
    ]


def test_an_item_that_could_not_start_is_told_with_the_problem(told: ToldFactory) -> None:
    told.plan("a")
    told.tell("run.started", run="r-1")
    told.tell("run.paused", item="a", reason="?", problem="no agent", fix="install it")

    assert rows(told) == [("a", "stuck", "no agent", "install it")]


def test_cancelled_items_are_named_once_nothing_else_is_left(told: ToldFactory) -> None:
    told.plan("a")
    told.end(told.start("a"), "cancelled")

    brief = read_brief(told.line)

    assert brief.rows == ()
    assert brief.attention == "1 item cancelled: `df run --item a` starts one again"
