"""cargo test and cargo nextest."""

import os
import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import (
    LONGEST_LINE,
    Found,
    Lines,
    captures,
    first_match,
    number,
    span,
)

_TARGET = re.compile(r" +(?:Running (?:unittests )?(\S+)(?: \((\S+)\))?|Doc-tests (\S+))$")
_RESULT = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed;")
_LIST = re.compile(r"failures:$")
_LISTED = re.compile(r" {4}(\S.*)$")
_STOPPED = re.compile(r"error: (?:doc)?test failed, to rerun pass")
_TARGETS_FAILED = re.compile(r"error: \d+ targets? failed:$")
_BUILD = re.compile(r"error: could not compile `([^`]+)`")


def find_cargo(lines: Lines) -> Iterator[Found]:
    """Yield the ``cargo test`` output in *lines*, as one run."""
    failing: list[str] = []
    target = ""
    passed = failed = 0
    first = last = None
    for index, line in enumerate(lines):
        text = line[:LONGEST_LINE]
        if header := _TARGET.match(text):
            target = _target(header)
        elif result := _RESULT.match(text):
            passed, failed = passed + number(result[1]), failed + number(result[2])
            first, last = (index if first is None else first), index
        elif _LIST.match(text):
            failing += [f"{target} {name}".strip() for name in _listed(lines, index + 1)]
    builds = list(dict.fromkeys(captures(lines, 0, len(lines), _BUILD)))
    if last is None and not builds:
        return
    note = _note(lines, builds)
    yield Found(
        "cargo",
        passed if last is not None else None,
        failed + len(builds),
        (*failing, *(f"build of {name}" for name in builds)),
        range(first or 0, len(lines) if last is None else last + 1),
        complete=len(failing) == failed and not note,
        note=note,
    )


def _target(header: re.Match[str]) -> str:
    if header[3]:
        return f"{header[3]} doc-tests"
    crate = os.path.basename(header[2] or "").rpartition("-")[0]
    return f"{crate} {header[1]}".strip()


def _listed(lines: Lines, start: int) -> Iterator[str]:
    for index in range(start, len(lines)):  # a slice would copy all that follows, for each list
        name = _LISTED.match(lines[index][:LONGEST_LINE])
        if name is None:
            return
        yield name[1]


def _note(lines: Lines, builds: list[str]) -> str:
    if builds:
        return f"cargo could not compile {builds[0]}; its tests did not run"
    stopped = first_match(lines, 0, len(lines), _STOPPED) is not None
    if stopped and first_match(lines, 0, len(lines), _TARGETS_FAILED) is None:
        return "cargo stopped at the first failing target (--no-fail-fast runs them all)"
    return ""


_NEXTEST_LAST = re.compile(
    r" +Summary \[[^\]]*\] +(\d+)(?:/(\d+))? tests? run: (\d+) passed(?: \([^)]*\))?(.*)$"
)
_NEXTEST_BAD = re.compile(
    r" +(?:TRY \d+ )?(?:FAIL|ABORT|SIG[A-Z]+|TIMEOUT|LEAK-FAIL|EXECFAIL)"
    r" \[[^\]]*\] +(?:\( *\d+/\d+\) +)?(\S+ \S.*)$"
)
_NEXTEST_ANY = re.compile(r" +(?:Starting \d+ tests?|Summary \[|[A-Z][A-Z -]+ \[ )")
_NEXTEST_COUNT = re.compile(r", (\d+) (?:failed|timed out|exec failed)")


def find_nextest(lines: Lines) -> Iterator[Found]:
    """Yield the ``cargo nextest run`` output in *lines*, as one run."""
    last = first_match(lines, 0, len(lines), _NEXTEST_LAST)
    match = None if last is None else _NEXTEST_LAST.match(lines[last][:LONGEST_LINE])
    if last is None or match is None:
        return
    failed = sum(number(amount) for amount in _NEXTEST_COUNT.findall(match[4]))
    names = dict.fromkeys(captures(lines, 0, len(lines), _NEXTEST_BAD))
    cancelled = match[2] is not None and match[1] != match[2]
    yield Found(
        "nextest",
        number(match[3]),
        failed,
        tuple(names),
        span(lines, _NEXTEST_ANY),
        complete=len(names) == failed and not cancelled,
        note="nextest stopped early (--no-fail-fast runs them all)" if cancelled else "",
    )
