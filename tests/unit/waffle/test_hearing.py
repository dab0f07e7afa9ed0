"""When a steer counts as heard, by logs in the shapes that programs write."""

import pytest

from darkfactory.waffle.score import Scorer
from tests.unit.waffle.logs import Log

REQUEST = {"scope": "request"}
WISH = {"id": "waffle-1-1", "op": "steer", "by": "waffle"}


def stuck(log: Log, times: int) -> None:
    """Add calls that get nowhere: the same error, and edits that are refused."""
    for _ in range(times):
        log.call("pytest -q", "E   ImportError: cannot import name foo\n1 failed", exit_code=1)
        log.edit("src/a.py", "x", ok=False, output="String to replace not found")


def climbed(log: Log) -> tuple[bool, int]:
    """Tell whether the log asks for a nuke anywhere, and how many steers it asks for."""
    scorer, nuked = Scorer(), False
    for event in log.events:
        scorer.feed(event)
        nuked = nuked or scorer.action == "nuke"
    return nuked, scorer.steers


def test_one_answer_with_forty_calls_is_steered_once() -> None:
    log = Log()
    log.say("Trying everything.")
    log.add("usage", REQUEST)
    stuck(log, 20)

    assert climbed(log) == (False, 1)


@pytest.mark.parametrize("shape", ["message", "thought", "usage", "turn.started"])
def test_answers_are_told_apart_by_what_the_model_says_or_is_billed_for(shape: str) -> None:
    data = {"message": {"role": "assistant", "text": "Again."}, "usage": REQUEST}
    log = Log()
    log.add("usage", REQUEST)
    for _ in range(20):
        log.add(shape, data.get(shape, {}))
        stuck(log, 1)

    assert climbed(log)[0]


def test_where_no_request_is_counted_calls_one_after_the_other_are_answers() -> None:
    log = Log()
    stuck(log, 20)

    assert climbed(log)[0]


def test_calls_side_by_side_are_one_answer_where_no_request_is_counted() -> None:
    log = Log()
    log.say("Many at once.")
    for number in range(30):
        call = {"call": f"c{number}", "kind": "shell", "command": "make"}
        log.add("tool.started", call)
    for number in range(30):
        end = {"call": f"c{number}", "status": "failed", "exit_code": 2, "output": "make: Error 2"}
        log.add("tool.finished", end)

    assert climbed(log)[0] is False


def test_what_sub_agents_say_is_no_answer_of_the_one_that_was_steered() -> None:
    log = Log()
    log.add("usage", REQUEST)
    for _ in range(20):
        log.say("Looking.", parent="call-1", agent="scout")
        log.add("usage", REQUEST, parent="call-1", agent="scout")
        stuck(log, 1)

    assert climbed(log) == (False, 1)


def answering(log: Log, times: int) -> None:
    for _ in range(times):
        log.say("Again.")
        stuck(log, 1)


def test_a_session_that_tells_its_steers_is_not_nuked_before_they_were_given() -> None:
    log = Log()
    log.add("session.started", {"steers_told": True})
    answering(log, 20)

    assert climbed(log) == (False, 1)


def test_a_session_that_tells_its_steers_is_nuked_after_two_that_were_given() -> None:
    log = Log()
    log.add("session.started", {"steers_told": True})
    answering(log, 5)
    log.add("control.requested", WISH)
    log.add("control.applied", {"id": WISH["id"], "op": "steer"})
    answering(log, 6)
    unheard = climbed(log)
    log.add("control.requested", {**WISH, "id": "waffle-1-2"})
    log.add("control.applied", {"id": "waffle-1-2", "op": "steer"})
    answering(log, 4)

    assert unheard == (False, 2)
    assert climbed(log)[0]


def test_the_answer_that_was_being_given_when_the_words_came_is_no_hearing() -> None:
    log = Log()
    log.add("session.started", {"steers_told": True})
    log.add("usage", REQUEST)
    answering(log, 5)
    log.add("control.requested", WISH)
    log.add("control.applied", {"id": WISH["id"], "op": "steer"})
    log.say("What was on its way already.")
    stuck(log, 8)

    assert climbed(log) == (False, 1)


def test_an_older_log_of_ours_counts_its_steers_where_they_were_given() -> None:
    log = Log()
    log.add("usage", REQUEST)
    while not climbed(log)[1]:
        answering(log, 1)
    log.add("control.requested", WISH)
    answering(log, 20)

    assert climbed(log) == (False, 1)


def test_a_steer_that_is_asked_by_a_person_is_none_of_the_two() -> None:
    log = Log()
    log.add("session.started", {"steers_told": True})
    answering(log, 5)
    log.add("control.requested", {**WISH, "by": "ada"})
    log.add("control.applied", {"id": WISH["id"], "op": "steer"})
    answering(log, 10)

    assert climbed(log) == (False, 1)
