"""What agents are told of earlier work."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.change import ChangeState as State
from darkfactory.factory.words import lessons_of, rework_message
from darkfactory.gate.comments import HOW_TO_ANSWER, answered, asked
from darkfactory.gate.record import Change
from tests.fakes.told import ToldFactory

CHANGE = Change("c-a", "a", "bugs", "Do a", "s-a-1", 1, "h" * 40, "b", "p", State.REWORK, 0.0)


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    return ToldFactory(tmp_path)


def lessons(told: ToldFactory, change: Change | None = None) -> str:
    return lessons_of(told.line, told.line.record.sessions_of("a"), change)


def log(told: ToldFactory, type_: str, **data: Any) -> None:
    told.tell(type_, "s-a-1", stream="s/s-a-1", **data)


def test_a_rework_holds_the_words_and_each_place_with_its_code() -> None:
    places = ({"path": "src/a.py", "line": 3, "code": "    3 > x = 1"},)

    message = rework_message(replace(CHANGE, text="Name it.", places=places))

    assert message == "Name it.\n\nsrc/a.py:3\n```\n    3 > x = 1\n```"


def test_comments_are_numbered_and_their_answers_asked_for_until_there_is_one() -> None:
    place = {"path": "src/a.py", "line": 3, "code": "    3 > x = 1"}
    gone = {**place, "line": 9, "removed": True}
    comments = asked([{**place, "text": "Why one?"}, {**gone, "text": "Keep it."}])

    message = rework_message(replace(CHANGE, text="Two things.", comments=comments))
    half = rework_message(replace(CHANGE, comments=answered(comments, "Answer 1: it is two")))

    assert message == (
        "Two things.\n\n1. src/a.py:3\n```\n    3 > x = 1\n```\nWhy one?\n\n"
        "2. src/a.py:9, which you took away\n```\n    3 > x = 1\n```\nKeep it.\n\n" + HOW_TO_ANSWER
    )
    assert "Why one?" not in half
    assert "2. src/a.py:9" in half


def test_a_textual_bounce_names_the_files_and_where_they_are_marked() -> None:
    bounced = replace(
        CHANGE, state=State.BOUNCED, reason="textual", detail={"files": ["a.py", "b.py"]}
    )

    message = rework_message(bounced)

    assert "Conflicts in: a.py, b.py" in message
    assert "This workspace is your change merged with the new base" in message


def test_a_harness_bounce_names_what_fails() -> None:
    detail = {"failing": ["test_one", "test_two"], "why": "the harness fails"}

    message = rework_message(replace(CHANGE, state=State.BOUNCED, reason="harness", detail=detail))

    assert "- test_one\n- test_two" in message
    assert "the harness fails" in message


@pytest.mark.parametrize("detail", [None, "odd", [], {"failing": None}])
def test_a_bounce_without_readable_detail_is_still_told(detail: object) -> None:
    message = rework_message(replace(CHANGE, state=State.BOUNCED, reason="harness", detail=detail))

    assert "the harness is red" in message


def test_the_first_attempt_has_nothing_to_learn(told: ToldFactory) -> None:
    assert lessons(told) == ""


def test_after_a_nuke_the_next_attempt_knows_commands_errors_and_the_last_good_tree(
    told: ToldFactory,
) -> None:
    told.start("a")
    log(told, "tool.started", call="1", command="make  test")
    log(told, "tool.finished", call="1", status="failed", output="noise\nE: 1 failed")
    log(told, "harness.finished", tree="t-good", result="pass")
    log(told, "harness.finished", tree="t-bad", result="fail")
    log(told, "tool.started", call="2", command="make test")
    told.end(
        "s-a-1",
        "nuked",
        reason="cancelled by waffle: a loop",
        head="t-last",
        preserved={"ref": "refs/df/wreck/s-a-1", "path": None},
    )

    text = lessons(told)

    assert "ended as nuked: cancelled by waffle: a loop." in text
    assert "Commands it tried:\n- make test\n" in text
    assert "Errors it met:\n- E: 1 failed\n" in text
    assert "The last good tree: t-good." in text
    assert "refs/df/wreck/s-a-1" in text


def test_without_a_green_tree_the_last_one_is_named(told: ToldFactory) -> None:
    told.end(told.start("a"), "nuked", head="t-last")

    assert "The last good tree: t-last." in lessons(told)


def test_lessons_are_short_whatever_the_log_holds(told: ToldFactory) -> None:
    told.start("a")
    for number in range(100):
        log(told, "tool.started", call=str(number), command=f"{number} " + "x" * 10_000)
        log(told, "tool.finished", call=str(number), status="failed", output="y" * 10_000)
    told.end("s-a-1", "nuked")

    text = lessons(told)

    assert len(text) < 10_000
    assert "- 99 xxx" in text


def test_a_fresh_attempt_after_a_red_one_knows_what_was_red(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h")
    check = {"why": "the harness fails", "failing": ["test_one"]}

    text = lessons(told, replace(CHANGE, state=State.ABANDONED, check=check))

    assert "Change c-a" in text
    assert "was red: the harness fails\n- test_one\n" in text


def test_a_reimplementation_cites_the_closed_change_and_the_words(told: ToldFactory) -> None:
    told.end(told.start("a"), "proposed", head="h")
    closed = replace(
        CHANGE,
        state=State.CLOSED,
        reason="reimplement",
        by="ada",
        text="wrong layer",
        facts={"paths": ["src/a.py"]},
    )

    text = lessons(told, closed)

    assert f"Change c-a (commit {'h' * 40}" in text
    assert "closed by ada to be implemented anew with the words: wrong layer." in text
    assert "src/a.py" in text
