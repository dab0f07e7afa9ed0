"""ctest, which ships with CMake."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import Found, Lines, captures, first_match, number, runs

_LAST = re.compile(r"\d+% tests passed, (\d+) tests? failed out of (\d+)$")
_FIRST = re.compile(r"Test project |    Start +\d+: ")
_LIST = re.compile(r"The following tests FAILED:$")
_LISTED = re.compile(r"\s+\d+ - (.+?) \([^()]+\)(?: .*)?$")
_ROOM = 10


def find(lines: Lines) -> Iterator[Found]:
    """Yield each ctest run in *lines*."""
    for first, last, match in runs(lines, _LAST):
        start = first_match(lines, first, last, _FIRST)
        failed, total = number(match[1]), number(match[2])
        heading = first_match(lines, last, min(last + _ROOM, len(lines)), _LIST)
        end = last if heading is None else min(heading + 1 + failed, len(lines))
        names = [] if heading is None else captures(lines, heading, end, _LISTED)
        yield Found(
            "ctest",
            max(0, total - failed),
            failed,
            tuple(names),
            range(last - 1 if start is None else start, end),
            complete=len(names) == failed,
        )
