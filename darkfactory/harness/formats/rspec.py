"""RSpec."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import Found, Lines, first_match, number, runs

_LAST = re.compile(
    r"(\d+) examples?, (\d+) failures?(?:, (\d+) pending)?"
    r"(?:, (\d+) errors? occurred outside of examples)?$"
)
_FIRST = re.compile(r"Failures:$|Pending: |Randomized with seed|[.F*]+$")
# The line number is left out: it moves with every edit above it.
_EXAMPLE = re.compile(r"rspec (\S+?)(?::\d+|\[[\d:]+\])(?: # (.*))?$")
_LOAD = re.compile(r"An error occurred while loading (\S+?)\.?$")
_ROOM = 6


def find(lines: Lines) -> Iterator[Found]:
    """Yield each RSpec run in *lines*."""
    for first, last, match in runs(lines, _LAST):
        start = first_match(lines, first, last, _FIRST)
        start = last - 1 if start is None else start
        failed, errors = number(match[2]), number(match[4])
        names, end = _examples(lines, last)
        loads = [load[1] for line in lines[first:last] if (load := _LOAD.match(line[:500]))]
        yield Found(
            "rspec",
            max(0, number(match[1]) - failed - number(match[3])),
            failed + errors,
            (*names, *loads),
            range(start, end),
            complete=len(names) == failed and not errors,
            note="rspec could not load a file; no example ran" if errors else "",
        )


def _examples(lines: Lines, start: int) -> tuple[list[str], int]:
    names: list[str] = []
    end = start
    for index in range(start, len(lines)):
        example = _EXAMPLE.match(lines[index][:500])
        if example is not None:
            names.append(f"{example[1]} {example[2] or ''}".strip())
            end = index + 1
        elif index - end > _ROOM or _LAST.match(lines[index][:500]):
            break
    return names, end
