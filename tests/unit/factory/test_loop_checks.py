"""What a measurement tells: a number, or why there is none."""

import pytest

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.lane import Loop
from darkfactory.factory.loop_checks import value_of

BENCH = Loop(command="bench")


def printed(output: str, code: int = 0) -> HarnessResult:
    verdict = HarnessVerdict.PASS if code == 0 else HarnessVerdict.FAIL
    return HarnessResult("t", verdict, exit_code=code, output=output)


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("12\n", 12),
        ("run 1: 8 ms\nmean: 7.25 ms\n", 7.25),
        ("size -3", -3),
        ("1e3", 1000),
        ("took 12ms", 12),
        ("a1 5", 5),
    ],
)
def test_the_last_number_of_the_last_line_is_the_value(output: str, value: float) -> None:
    assert value_of(BENCH, printed(output)) == (value, "")


@pytest.mark.parametrize("output", ["", "nan", "inf", "5\nfast", "v2", "1e999"])
def test_a_last_line_without_a_number_is_said(output: str) -> None:
    value, problem = value_of(BENCH, printed(output))

    assert (value, problem) == (None, "`bench` printed no number in its last line")


def test_a_command_that_fails_tells_nothing_whatever_it_prints() -> None:
    assert value_of(BENCH, printed("3", code=2)) == (None, "`bench` failed: exit status 2")


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (HarnessResult("t", HarnessVerdict.PASS), 0),
        (HarnessResult("t", HarnessVerdict.FAIL, failed=4), 4),
        (HarnessResult("t", HarnessVerdict.FAIL, failing=("a", "b")), 2),
        (HarnessResult("t", HarnessVerdict.FAIL), None),
        (HarnessResult("t", HarnessVerdict.TIMEOUT, failed=1), None),
    ],
)
def test_failing_tests_are_counted_where_the_output_tells_them(
    result: HarnessResult, value: float | None
) -> None:
    found, problem = value_of(Loop(), result)

    assert found == value
    assert bool(problem) == (value is None)
