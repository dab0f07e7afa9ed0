"""What the end of a run means."""

import pytest

from darkfactory.domain.change import HarnessVerdict
from darkfactory.harness.run import RawRun
from darkfactory.harness.verdict import result_of


def ended(exit_code: int | None, output: str = "", problem: str = "") -> RawRun:
    return RawRun(exit_code, timed_out=False, seconds=1.5, output=output, problem=problem)


RED = "FAILED [100%]\n=== short test summary info ===\nFAILED t.py::a - x\n1 failed in 0.1s\n"


def test_exit_status_0_passes_even_with_a_red_looking_output() -> None:
    result = result_of("t", ended(0, RED))

    assert result.result is HarnessVerdict.PASS
    assert result.failing == ()
    assert result.green


def test_any_other_exit_status_fails_even_with_a_green_looking_output() -> None:
    result = result_of("t", ended(3, "...\n3 passed in 0.1s\n"))

    assert result.result is HarnessVerdict.FAIL
    assert (result.exit_code, result.passed, result.complete) == (3, 3, False)


def test_a_failure_names_what_fails() -> None:
    result = result_of("t", ended(1, RED))

    assert (result.failed, result.failing, result.complete) == (1, ("t.py::a",), True)


def test_a_run_out_of_time_is_not_a_failure_and_names_nothing_for_sure() -> None:
    result = result_of("t", RawRun(None, timed_out=True, seconds=600.2, output=RED))

    assert result.result is HarnessVerdict.TIMEOUT
    assert result.note == "not done after 600 s"
    assert not result.complete


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (ended(None, problem="not run: no such file"), "not run: no such file"),
        (ended(1, RED, problem="the disk ran full: /t"), "the disk ran full: /t"),
        (ended(127, "sh: 1: pytset: not found\n"), "was not found: sh: 1: pytset: not found"),
        (ended(126, "sh: 1: ./check: Permission denied\n"), "could not be executed"),
        (ended(137), "ended from outside by SIGKILL"),
        (ended(143), "ended from outside by SIGTERM"),
    ],
)
def test_what_says_nothing_of_the_tree_is_an_error(raw: RawRun, note: str) -> None:
    result = result_of("t", raw)

    assert result.result is HarnessVerdict.ERROR
    assert note in result.note


@pytest.mark.parametrize("exit_code", [2, 134, 139])
def test_a_crash_of_the_program_under_test_is_a_failure(exit_code: int) -> None:
    assert result_of("t", ended(exit_code)).result is HarnessVerdict.FAIL


def test_pytest_without_tests_fails_with_a_note() -> None:
    result = result_of(
        "t", ended(5, "=== test session starts ===\n\n== no tests ran in 0.01s ==\n")
    )

    assert result.result is HarnessVerdict.FAIL
    assert result.note.startswith("pytest collected no tests")


def test_the_end_of_the_output_is_kept_without_escapes() -> None:
    result = result_of("t", ended(1, "x" * 50_000 + "\n\x1b[31mred\x1b[0m end\n"))

    assert result.output.endswith("\nred end\n")
    assert len(result.output) == 16_000
