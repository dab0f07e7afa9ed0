"""What the score did over a session's log, and what was done about it."""

from collections.abc import Sequence
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.waffle.course import Course, course_of

Told = tuple[str, dict[str, Any]]
CALL: Told = ("tool.finished", {"status": "ok"})
EDIT: Told = ("file.changed", {"path": "a.py", "ok": True})
REFUSED: Told = ("file.changed", {"path": "a.py", "ok": False})


def scored(score: float, action: str) -> Told:
    signals = [{"name": "exact_loop", "because": "`make` 4 times"}]
    return "waffle.scored", {"score": score, "action": action, "signals": signals}


def asked(name: str, op: str = "steer", by: str = "waffle") -> Told:
    return "control.requested", {"id": name, "op": op, "by": by, "text": "Stop that."}


def course(*told: Told, turn: int | None = 1) -> Course:
    events = [Event(*each, turn=turn) for each in told]
    return course_of(list(enumerate(events, start=1)))


def test_a_score_is_told_with_its_reasons_and_what_was_done_by_then() -> None:
    (moment,) = course(CALL, EDIT, REFUSED, CALL, scored(0.72, "steer")).moments

    assert (moment.event, moment.offset, moment.turn) == ("scored", 5, 1)
    assert (moment.calls, moment.edits) == (2, 1)
    assert (moment.score, moment.action) == (0.72, "steer")
    assert moment.signals == (("exact_loop", "`make` 4 times"),)


def test_a_steer_is_told_with_whether_it_was_applied_and_what_came_of_it() -> None:
    applied = ("control.applied", {"id": "1", "op": "steer"})

    told = course(scored(0.8, "steer"), asked("1"), applied, CALL, scored(0.2, "none"), *[CALL] * 9)

    steer = told.moments[1]
    assert (steer.event, steer.by, steer.text) == ("steer", "waffle", "Stop that.")
    assert (steer.applied, steer.rescued) == (True, True)
    assert steer.why == "the score fell below the limit to warn"


@pytest.mark.parametrize(
    ("answer", "applied"),
    [
        ([], None),
        ([("control.rejected", {"id": "1", "reason": "a suggest lane"})], False),
        ([("control.expired", {"id": "1", "reason": "a suggest lane"})], False),
    ],
)
def test_a_steer_that_reached_nobody_says_so(answer: list[Told], *, applied: bool | None) -> None:
    (steer,) = course(asked("1"), *answer).moments

    assert (steer.applied, steer.rescued) == (applied, None)
    assert steer.why == ("a suggest lane" if answer else "")


def test_a_cancel_by_the_score_is_a_nuke_and_one_by_a_person_is_none() -> None:
    told = course(asked("1", "cancel"), asked("2", "cancel", by="ada"))

    assert [(one.event, one.by) for one in told.moments] == [("nuke", "waffle")]


def test_a_harness_run_between_tells_its_result_and_a_gain() -> None:
    def ran(**data: Any) -> Told:
        return "harness.finished", {"where": "workspace", **data}

    merged = ran(result="fail", failed=9, where="merged")
    told = course(ran(result="fail", failed=3), merged, ran(result="fail", failed=1))

    assert [(one.result, one.failed, one.gained) for one in told.moments] == [
        ("fail", 3, False),
        ("fail", 1, True),
    ]


def test_a_score_whose_risk_alone_moved_is_no_moment() -> None:
    told = course(scored(0.55, "warn"), scored(0.55, "warn"), scored(0.6, "warn"))

    assert told.scores == (0.55,)


def test_what_somebody_posted_into_the_log_is_no_moment() -> None:
    posted = Event("waffle.scored", scored(0.99, "nuke")[1], posted=True)

    assert course_of([(1, posted)]).moments == ()


@pytest.mark.parametrize("data", [{}, {"score": "much", "action": 3, "signals": [1, None]}])
def test_what_another_program_wrote_breaks_nothing(data: dict[str, Any]) -> None:
    odd = [(kind, data) for kind in ("waffle.scored", "control.requested", "harness.finished")]

    assert len(course(*odd, turn=None).moments) <= 3


def _loop(times: int) -> Sequence[Told]:
    started = {"kind": "shell", "name": "bash", "command": "make check", "input_hash": "a"}
    ended = {"status": "failed", "exit_code": 2, "output": "error: no", "output_hash": "b"}
    return [
        each
        for call in range(times)
        for each in (
            ("tool.started", {"call": str(call), **started}),
            ("tool.finished", {"call": str(call), **ended}),
        )
    ]


def test_a_log_without_scores_is_scored_again() -> None:
    told = course(*_loop(6))

    assert told.recomputed
    assert max(told.scores) >= 0.7
    assert "steer" in {one.action for one in told.moments}
