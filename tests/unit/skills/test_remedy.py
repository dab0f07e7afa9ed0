"""The table of what helps against a rule that is broken, row by row."""

import pytest

from darkfactory.skills.remedy import Remedy, commonest_remedy, remedy_of

SOMEWHERE = "references/security.md"


@pytest.mark.parametrize(
    ("loaded", "place", "opened", "revised", "remedy"),
    [
        (False, SOMEWHERE, False, False, Remedy.PUSH),
        (False, None, False, False, Remedy.PUSH),
        (True, SOMEWHERE, False, False, Remedy.INLINE),
        (True, "", False, False, Remedy.INLINE),
        (True, SOMEWHERE, True, False, Remedy.CONDENSE),
        (True, "late", False, False, Remedy.RAISE),
        (True, "late", False, True, Remedy.RAISE),
        (True, "top", False, False, Remedy.REASON),
        (True, "top", False, True, Remedy.ENFORCE),
        (None, "top", False, False, None),
        (True, None, False, False, None),
    ],
)
def test_each_row_has_its_remedy(
    *, loaded: bool | None, place: str | None, opened: bool, revised: bool, remedy: Remedy | None
) -> None:
    assert remedy_of(loaded=loaded, place=place, opened=opened, revised=revised) is remedy


def test_the_remedy_of_most_sessions_counts_and_the_unknown_ones_do_not() -> None:
    found = [Remedy.RAISE, Remedy.INLINE, Remedy.INLINE, None, None, None]

    assert commonest_remedy(found) is Remedy.INLINE
    assert commonest_remedy([None]) is None


def test_of_equals_the_one_whose_cause_comes_first_counts() -> None:
    assert commonest_remedy([Remedy.INLINE, Remedy.PUSH]) is Remedy.PUSH
