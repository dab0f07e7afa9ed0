"""An item that was nuked twice stands with a person: every screen says why and what to do."""

from pathlib import Path

import pytest

from darkfactory.factory.brief import read_brief
from darkfactory.factory.item_now import item_now
from darkfactory.factory.status import read_status, status_json
from darkfactory.factory.untriaged import (
    look_at_nuked_once,
    look_at_untriaged,
    untriaged_facts,
    untriaged_items,
)
from tests.fakes.told import ToldFactory

ONCE_MORE = "`df run` starts it once more, with these lessons"
AGAIN = "`df assign a LANE` or `df run --item a` starts it again"


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.plan("a")
    for number in (1, 2):
        session = factory.start("a", number)
        factory.tell(
            "tool.started", session, stream=f"s/{session}", call="1", command=f"make try-{number}"
        )
        factory.end(session, "nuked", reason="cancelled by waffle: a loop", head="t-last")
    return factory


def test_the_status_names_it(told: ToldFactory) -> None:
    status = read_status(told.line)

    assert status_json(status)["needs_triage"] == ["a"]
    assert [lane.failed for lane in status.lanes if lane.name == "bugs"] == [1]


def test_the_brief_says_what_to_do(told: ToldFactory) -> None:
    brief = read_brief(told.line)

    (row,) = brief.rows
    assert (row.blocker, row.evidence) == (
        "needs triage, nuked twice",
        "cancelled by waffle: a loop",
    )
    assert row.next == f"df triage --explain a; {AGAIN}"
    assert brief.attention.startswith("1 item needs triage, nuked twice: `df triage --explain a`")


def test_what_can_be_done_about_it_now_is_told(told: ToldFactory) -> None:
    now = item_now(told.line.record, "a", now=told.clock.at)

    assert (now.told, now.ask) == ("was nuked twice and needs triage", AGAIN)
    assert now.go_on == "df triage --explain a"


def test_the_reason_and_the_lessons_are_shown(told: ToldFactory) -> None:
    found = look_at_untriaged(told.line, "a")

    assert found is not None
    facts = list(untriaged_facts(found))
    assert facts[0] == ("stands", "needs triage, nuked twice: cancelled by waffle: a loop")
    assert ("", "- make try-2") in facts
    assert ("", "The last good tree: t-last.") in facts
    assert facts[-1] == ("next", AGAIN)


def test_a_person_who_assigns_it_has_triaged_it(told: ToldFactory) -> None:
    told.tell("item.assigned", item="a", lane="bugs", by="ada")

    assert untriaged_items(told.line) == []
    assert look_at_untriaged(told.line, "a") is None


def test_a_nuke_before_the_word_of_a_person_counts_no_more(told: ToldFactory) -> None:
    told.tell("item.assigned", item="a", lane="bugs", by="ada")
    told.end(told.start("a", 3), "nuked")

    assert untriaged_items(told.line) == []


def test_a_change_that_came_back_to_one_that_was_nuked_twice_waits_for_a_person(
    tmp_path: Path,
) -> None:
    told = ToldFactory(tmp_path)
    told.plan("a")
    told.end(told.start("a"), "proposed", head="h")
    told.propose("a", "s-a-1")
    told.tell("change.bounced", change="c-a", item="a", reason="textual", detail={"files": ["x"]})
    for number in (2, 3):
        told.end(told.start("a", number), "nuked", reason="a loop")

    (row,) = read_brief(told.line).rows
    now = item_now(told.line.record, "a", now=told.clock.at)

    assert (row.blocker, now.ask) == ("needs triage, nuked twice", AGAIN)


def test_what_was_nuked_once_is_told_with_what_the_next_run_does(tmp_path: Path) -> None:
    told = ToldFactory(tmp_path)
    told.plan("a")
    told.end(told.start("a"), "nuked", reason="cancelled by waffle: a loop", head="t-last")

    found = look_at_nuked_once(told.line, "a")
    (row,) = read_brief(told.line).rows

    assert found is not None
    assert (found.reason, found.then) == ("nuked once: cancelled by waffle: a loop", ONCE_MORE)
    assert "The last good tree: t-last." in found.lessons
    assert look_at_untriaged(told.line, "a") is None
    assert (row.blocker, row.evidence) == ("a df run", "cancelled by waffle: a loop")
    assert row.next == "df run starts it once more, with its lessons; df triage --explain a"


def test_what_was_nuked_twice_is_not_started_once_more(told: ToldFactory) -> None:
    assert look_at_nuked_once(told.line, "a") is None
