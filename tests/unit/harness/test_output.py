"""What the output of each test runner tells; the samples were printed by the programs themselves,

but for Gradle, dotnet, nextest, nose and the older Maven, which follow what those print.
"""

import time
from pathlib import Path

import pytest

from darkfactory.harness.capture import OMITTED
from darkfactory.harness.output import parse_output

SAMPLES = Path(__file__).parent / "samples"

PYTEST_FAILING = (
    "test_a.py::test_bad",
    "test_a.py::test_param[a - b]",
    "test_a.py::test_param[x y]",
    r"test_a.py::test_param[\xfc]",
    "test_a.py::test_strict",
    "test_a.py::TestC::test_m",
    "test_a.py::test_sub [n] (i=1)",
    "test_a.py::test_sub",
    "test_a.py::U::test_usub (i=2)",
    "test_a.py::test_setup",
)
UNITTEST_FAILING = (
    "test_u.S.setUpClass",
    "test_u.T.test_err",
    "unittest.loader._FailedTest.test_v",
    "test_u.T.test_bad",
    "test_u.T.test_sub [m] (i=1)",
    "test_u.T.test_unexpected",
)
JEST_FAILING = (
    "jest/a.test.js > math › subtracts › oddly",  # noqa: RUF001 - as jest prints it
    "jest/a.test.js > math › inner › nested fails",  # noqa: RUF001
    "jest/a.test.js > top level",
    "jest/b.test.js",
)
CARGO_FAILING = ("calc src/lib.rs tests::it_fails", "calc src/lib.rs tests::panics")
GO_FAILING = (
    "example.org/calc/a.TestBad",
    "example.org/calc/a.TestSub",
    "example.org/calc/a.TestSub/x_y",
)

TELLS_ALL = [
    ("pytest-quiet", 1, "pytest", 2, 10, PYTEST_FAILING),
    ("pytest-very-quiet", 1, "pytest", None, 10, PYTEST_FAILING),
    ("pytest-all-reasons", 1, "pytest", 2, 10, (PYTEST_FAILING[-1], *PYTEST_FAILING[:-1])),
    ("pytest-colour", 1, "pytest", 2, 10, PYTEST_FAILING),
    (
        "pytest-goes-on-after-collection",
        1,
        "pytest",
        2,
        11,
        (*PYTEST_FAILING[:-1], "test_b.py", PYTEST_FAILING[-1]),
    ),
    (
        "pytest-no-reasons",
        1,
        "pytest",
        2,
        10,
        (
            "ERROR at setup of test_setup",
            "test_bad",
            "test_param[a - b]",
            "test_param[x y]",
            r"test_param[\xfc]",
            "test_strict",
            "TestC.test_m",
            "test_sub [n] (i=1)",
            "test_sub",
            "U.test_usub (i=2)",
        ),
    ),
    ("unittest", 1, "unittest", 1, 6, UNITTEST_FAILING),
    (
        "nose",
        1,
        "unittest",
        2,
        2,
        ("tests.test_calc.test_divides", "tests.test_calc.CalcTest.test_subtracts"),
    ),
    ("jest", 1, "jest", 2, 4, JEST_FAILING),
    ("jest-colour", 1, "jest", 2, 4, JEST_FAILING),
    (
        "vitest",
        1,
        "vitest",
        2,
        4,
        (
            "vitest/a.test.js > math > subtracts › oddly",  # noqa: RUF001
            "vitest/a.test.js > math > inner > nested fails",
            "vitest/a.test.js > top level",
            "vitest/b.test.js",
        ),
    ),
    (
        "mocha",
        4,
        "mocha",
        1,
        4,
        (
            "top",
            "math > subtracts",
            "math > inner > nested fails",
            'math > hooks > "before all" hook: prep for "x"',
        ),
    ),
    (
        "mocha-tap",
        4,
        "tap",
        1,
        4,
        (
            "top",
            "math subtracts",
            "math inner nested fails",
            'math hooks "before all" hook: prep for "x"',
        ),
    ),
    (
        "node-tap",
        1,
        "tap",
        1,
        5,
        (
            "math > subtracts",
            "math > inner > deep fails",
            "top fails",
            "parent > child",
            "parent",
        ),
    ),
    (
        "node-spec",
        1,
        "node",
        1,
        5,
        ("math > subtracts", "math > inner > deep fails", "top fails", "parent > child"),
    ),
    ("tape", 1, "tap", 1, 1, ("not same",)),
    ("go-verbose", 1, "go", 3, 3, GO_FAILING),
    (
        "cargo-no-fail-fast",
        101,
        "cargo",
        2,
        4,
        (
            *CARGO_FAILING,
            "outer tests/outer.rs outer_bad",
            "calc doc-tests src/lib.rs - add (line 1)",
        ),
    ),
    ("nextest", 100, "nextest", 2, 2, ("calc tests::it_fails", "calc::outer crashes")),
    ("maven", 1, "maven", 2, 2, ("org.example.CalcTest.bad", "org.example.CalcTest.err")),
    ("maven-old", 1, "maven", 1, 2, ("org.example.CalcTest.bad", "org.example.CalcTest.err")),
    (
        "gradle",
        1,
        "gradle",
        2,
        2,
        ("CalcTest > subtracts()", "Inner cases > [2] second row, x"),
    ),
    ("ctest", 8, "ctest", 1, 4, ("bad_one", "gone", "slow", "crash")),
    (
        "phpunit",
        2,
        "phpunit",
        3,
        3,
        (
            "CalcTest::testErr",
            "CalcTest::testBad",
            "CalcTest::testRow with data set \"second row\" ('b')",
        ),
    ),
    (
        "rspec",
        1,
        "rspec",
        1,
        2,
        ("./spec/calc_spec.rb calc subtracts", "./spec/calc_spec.rb calc inner raises"),
    ),
    (
        "dotnet",
        1,
        "dotnet",
        3,
        2,
        ("Calc.Tests.CalcTests.Subtracts", 'Calc.Tests.CalcTests.Rows(value: "b c")'),
    ),
    ("dotnet-platform", 2, "dotnet", 2, 1, ("Calc.Tests.CalcTests.Subtracts",)),
]

TELLS_A_PART = [
    ("pytest-collection-error", 2, ("test_b.py",), "pytest stopped early: Interrupted"),
    ("pytest-first-failure", 1, ("test_a.py::test_bad",), "stopping after 1 failures"),
    ("pytest-nothing-collected", 5, (), "pytest collected no tests"),
    ("pytest-usage", 4, (), "pytest: file or directory not found: nofile.py"),
    ("cargo", 101, CARGO_FAILING, "--no-fail-fast"),
    ("cargo-build", 101, ("build of calc",), "could not compile calc"),
    ("nextest-fail-fast", 100, ("calc tests::it_fails",), "nextest stopped early"),
    (
        "go",
        1,
        (*GO_FAILING, "example.org/calc/b.TestPanic", "example.org/calc/c [build failed]"),
        "panicked",
    ),
    ("maven-reactor", 1, ("org.example.CalcTest.bad",), "skipped modules"),
    ("maven-compile", 1, ("compilation",), "could not compile"),
    ("gradle-several-projects", 1, ("CoreTest > holds()",), "--continue"),
    ("bail", 1, ("second",), "Bail out! database is gone"),
    ("rspec-load", 1, ("./spec/broken_spec.rb",), "could not load"),
]


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "exit_code", "runner", "passed", "failed", "failing"),
    TELLS_ALL,
    ids=[row[0] for row in TELLS_ALL],
)
def test_a_run_to_the_end_names_everything_that_fails(
    name: str,
    exit_code: int,
    runner: str,
    passed: int | None,
    failed: int,
    failing: tuple[str, ...],
) -> None:
    parsed = parse_output(sample(name), exit_code)

    assert parsed.failing == failing
    assert (parsed.runner, parsed.passed, parsed.failed) == (runner, passed, failed)
    assert parsed.complete
    assert parsed.note == ""


@pytest.mark.parametrize(
    ("name", "exit_code", "failing", "note"), TELLS_A_PART, ids=[row[0] for row in TELLS_A_PART]
)
def test_a_run_that_stopped_early_says_so_and_is_not_complete(
    name: str, exit_code: int, failing: tuple[str, ...], note: str
) -> None:
    parsed = parse_output(sample(name), exit_code)

    assert parsed.failing == failing
    assert not parsed.complete
    assert note in parsed.note


def test_parallel_pytest_names_the_same_tests_in_another_order() -> None:
    parsed = parse_output(sample("pytest-xdist"), 1)

    assert sorted(name.replace("'", "") for name in parsed.failing) == sorted(PYTEST_FAILING)
    assert parsed.complete


def test_go_as_json_names_what_the_plain_output_names() -> None:
    parsed = parse_output(sample("go-json"), 1)

    assert sorted(parsed.failing) == sorted(parse_output(sample("go"), 1).failing)
    assert parsed.passed == 4


def test_exit_status_0_is_green_whatever_was_printed() -> None:
    parsed = parse_output(sample("pytest-quiet"), 0)

    assert parsed.complete


def test_several_runners_are_added_up() -> None:
    parsed = parse_output(sample("go-pass") + sample("tape") + sample("mocha"), 4)

    assert parsed.runner is not None
    assert set(parsed.runner.split("+")) == {"go", "tap", "mocha"}
    assert parsed.failed == 5
    assert "math > subtracts" in parsed.failing
    assert "not same" in parsed.failing


def test_two_runs_of_one_runner_are_added_up() -> None:
    parsed = parse_output(sample("pytest-quiet") + "\n" + sample("pytest-all-reasons"), 1)

    assert (parsed.passed, parsed.failed, len(parsed.failing)) == (4, 20, 20)
    assert parsed.complete


def test_output_that_a_failing_pytest_test_captured_is_not_another_run() -> None:
    captured = sample("jest") + sample("cargo-no-fail-fast") + sample("ctest")
    text = sample("pytest-quiet").replace(
        "=========================== short test summary info",
        f"{captured}\n=========================== short test summary info",
    )

    parsed = parse_output(text, 1)

    assert parsed.runner == "pytest"
    assert parsed.failing == PYTEST_FAILING


def test_a_failing_step_behind_passing_tests_names_nothing_and_says_so() -> None:
    parsed = parse_output("....   [100%]\n4 passed in 0.10s\nFound 3 errors.\n", 1)

    assert (parsed.passed, parsed.failing, parsed.complete) == (4, (), False)
    assert "no test is reported as failing" in parsed.note


def test_output_of_no_known_runner_leaves_the_exit_status() -> None:
    assert not parse_output("all good, honest\n", 3).complete
    assert parse_output("all good\n", 0).complete
    assert parse_output("", None).failing == ()


def test_output_with_a_part_left_out_is_not_complete() -> None:
    text = sample("pytest-quiet")
    half = len(text) // 2

    parsed = parse_output(f"{text[:half]}\n{OMITTED.format(12345)}\n{text[half:]}", 1)

    assert parsed.failing == PYTEST_FAILING
    assert not parsed.complete


def test_a_crashed_pytest_is_not_complete() -> None:
    parsed = parse_output(
        "============================= test session starts ==============================\n"
        "INTERNALERROR> Traceback (most recent call last):\n"
        "============================ no tests ran in 0.05s =============================\n",
        3,
    )

    assert not parsed.complete
    assert "crashed" in parsed.note


@pytest.mark.parametrize("line", ["a" * 2_000_000, "1 failed, " * 300_000, "\x1b[" * 500_000])
def test_huge_lines_are_read_in_no_time(line: str) -> None:
    started = time.process_time()

    parse_output(f"{line}\n{line}\n1 failed in 0.1s\n", 1)

    assert time.process_time() - started < 2


HOSTILE = ["\n", "\0", "\x1b[", "\x1b]0;", "failures:\n", "\u25cf a\n"]
HOSTILE += ["rspec ./a:1 # x\n3 examples, 1 failure\n"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_output_is_read_in_a_time_that_grows_with_its_length(piece: str) -> None:
    text = (piece * 400_000)[:400_000]
    began = time.process_time()

    parsed = parse_output(text, 1)

    assert time.process_time() - began < 3
    assert not parsed.complete


def test_of_too_many_lines_the_summary_at_the_end_is_read_and_the_rest_is_not_complete() -> None:
    noise = "noise\n" * 110_000
    failing = "=== short test summary info ===\nFAILED a.py::b\n=== 1 failed in 0.1s ===\n"

    parsed = parse_output(noise + failing, 1)

    assert (parsed.failing, parsed.failed, parsed.complete) == (("a.py::b",), 1, False)
