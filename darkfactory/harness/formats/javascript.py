"""jest, vitest and mocha."""

import re
from collections.abc import Iterator, Sequence

from darkfactory.harness.formats.found import (
    Found,
    Lines,
    captures,
    counts,
    first_match,
    number,
    runs,
)

_COUNT = re.compile(r"(?<!\d)(\d+) ([a-z]+)")

_JEST_LAST = re.compile(r"Tests: +(.*\d+ total)$")
_JEST_SUITES = re.compile(r"Test Suites: +(.+ total)$")
_JEST_FIRST = re.compile(r" ?(?:PASS|FAIL|RUNS) +\S")
_JEST_SUMMARY = re.compile(r"Summary of all failing tests$")
_JEST_FILE = re.compile(r" ?(PASS|FAIL) +(.+?)(?: \([\d.]+ m?s\))?$")
_JEST_TEST = re.compile(r"  ● (.+)$")
_JEST_SUITE = "Test suite failed to run"


def find_jest(lines: Lines) -> Iterator[Found]:
    """Yield each jest run in *lines*."""
    for first, last, match in runs(lines, _JEST_LAST):
        suites = captures(lines, first, last, _JEST_SUITES)
        if not suites:
            continue
        start = first_match(lines, first, last, _JEST_FIRST)
        start = last - 1 if start is None else start
        summary = first_match(lines, start, last, _JEST_SUMMARY)
        tests, files = _jest_names(lines[start if summary is None else summary : last])
        told = counts(match[1], _COUNT)
        failed = told.get("failed", 0)
        stopped = " of " in suites[-1]
        yield Found(
            "jest",
            told.get("passed", 0),
            failed + len(files),
            (*tests, *files),
            range(start, last),
            complete=len(tests) == failed and not stopped,
            note="jest stopped early (bail)" if stopped else "",
        )


def _jest_names(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the failing tests and the files that could not be loaded."""
    tests: list[str] = []
    files: list[str] = []
    current = None
    for line in lines:
        file = _JEST_FILE.match(line)
        if file is not None:
            current = file[2] if file[1] == "FAIL" else None
            continue
        test = _JEST_TEST.match(line)
        if test is None or current is None or test[1] == "Console":
            continue
        if test[1] == _JEST_SUITE:
            files.append(current)
        else:
            tests.append(f"{current} > {test[1]}")
    return tests, files


_VITEST_LAST = re.compile(r" +Tests +(.+) \(\d+\)$| +Tests +(no tests)$")
_VITEST_FILES = re.compile(r" *Test Files +(.+) \(\d+\)$")
_VITEST_ERRORS = re.compile(r" +Errors +(\d+) errors?$")
_VITEST_FIRST = re.compile(r" *(?:RUN|DEV) +v\d")
_VITEST_FAIL = re.compile(r" ?FAIL +(.+)$")


def find_vitest(lines: Lines) -> Iterator[Found]:
    """Yield each vitest run in *lines*."""
    for first, last, match in runs(lines, _VITEST_LAST):
        if not captures(lines, max(first, last - 3), last, _VITEST_FILES):
            continue
        start = first_match(lines, first, last, _VITEST_FIRST)
        start = last - 1 if start is None else start
        names = captures(lines, start, last, _VITEST_FAIL)
        tests = [name for name in names if " > " in name]
        files = [name.partition(" [ ")[0] for name in names if " > " not in name]
        told = counts(match[1] or "", _COUNT)
        failed = told.get("failed", 0)
        loose = captures(lines, last, min(last + 3, len(lines)), _VITEST_ERRORS)
        yield Found(
            "vitest",
            told.get("passed", 0),
            failed + len(files),
            (*tests, *files),
            range(start, last),
            complete=len(tests) == failed and not loose,
            note="vitest caught errors outside of tests" if loose else "",
        )


_MOCHA_PASSING = re.compile(r"  (\d+) passing \(.+\)$")
_MOCHA_FAILING = re.compile(r"  (\d+) failing$")
_MOCHA_ENTRY = re.compile(r"  \d+\) (.+)$")
_MOCHA_DEEPEST = 40


def find_mocha(lines: Lines) -> Iterator[Found]:
    """Yield each mocha run in *lines*."""
    for _, last, match in runs(lines, _MOCHA_PASSING):
        failing = first_match(lines, last, min(last + 3, len(lines)), _MOCHA_FAILING)
        if failing is None:
            yield Found("mocha", number(match[1]), 0, (), range(last - 1, last))
            continue
        failed = number(lines[failing].split()[0])
        names, end = _mocha_names(lines, failing + 1, failed)
        yield Found(
            "mocha",
            number(match[1]),
            failed,
            tuple(names),
            range(last - 1, end),
            complete=len(names) == failed,
        )


def _mocha_names(lines: Lines, start: int, wanted: int) -> tuple[list[str], int]:
    names: list[str] = []
    index = start
    while index < len(lines) and len(names) < wanted:
        entry = _MOCHA_ENTRY.match(lines[index])
        if entry is not None:
            parts, index = _mocha_title(lines, index, entry[1])
            names.append(" > ".join(parts))
        index += 1
    return names, min(index, len(lines))


def _mocha_title(lines: Lines, index: int, first: str) -> tuple[list[str], int]:
    """Return the suites and the title of one failure; the title ends in a colon."""
    parts = [first.strip()]
    while not parts[-1].endswith(":") and index + 1 < len(lines) and len(parts) < _MOCHA_DEEPEST:
        index += 1
        if not lines[index].startswith("       "):
            break
        parts.append(lines[index].strip())
    parts[-1] = parts[-1].removesuffix(":")
    return parts, index
