"""pytest: quiet, verbose, parallel, with errors at collection."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import (
    Found,
    Lines,
    captures,
    counts,
    first_match,
    runs,
)

_COUNT = re.compile(r"(?<!\d)(\d+) ([a-z]+(?: [a-z]+)?)")
_LAST = re.compile(
    r"(?:=+ )?(no tests ran|\d+ [a-z ]+(?:, \d+ [a-z ]+)*)"
    r" in \d+(?:\.\d+)?s(?: \([0-9:]+\))?(?: =+)?$"
)
_HEADER = re.compile(r"=+ (?:test session starts|FAILURES|ERRORS|short test summary info) =+$")
_FIRST = re.compile(r"[.FEsxXR]+ +\[ *\d+%\]$|" + _HEADER.pattern)
_SUMMARY = re.compile(r"=+ short test summary info =+$")
_FAILED = re.compile(r"((?:SUB)?FAILED?[\[( ].+|ERROR \S.*)$")
_HEADING = re.compile(r"_{3,} (.+?) _{3,}$")
_STOP = re.compile(r"!{3,} (.+?) !{3,}$")
_CRASH = re.compile(r"(INTERNALERROR>.*)")
_USAGE = re.compile(r"ERROR: (.+)")
_SUBTEST = re.compile(r"SUBFAIL(?:ED)?(\S.*?)? (\S+::.+)$")


def find(lines: Lines) -> Iterator[Found]:
    """Yield each pytest run in *lines*."""
    end = 0
    for first, last, match in runs(lines, _LAST):
        counted = counts(match[1], _COUNT)
        if not counted and match[1] != "no tests ran":
            continue
        start = first_match(lines, first, last, _FIRST)
        end = last
        yield _run(lines, last - 1 if start is None else start, last, counted)
    rest = first_match(lines, end, len(lines), _HEADER)
    if rest is not None:  # -qq has no last line, a killed run neither
        yield _run(lines, rest, len(lines), None)


def _run(lines: Lines, start: int, end: int, counted: dict[str, int] | None) -> Found:
    names = _names(lines, start, end)
    failed = len(names)
    passed = None
    if counted is not None:
        failed = sum(counted.get(word, 0) for word in ("failed", "error", "errors"))
        passed = counted.get("passed", 0)
    note = _note(lines, start, end, counted)
    return Found(
        "pytest",
        passed,
        failed,
        tuple(names),
        range(start, end),
        complete=len(names) == failed and not note,
        note=note,
    )


def _names(lines: Lines, start: int, end: int) -> list[str]:
    summary = first_match(lines, start, end, _SUMMARY)
    if summary is not None:
        told = [_node(entry) for entry in captures(lines, summary, end, _FAILED)]
        if told:
            return told
    return [
        name
        for name in captures(lines, start, end, _HEADING)
        if not name.startswith(("coverage:", "Captured"))
    ]


def _node(entry: str) -> str:
    """Return the test id of ``FAILED path::name[a - b] - message``."""
    subtest = _SUBTEST.match(entry)
    if subtest is not None:
        return f"{_without_message(subtest[2])} {subtest[1] or ''}".rstrip()
    return _without_message(entry.partition(" ")[2])


def _without_message(entry: str) -> str:
    parts = entry.find(" - ")
    if parts < 0:
        return entry.strip()
    if "[" in entry[:parts]:
        closed = entry.find("] - ")
        if closed >= 0:
            return entry[: closed + 1]
        if entry.endswith("]"):
            return entry
    return entry[:parts].strip()


def _note(lines: Lines, start: int, end: int, counted: dict[str, int] | None) -> str:
    """Return why the run does not tell everything, or nothing."""
    crash = captures(lines, start, end, _CRASH)
    if crash:
        return "pytest crashed (INTERNALERROR)"
    stop = captures(lines, start, end, _STOP)
    if stop:
        return f"pytest stopped early: {stop[-1]}"
    ran = {word for word in counted or () if word not in ("deselected", "warning", "warnings")}
    if counted is not None and not ran:
        usage = captures(lines, end, min(end + 5, len(lines)), _USAGE)
        return f"pytest: {usage[0]}" if usage else "pytest collected no tests"
    return ""
