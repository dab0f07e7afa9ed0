"""unittest and what prints like it: nose, Django, Twisted's older runner."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import (
    Found,
    Lines,
    first_match,
    number,
    runs,
)

_RAN = re.compile(r"Ran (\d+) tests? in \d")
_RESULT = re.compile(r"(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$")
_COUNT = re.compile(r"([a-z]+(?: [a-z]+)?)=(\d+)")
_RULE = re.compile(r"={60,}$")
_ENTRY = re.compile(r"(?:FAIL|ERROR): (.+)$")
_UNEXPECTED = re.compile(r"UNEXPECTED SUCCESS: (.+)$")
_NAME = re.compile(r"(\S+) \(([^()\s]+)\)(.*)$")
_FIXTURE = re.compile(r"\.(?:setUp|tearDown)(?:Class|Module)$")
_BEFORE_RESULT = 4


def find(lines: Lines) -> Iterator[Found]:
    """Yield each unittest run in *lines*."""
    for first, last, match in runs(lines, _RAN):
        result = first_match(lines, last, min(last + _BEFORE_RESULT, len(lines)), _RESULT)
        if result is None:
            continue
        start = first_match(lines, first, last, _RULE)
        yield _run(lines, last - 1 if start is None else start, result + 1, number(match[1]))


def _run(lines: Lines, start: int, end: int, ran: int) -> Found:
    told = {word: number(amount) for word, amount in _COUNT.findall(lines[end - 1])}
    failed = sum(told.get(word, 0) for word in ("failures", "errors", "unexpected successes"))
    names = tuple(_names(lines, start, end))
    tests = {name.partition(" ")[0] for name in names if not _FIXTURE.search(name)}
    others = told.get("skipped", 0) + told.get("expected failures", 0) + len(tests)
    return Found(
        "unittest",
        max(0, ran - others),
        failed,
        names,
        range(start, end),
        complete=len(names) == failed,
        note="" if ran else "unittest ran no tests",
    )


def _names(lines: Lines, start: int, end: int) -> Iterator[str]:
    for index in range(start, end):
        entry = _UNEXPECTED.match(lines[index])
        if entry is None and index > start and _RULE.match(lines[index - 1]):
            entry = _ENTRY.match(lines[index])
        if entry is not None:
            yield _name(entry[1])


def _name(entry: str) -> str:
    """Return ``module.Class.test`` whichever way this Python writes it."""
    match = _NAME.match(entry)
    if match is None:
        return entry
    test, where, rest = match.groups()
    dotted = where if where == test or where.endswith(f".{test}") else f"{where}.{test}"
    return f"{dotted}{rest}"
