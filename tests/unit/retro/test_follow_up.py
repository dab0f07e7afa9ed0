"""Twenty sessions after an accepted edit tell whether things went better or worse."""

import pytest

from darkfactory.retro.case import Case
from darkfactory.retro.decided import Decision
from darkfactory.retro.follow_up import follow_ups
from darkfactory.retro.history import Fate, Sitting

DECIDED = Decision("rp-1", "commit", accepted=True, by="ada", sessions=3, version="1.1.0")


def sessions(version: str, good: int, bad: int, *, start: int) -> list[Case]:
    fates = [Fate.LANDED] * good + [Fate.LOST] * bad
    return [
        Case(
            Sitting(f"s-{at}", f"i-{at}", "bugs", float(at), "proposed", fate),
            skills={"commit": version},
        )
        for at, fate in enumerate(fates, start)
    ]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((18, 2), (8, 12), "worse"),
        ((8, 12), (18, 2), "better"),
        ((14, 6), (13, 7), "no difference"),
        ((18, 2), (0, 19), "too early"),
        ((0, 0), (10, 10), "too early"),
    ],
)
def test_the_sessions_since_are_held_against_those_before(
    before: tuple[int, int], after: tuple[int, int], verdict: str
) -> None:
    cases = [*sessions("1.0.0", *before, start=0), *sessions("1.1.0", *after, start=100)]

    (found,) = follow_ups(cases, [DECIDED])

    assert (found.verdict, found.good, found.good_before) == (verdict, after[0], before[0])


def test_only_the_first_twenty_and_the_last_twenty_before_count() -> None:
    old = [*sessions("1.0.0", 0, 30, start=0), *sessions("1.0.0", 20, 0, start=50)]
    new = [*sessions("1.1.0", 20, 0, start=100), *sessions("1.1.0", 0, 30, start=200)]

    (found,) = follow_ups([*old, *new], [DECIDED])

    assert (found.good, found.sessions, found.good_before, found.sessions_before) == (20,) * 4


def test_a_session_whose_change_is_still_open_tells_nothing() -> None:
    waiting = Case(
        Sitting("s", "i", "bugs", 1.0, "proposed", Fate.OPEN), skills={"commit": "1.1.0"}
    )

    (found,) = follow_ups([waiting], [DECIDED])

    assert (found.sessions, found.verdict) == (0, "too early")
