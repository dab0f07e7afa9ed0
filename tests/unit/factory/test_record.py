"""The record of a factory: what its stream says of items, sessions, runs and plans."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import Step, next_step
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    return ToldFactory(tmp_path)


def step(told: ToldFactory, item: str = "a", attempts: int = 2) -> Step:
    record = told.line.record
    return next_step(record.attempted(item), record.changes.of_item(item), attempts=attempts)


def finished(told: ToldFactory) -> frozenset[str]:
    return told.line.record.finished_items()


def test_an_item_is_taken_from_its_start_to_the_gate_step_by_step(told: ToldFactory) -> None:
    told.tell("run.started", run="r-1")
    seen = [step(told)]
    session = told.start("a")
    seen.append(step(told))
    told.end(session, "proposed", head="h")
    seen.append(step(told))
    told.propose("a", session)
    seen.append(step(told))
    told.tell("change.checked", session, change="c-a", item="a", result="pass", green=True)
    told.tell("change.waiting", session, change="c-a", item="a")
    seen.append(step(told))

    assert seen == [Step.START, Step.ADOPT, Step.SETTLE, Step.SETTLE, Step.NOTHING]


def test_ends_count_for_the_run_they_happen_in(told: ToldFactory) -> None:
    told.tell("run.started", run="r-1")
    for number in (1, 2):
        told.end(told.start("a", number), "timed_out")
    worn_out = step(told)
    told.tell("run.finished")
    told.tell("run.started", run="r-2")

    assert (worn_out, step(told)) == (Step.NOTHING, Step.START)


def test_a_run_that_was_cut_off_goes_on_counting(told: ToldFactory) -> None:
    told.tell("run.started", run="r-1")
    told.end(told.start("a"), "crashed")

    assert step(told) is Step.RESUME
    assert step(told, attempts=1) is Step.NOTHING


def test_an_offer_is_settled_once_its_own_run_of_the_session_was_taken_in(
    told: ToldFactory,
) -> None:
    session = told.start("a")
    told.end(session, "proposed", head="h")
    told.wait("a", session)
    told.tell("change.rework", session, change="c-a", item="a", by="ada", text="why?")
    told.start("a")
    told.end(session, "proposed", head="h2", epoch=2)
    before = step(told)
    told.propose("a", session, "h2", epoch=2, revision=2)
    told.tell("change.waiting", session, change="c-a", item="a")

    assert (before, step(told)) == (Step.SETTLE, Step.NOTHING)


@pytest.mark.parametrize(
    ("news", "again"),
    [
        (("change.landed", {"change": "c-b", "item": "b"}), Step.SETTLE),
        (("plan.made", {"snapshot": "2"}), Step.SETTLE),
        (("run.started", {"run": "r-2"}), Step.SETTLE),
        (("change.checked", {"change": "c-b", "item": "b"}), Step.NOTHING),
    ],
)
def test_what_waits_for_its_base_is_looked_at_again_when_something_may_tell(
    told: ToldFactory, news: tuple[str, dict[str, Any]], again: Step
) -> None:
    session = told.start("a")
    told.end(session, "proposed", head="h")
    change = told.propose("a", session)
    checked: dict[str, Any] = {
        "change": change,
        "item": "a",
        "result": "fail",
        "green": False,
        "waits": True,
    }
    told.tell("change.checked", session, **checked)
    before = step(told)

    told.tell(news[0], **news[1])
    after = step(told)
    told.tell("change.checked", session, **checked)

    assert (before, after, step(told)) == (Step.NOTHING, again, Step.NOTHING)


def test_an_answer_without_a_new_diff_is_taken_in_too(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "proposed", head="h")
    told.wait("a", session)
    told.tell("change.rework", session, change="c-a", item="a", by="ada", text="why?")
    told.start("a")

    told.end(session, "failed", head=None, epoch=2)

    assert step(told) is Step.SETTLE


def test_a_session_that_fails_over_a_persons_word_is_not_sent_back_for_ever(
    told: ToldFactory,
) -> None:
    told.tell("run.started", run="r-1")
    session = told.start("a")
    told.end(session, "proposed", head="h")
    told.wait("a", session)
    told.tell("change.rework", session, change="c-a", item="a", by="ada", text="why?")
    honoured = step(told, attempts=1)
    told.start("a")
    told.end(session, "crashed", epoch=2, polite=False)

    assert honoured is Step.REWORK
    assert step(told, attempts=1) is Step.NOTHING
    assert step(told, attempts=3) is Step.REWORK


def test_a_reimplementation_starts_once_and_is_judged_by_its_own_session(
    told: ToldFactory,
) -> None:
    told.tell("run.started", run="r-1")
    session = told.start("a")
    told.end(session, "proposed", head="h")
    told.wait("a", session)
    told.tell("change.closed", session, change="c-a", item="a", by="ada", reason="reimplement")
    asked = step(told, attempts=1)
    told.end(told.start("a", 2), "failed", head=None)

    assert (asked, step(told, attempts=9)) == (Step.START, Step.NOTHING)


@pytest.mark.parametrize(
    ("events", "done"),
    [
        ([("closed", {"reason": "duplicate"})], True),
        ([("closed", {"reason": "not-planned"})], True),
        ([("closed", {"reason": "reimplement"})], False),
        ([("approved", {"head": "h", "by": "ada"}), ("superseded", {})], True),
        ([("rework", {"by": "ada"})], False),
        ([], False),
    ],
)
def test_what_a_change_blocks_is_free_when_its_item_is_done_with(
    told: ToldFactory, events: list[tuple[str, dict[str, Any]]], done: bool
) -> None:
    told.wait("a", told.start("a"))

    for verb, data in events:
        told.tell(f"change.{verb}", change="c-a", item="a", **data)

    assert (finished(told) == {"a"}) is done


def test_a_landing_and_a_report_free_what_they_block(told: ToldFactory) -> None:
    told.wait("a", told.start("a"))
    told.tell("change.approved", change="c-a", item="a", head="h", by="ada")
    for verb in ("queued", "testing", "landing", "landed"):
        told.tell(f"change.{verb}", change="c-a", item="a", head="h")
    told.end(told.start("b"), "reported")

    assert finished(told) == {"a", "b"}


def test_a_session_that_runs_again_has_no_outcome_until_it_ends_again(told: ToldFactory) -> None:
    session = told.start("a")
    told.end(session, "crashed", tokens=10, cost_usd=0.5)
    told.start("a")
    row = told.line.record.sessions[session]

    running = row.outcome
    told.end(session, "proposed", head="h", tokens=25, cost_usd=0.75)

    assert running is None
    assert row.outcome is Outcome.PROPOSED
    assert (row.tokens, row.cost_usd, len(row.ends)) == (25, 0.75, 2)


def test_events_of_others_and_of_later_versions_are_passed_over(told: ToldFactory) -> None:
    told.tell("session.ended", "s-nobody-1", outcome="proposed")
    told.tell("item.dreamt", item="a")
    told.tell("run.finished")

    assert told.line.record.sessions == {}
    assert step(told) is Step.START
