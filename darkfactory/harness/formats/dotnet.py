"""dotnet test: VSTest's summary and the newer platform's."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import Found, Lines, captures, number, span

_ASSEMBLY = re.compile(
    r"(?:Failed|Passed)! +- Failed: +(\d+), Passed: +(\d+), Skipped: +\d+, Total: +\d+"
)
_PLATFORM = re.compile(r"Test summary: total: \d+, failed: (\d+), succeeded: (\d+)")
_ANY = re.compile(r"(?:Failed|Passed)! +- |Test summary: | *[Ff]ailed \S")
_NAME = re.compile(r" *[Ff]ailed (\S.*?) (?:\[[<\d][^\]]*\]|\([<\d][^)]*\))$")
_ERROR = re.compile(r".*error TESTERROR: +(.+?) \([^()]*\): Error Message:")
_COMPILE = re.compile(r".*: error CS\d+:")


def find(lines: Lines) -> Iterator[Found]:
    """Yield the ``dotnet test`` output in *lines*, as one run over all assemblies."""
    totals = [
        match
        for line in lines
        if (match := _ASSEMBLY.match(line[:500]) or _PLATFORM.match(line[:500]))
    ]
    if not totals:
        return
    names = captures(lines, 0, len(lines), _NAME) or captures(lines, 0, len(lines), _ERROR)
    failed = sum(number(total[1]) for total in totals)
    broken = bool([line for line in lines if _COMPILE.match(line[:500])])
    yield Found(
        "dotnet",
        sum(number(total[2]) for total in totals),
        failed,
        tuple(names),
        span(lines, _ANY),
        complete=len(names) == failed and not broken,
        note="a project did not compile" if broken else "",
    )
