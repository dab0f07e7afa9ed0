"""The last words of a run: what went wrong, what waits, what to do next."""

from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.cli.closing_render import closing_screen
from darkfactory.domain.item import Backlog, Item, Plan, PlannedItem
from darkfactory.domain.session import RUN_STOPPED
from darkfactory.events.stream import Writer
from darkfactory.factory.closing import read_closing
from darkfactory.factory.plans import plan_events
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.tell("run.started", run="r-1")
    return factory


def troubles(told: ToldFactory, **only: str) -> list[tuple[str, str, str]]:
    return [(one.what, one.id, one.reason) for one in read_closing(told.line, **only).troubles]


def test_a_run_in_which_all_went_well_has_no_troubles(told: ToldFactory) -> None:
    told.plan("a", "b")
    told.end(told.start("a"), "proposed", head="h")
    told.wait("a", "s-a-1")
    told.end(told.start("b"), "reported")

    closing = read_closing(told.line)

    assert (closing.troubles, closing.waiting, closing.next) == ((), ("c-a",), "df gate")


@pytest.mark.parametrize("outcome", ["failed", "crashed", "timed_out", "budget", "cancelled"])
def test_a_session_that_ended_badly_is_named_with_its_reason(
    told: ToldFactory, outcome: str
) -> None:
    told.end(told.start("a"), outcome, reason="it had enough")

    assert troubles(told) == [(outcome, "s-a-1", "it had enough")]
    assert read_closing(told.line).next == "df sessions show s-a-1"


def test_what_was_stopped_with_the_run_is_no_trouble_but_work_for_the_next(
    told: ToldFactory,
) -> None:
    told.plan("a", "b")
    sessions = [told.start("a"), told.start("b")]
    told.tell("run.paused", reason="stopped by ada", stop=True)
    for session in sessions:
        told.end(session, "cancelled", reason=f"cancelled by ada: {RUN_STOPPED}")

    closing = read_closing(told.line)

    assert (closing.troubles, closing.stopped, closing.next) == ((), ("a", "b"), "df run")
    assert closing_screen(closing).splitlines()[1:] == [
        "2 items were stopped: `df run` starts them again"
    ]


def test_of_several_attempts_only_the_last_one_counts_but_every_nuke(told: ToldFactory) -> None:
    told.end(told.start("a"), "crashed")
    told.end(told.start("a", 2), "nuked", reason="a loop")
    told.end(told.start("a", 3), "proposed", head="h")
    told.wait("a", "s-a-3")

    assert troubles(told) == [("nuked", "s-a-2", "a loop")]


def test_a_red_change_is_named_with_what_fails(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h")
    told.propose("a", "s-a-1")
    told.tell("change.checked", change="c-a", item="a", result="fail", why="test_one fails")
    told.tell("change.abandoned", change="c-a", item="a", reason="red, and no attempt is left")

    assert troubles(told) == [("abandoned", "c-a", "test_one fails")]
    assert read_closing(told.line).next == "df gate show c-a"


def test_a_change_that_was_given_up_is_named_though_its_agent_left_it_as_it_was(
    told: ToldFactory,
) -> None:
    told.end(told.start("a"), "proposed", head="h")
    told.propose("a", "s-a-1")
    told.tell("change.bounced", change="c-a", item="a", reason="textual", detail={"files": ["x"]})
    told.start("a")
    told.end("s-a-1", "failed", epoch=2, reason="the agent ended its turn and left no change")
    told.propose("a", "s-a-1", epoch=2)
    why = "it conflicts with the base in x"
    told.tell("change.checked", change="c-a", item="a", conflicts=["x"], why=why)
    told.tell("change.abandoned", change="c-a", item="a", reason="red, and no attempt is left")

    assert troubles(told) == [("abandoned", "c-a", why)]
    told.end(told.start("a", 2), "failed", reason="it gave up")
    assert troubles(told) == [("failed", "s-a-2", "it gave up")]


def test_a_conflict_is_named_with_its_files_and_a_rework_with_the_words(told: ToldFactory) -> None:
    for item in ("a", "b"):
        told.end(told.start(item), "proposed", head="h")
        told.propose(item, f"s-{item}-1")
    detail = {"files": ["x.py", "y.py"]}
    told.tell("change.bounced", change="c-a", item="a", reason="textual", detail=detail)
    told.tell("change.rework", change="c-b", item="b", by="ada", text="Name it.")

    assert troubles(told) == [
        ("bounced", "c-a", "it conflicts with the base in x.py, y.py"),
        ("rework", "c-b", "ada: Name it."),
    ]


def test_an_answer_that_leaves_a_waiting_change_as_it_is_is_no_trouble(told: ToldFactory) -> None:
    told.wait("a", told.start("a"))
    told.end("s-a-1", "failed")

    assert troubles(told) == []


def test_what_could_not_start_comes_with_the_problem_before_what_was_only_held(
    told: ToldFactory,
) -> None:
    told.plan("waits", "stuck")
    told.tell("run.paused", item="stuck", reason="?", problem="no program", fix="install it")
    told.tell("run.paused", reason="5 decisions are open")

    assert troubles(told) == [
        ("stuck", "stuck", "no program; install it"),
        ("held", "waits", "5 decisions are open"),
    ]
    assert read_closing(told.line).next == "df doctor"


def test_what_waits_for_another_item_says_for_which(told: ToldFactory) -> None:
    items = [Item("b", "B"), Item("c", "C", blocked_by=("b",)), Item("twin", "B")]
    rows = [PlannedItem(item, "bugs", rank, ()) for rank, item in enumerate(items, 1)]
    rows[2] = replace(rows[2], duplicate_of="b")
    Writer(told.line.record.stream, producer="triage", clock=told.clock).write_all(
        plan_events(Plan("p", tuple(rows)), Backlog(tuple(items)), ())
    )
    told.end(told.start("b"), "failed")

    assert troubles(told) == [
        ("failed", "s-b-1", "it did"),
        ("held", "c", "waits for b (has failed)"),
    ]


def test_a_run_for_one_item_or_lane_says_nothing_of_the_others(told: ToldFactory) -> None:
    told.plan("a", "b")

    assert [name for _, name, _ in troubles(told, item="a")] == ["a"]
    assert troubles(told, lane="docs") == []


def test_sessions_of_earlier_runs_are_no_news(told: ToldFactory) -> None:
    told.end(told.start("a"), "failed")
    told.tell("run.finished")
    told.tell("run.started", run="r-2")

    assert troubles(told) == []


def idle(told: ToldFactory, **only: str) -> tuple[str, str]:
    closing = read_closing(told.line, **only)
    assert closing.idle is not None
    return closing.idle.why, closing.next


def ended_before(told: ToldFactory, item: str, outcome: str) -> None:
    """Tell that *item* had its session in a run before this one."""
    told.end(told.start(item), outcome, head="h" if outcome == "proposed" else None)
    if outcome == "proposed":
        told.wait(item, f"s-{item}-1")


def land(told: ToldFactory, item: str) -> None:
    for verb in ("approved", "queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change=f"c-{item}", item=item, head="h")


def test_a_run_with_sessions_owes_no_reason(told: ToldFactory) -> None:
    told.plan("a")
    told.start("a")

    assert read_closing(told.line).idle is None


def test_a_run_that_started_nothing_says_where_everything_stands(told: ToldFactory) -> None:
    told.plan("done", "broken", "off", "read")
    for item, outcome in (
        ("done", "proposed"),
        ("broken", "failed"),
        ("off", "cancelled"),
        ("read", "reported"),
    ):
        ended_before(told, item, outcome)
    land(told, "done")
    told.tell("run.finished")
    told.tell("run.started", run="r-2")

    why = "1 failed (broken), 1 cancelled (off), 2 done"
    assert idle(told) == (why, "df run --item broken")


def test_a_run_over_a_backlog_that_is_done_says_so(told: ToldFactory) -> None:
    told.plan("done")
    ended_before(told, "done", "proposed")
    land(told, "done")
    told.tell("run.finished")
    told.tell("run.started", run="r-2")

    assert idle(told) == ("1 item, all done; the backlog takes new ones", "df triage")


def test_a_run_without_any_item_says_so(told: ToldFactory) -> None:
    told.plan()

    assert idle(told) == ("the backlog has no open item", "df triage")
    assert idle(told, lane="bugs") == ("lane bugs has no item", "df triage")


@pytest.mark.parametrize(
    ("outcome", "why", "then"),
    [
        ("proposed", "a has change c-a, which waits for your verdict", "df gate"),
        ("failed", "a has failed", "df run --item a"),
        ("cancelled", "a was cancelled", "df run --item a"),
    ],
)
def test_a_run_for_one_item_that_started_nothing_says_why(
    told: ToldFactory, outcome: str, why: str, then: str
) -> None:
    told.plan("a", "b")
    ended_before(told, "a", outcome)
    told.tell("run.finished")
    told.tell("run.started", run="r-2")

    assert idle(told, item="a") == (why, then)
