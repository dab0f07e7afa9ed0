"""PHPUnit, and Pest where it prints alike."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import Found, Lines, first_match, number, runs

_LAST = re.compile(r"Tests: (\d+), Assertions: \d+(.*)\.$|OK \((\d+) tests?, \d+ assertions?\)$")
_COUNT = re.compile(r", (Errors|Failures|Skipped|Incomplete|Risky): (\d+)")
_FIRST = re.compile(r"PHPUnit \d")
_SECTION = re.compile(r"There (?:was|were) \d+ (?:[\w-]+ )?(\w+):$")
_ENTRY = re.compile(r"\d+\) (\S+::.+)$")


def find(lines: Lines) -> Iterator[Found]:
    """Yield each PHPUnit run in *lines*."""
    for first, last, match in runs(lines, _LAST):
        start = first_match(lines, first, last, _FIRST)
        start = last - 1 if start is None else start
        told = {word: number(amount) for word, amount in _COUNT.findall(match[2] or "")}
        failed = told.get("Errors", 0) + told.get("Failures", 0)
        ran = number(match[1] or match[3])
        names = tuple(_names(lines[start:last]))
        yield Found(
            "phpunit",
            max(0, ran - failed - told.get("Skipped", 0) - told.get("Incomplete", 0)),
            failed,
            names,
            range(start, last),
            complete=len(names) == failed,
        )


def _names(lines: Lines) -> Iterator[str]:
    counted = False
    for line in lines:
        text = line[:500]
        if section := _SECTION.match(text):
            counted = section[1].startswith(("error", "failure"))
        elif counted and (entry := _ENTRY.match(text)):
            yield entry[1]
