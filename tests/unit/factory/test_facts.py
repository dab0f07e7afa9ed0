"""What people are told who are not there: facts of the record, while they still matter."""

from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.settings import FactKind
from darkfactory.events.offset import format_offset
from darkfactory.factory.facts import Fact, Reading, moot

STARTED = Event(
    "session.started", {"item": "a", "title": "Mend a", "lane": "bugs"}, session="s-a-1"
)
ASKED = Event("approval.requested", {"request": "r1", "command": "make"}, session="s-a-1")
RESOLVED = Event("approval.resolved", {"request": "r1", "decision": "deny"}, session="s-a-1")
WAITING = Event("change.waiting", {"change": "c-a", "item": "a"}, session="s-a-1")
FROZEN = Event("gate.frozen", {"reason": "trees differ"})
THAWED = Event("gate.frozen", {"reason": None})


def ended(outcome: str) -> Event:
    return Event("session.ended", {"item": "a", "outcome": outcome}, session="s-a-1")


def told(*events: tuple[str, Event]) -> list[Fact | None]:
    reading = Reading()
    return [reading.take(stream, place, event) for place, (stream, event) in enumerate(events)]


def test_a_change_that_waits_is_told_with_its_title_and_where_to_go_on() -> None:
    _, fact = told(("factory", STARTED), ("factory", WAITING))

    assert fact is not None
    assert fact.body() == {
        "version": 1,
        "id": f"factory@{format_offset(1)}",
        "fact": "waiting",
        "text": "c-a waits for your verdict: Mend a",
        "ts": None,
        "session": "s-a-1",
        "item": "a",
        "lane": "bugs",
        "change": "c-a",
        "title": "Mend a",
        "request": "",
        "next": "df gate show c-a",
    }


def test_an_approval_is_told_with_the_command_that_answers_it() -> None:
    _, fact = told(("factory", STARTED), ("s/s-a-1", ASKED))

    assert fact is not None
    assert (fact.fact, fact.item, fact.next) == (
        FactKind.APPROVAL,
        "a",
        "df sessions approve s-a-1 r1",
    )


@pytest.mark.parametrize("outcome", ["failed", "nuked", "crashed", "timed_out", "budget"])
def test_a_session_that_came_to_a_bad_end_is_told(outcome: str) -> None:
    (fact,) = told(("factory", ended(outcome)))

    assert fact is not None
    assert fact.fact is FactKind.FAILED


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        ("factory", ended("proposed")),
        ("factory", ended("cancelled")),
        ("s/s-a-1", ended("failed")),  # told once: by the factory
        ("factory", THAWED),
        ("s/s-a-1", Event("run.finished")),
        ("factory", Event("change.checked", {"change": "c-a"})),
    ],
)
def test_all_else_is_no_news(stream: str, event: Event) -> None:
    assert told((stream, event)) == [None]


def test_variables_hold_one_plain_line_each_whatever_strangers_write() -> None:
    title = "x\n$(reboot) `reboot` \x1b[2J\x00" + "long " * 200
    started = Event("session.started", {"item": "a", "title": title}, session="s-a-1")

    _, fact = told(("factory", started), ("factory", WAITING))

    assert fact is not None
    values = fact.variables().values()
    assert all(value.isprintable() and len(value) <= 300 for value in values)
    assert fact.title == title


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([("s/s-a-1", ASKED), ("s/s-a-1", RESOLVED)], []),
        ([("s/s-a-1", ASKED), ("s/s-a-1", ended("failed"))], []),
        ([("s/s-a-1", ASKED), ("s/s-b-1", RESOLVED)], [0]),
        ([("s/s-a-1", ASKED), ("s/s-a-1", RESOLVED), ("s/s-a-1", ASKED)], [2]),
        ([("factory", WAITING), ("factory", Event("change.approved", {"change": "c-a"}))], []),
        ([("factory", WAITING), ("factory", Event("change.approved", {"change": "c-b"}))], [0]),
        ([("factory", FROZEN), ("factory", THAWED)], []),
        ([("factory", FROZEN), ("factory", THAWED), ("factory", FROZEN)], [2]),
        ([("factory", ended("failed")), ("factory", STARTED)], [0]),
    ],
)
def test_what_was_answered_meanwhile_is_told_to_nobody(
    events: list[tuple[str, Event]], left: list[int]
) -> None:
    facts = told(*events)
    news: list[Any] = [(*pair, fact) for pair, fact in zip(events, facts, strict=True)]

    answered = moot(news)

    kept = [place for place, fact in enumerate(facts) if fact and fact.id not in answered]
    assert kept == left
