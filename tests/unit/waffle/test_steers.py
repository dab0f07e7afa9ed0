"""Whether a steer rescued its session, told from the log alone."""

from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.waffle.steers import WATCHED_CALLS, Steer, steers_of

Told = tuple[str, dict[str, Any]]
CALL: Told = ("tool.finished", {"status": "ok"})
CALMED: Told = ("waffle.scored", {"score": 0.3, "action": "none", "signals": []})
NUKE: Told = ("control.requested", {"id": "n", "op": "cancel", "by": "waffle"})


def scored(score: float, action: str) -> Told:
    signals = [{"name": "exact_loop"}, {"name": "stale"}]
    return "waffle.scored", {"score": score, "action": action, "signals": signals}


def steer(name: str = "1", by: str = "waffle") -> list[Told]:
    return [
        ("control.requested", {"id": name, "op": "steer", "by": by, "text": "Stop that."}),
        ("control.applied", {"id": name, "op": "steer"}),
    ]


def ended(outcome: str) -> Told:
    return "session.ended", {"outcome": outcome}


def failing(number: int) -> Told:
    return "harness.finished", {"result": "fail", "failed": number, "where": "workspace"}


LOOPED = [scored(0.8, "steer")]


def read(*told: Told) -> tuple[Steer, ...]:
    return steers_of(enumerate((Event(*each) for each in told), start=1))


def test_a_steer_is_told_with_what_the_score_was_before_it() -> None:
    (found,) = read(*LOOPED, *steer())

    assert (found.offset, found.by, found.score) == (3, "waffle", 0.8)
    assert found.signals == ("exact_loop", "stale")


@pytest.mark.parametrize(
    ("after", "rescued"),
    [
        ([], None),
        ([CALL], None),
        ([CALL, CALMED], None),
        ([CALL, CALMED, *[CALL] * WATCHED_CALLS], True),
        ([CALMED, *[CALL] * WATCHED_CALLS, *steer("2")], True),
        ([CALMED, CALL, *steer("2")], False),
        ([CALL, CALMED, CALL, NUKE], False),
        ([*[CALL] * WATCHED_CALLS], False),
        ([CALL, failing(2), *[CALL] * WATCHED_CALLS], True),
        ([CALL, failing(5), *[CALL] * WATCHED_CALLS], False),
        ([CALL, ended("proposed")], True),
        ([ended("reported")], True),
        ([CALL, ended("failed")], False),
        ([CALL, ended("budget")], False),
        ([CALL, ended("nuked")], False),
        ([CALL, ended("cancelled")], None),
        ([CALL, CALMED, ended("cancelled")], True),
        ([CALL, ended("crashed"), CALMED, *[CALL] * WATCHED_CALLS], True),
        ([CALL, *steer("2", by="ada")], None),
        ([CALL, CALMED, *steer("2", by="ada")], True),
    ],
)
def test_what_follows_a_steer_tells_whether_it_helped(
    after: list[Told], rescued: bool | None
) -> None:
    first, *_ = read(failing(5), *LOOPED, *steer(), *after)

    assert first.rescued is rescued
    assert first.why


def test_words_to_a_session_that_nobody_doubted_rescue_nothing() -> None:
    (found,) = read(scored(0.2, "none"), *steer(by="ada"), *[CALL] * 20, ended("proposed"))

    assert (found.rescued, found.why) == (None, "the score doubted nothing")


def test_a_person_rescues_as_well_as_the_score_does() -> None:
    (found,) = read(*LOOPED, *steer(by="ada"), CALMED, ended("proposed"))

    assert (found.by, found.rescued) == ("ada", True)


@pytest.mark.parametrize(
    "told",
    [
        [steer()[0], ("control.rejected", {"id": "1", "op": "steer"}), ended("proposed")],
        steer(by="budget"),
        [("control.requested", {"id": "1", "op": "interrupt", "by": "ada"})],
    ],
    ids=["shown only", "budget", "interrupt"],
)
def test_what_steered_nobody_is_no_steer(told: list[Told]) -> None:
    assert read(*LOOPED, *told) == ()


def test_what_is_posted_from_outside_rescues_nobody() -> None:
    told = [Event(*each) for each in (*LOOPED, *steer())]
    told += [Event("session.ended", {"outcome": "proposed"}, posted=True)]

    (found,) = steers_of(enumerate(told))

    assert found.rescued is None


def of_fact(name: str, *after: Told, **gone: bool) -> tuple[bool | None, str]:
    asked = ("waffle.scored", {"score": 0.75, "action": "steer", "signals": [{"name": name}]})
    told = [asked, *steer(), CALL, CALMED, *[CALL] * WATCHED_CALLS, *after]
    (found,) = steers_of(enumerate((Event(*each) for each in told), start=1), gone=gone)
    return found.rescued, found.why


@pytest.mark.parametrize("name", ["tamper", "bluff"])
def test_a_fact_is_not_gone_because_the_score_fell(name: str) -> None:
    assert of_fact(name)[0] is None
    assert of_fact(name, ended("proposed")) == (
        None,
        "whether it is gone, the gate has not told",
    )


@pytest.mark.parametrize("name", ["tamper", "bluff"])
def test_what_the_gate_found_in_the_change_decides_on_a_fact(name: str) -> None:
    found = of_fact(name, ended("proposed"), **{name: False})
    gone = of_fact(name, ended("proposed"), **{name: True})

    assert found == (False, "the gate found it in the change")
    assert gone == (True, "the gate found nothing of it in the change")


def test_a_claim_is_made_good_by_a_harness_that_passes() -> None:
    passes = ("harness.finished", {"result": "pass", "failed": 0, "where": "workspace"})

    assert of_fact("bluff", passes, CALL) == (True, "the harness passes on its tree")
    assert of_fact("tamper", passes, CALL)[0] is None
