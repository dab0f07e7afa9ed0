"""Green runs that say less than those on the base."""

import pytest

from darkfactory.changes.fewer import fewer_tests
from darkfactory.domain.change import HarnessResult, HarnessVerdict


def passed(number: int | None) -> HarnessResult:
    return HarnessResult("t", HarnessVerdict.PASS, passed=number, exit_code=0)


@pytest.mark.parametrize(
    ("merged", "base", "gone", "told"),
    [
        (0, 12, 0, "the harness passed 0 tests, 12 on the base"),
        (1, 12, 2, "the harness passed 1 test, 12 on the base"),
        (11, 12, 0, "the harness passed 11 tests, 12 on the base"),
        (None, 12, 3, "the output of the harness names no test, on the base 12 passed"),
        (11, 12, 1, ""),
        (12, 12, 0, ""),
        (15, 12, 0, ""),
        (None, None, 0, ""),
        (0, None, 0, ""),
        (None, 0, 0, ""),
    ],
)
def test_a_run_that_passed_fewer_tests_than_the_change_explains_is_told(
    merged: int | None, base: int | None, gone: int, told: str
) -> None:
    assert fewer_tests(passed(merged), passed(base), gone) == told


def test_an_unknown_base_tells_nothing() -> None:
    assert fewer_tests(passed(0), None, 0) == ""
