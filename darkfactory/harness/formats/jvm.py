"""Maven (surefire, failsafe) and Gradle."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import (
    Found,
    Lines,
    captures,
    first_match,
    number,
    span,
)

_MAVEN = re.compile(r"\[(?:INFO|WARNING|ERROR)\]|Tests run: ")
_LEVEL = r"(?:\[(?:INFO|WARNING|ERROR)\] )?"
_TOTAL = re.compile(
    _LEVEL + r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)\s*$"
)
_TEST = re.compile(_LEVEL + r"(\S.*?)(?: --|  |) +Time elapsed: .*<<< (?:FAILURE|ERROR)!\s*$")
_OLD_NAME = re.compile(r"([^()\s]+)\(([^()\s]+)\)$")
_UNCOMPILED = re.compile(r"\[ERROR\] COMPILATION ERROR")
_CRASHED = re.compile(
    r".*(?:The forked VM terminated|There was a timeout or other error in the fork)"
)
_SKIPPED = re.compile(r"\[INFO\] .* SKIPPED\s*$")


def find_maven(lines: Lines) -> Iterator[Found]:
    """Yield the surefire output in *lines*, as one run over all modules."""
    totals = [match for line in lines if (match := _TOTAL.match(line[:500]))]
    uncompiled = first_match(lines, 0, len(lines), _UNCOMPILED) is not None
    if not totals and not uncompiled:
        return
    names = [
        _name(name)
        for name in captures(lines, 0, len(lines), _TEST)
        if not name.startswith("Tests run:")
    ]
    failed = sum(number(total[2]) + number(total[3]) for total in totals)
    ran = sum(number(total[1]) - number(total[4]) for total in totals)
    note = _maven_note(lines, uncompiled=uncompiled)
    yield Found(
        "maven",
        max(0, ran - failed) if totals else None,
        failed + uncompiled,
        (*names, *(("compilation",) if uncompiled else ())),
        span(lines, _MAVEN),
        complete=len(names) == failed and not note,
        note=note,
    )


def _name(name: str) -> str:
    old = _OLD_NAME.match(name)
    # surefire 2 writes test(Class); later ones write Class.test(Arguments)
    return f"{old[2]}.{old[1]}" if old and "." not in old[1] else name


def _maven_note(lines: Lines, *, uncompiled: bool) -> str:
    if uncompiled:
        return "maven could not compile; tests did not run"
    if first_match(lines, 0, len(lines), _CRASHED) is not None:
        return "the test process of maven died"
    if first_match(lines, 0, len(lines), _SKIPPED) is not None:
        return "maven skipped modules after a failure (--fail-at-end runs them all)"
    return ""


_GRADLE = re.compile(r"> Task :|BUILD (?:SUCCESSFUL|FAILED) in |\w.*? > .+ FAILED$")
_GRADLE_END = re.compile(r"BUILD (SUCCESSFUL|FAILED) in ")
_GRADLE_TEST = re.compile(r"(\w.*? > .+) FAILED$")
_GRADLE_COUNT = re.compile(r"(\d+) tests? completed, (\d+) failed(?:, (\d+) skipped)?$")
_GRADLE_TASK = re.compile(r"(?:> Task |Execution failed for task ')(:[\w.:-]+:\w+)")
_GRADLE_COMPILE = re.compile(r".*Execution failed for task ':?\S*(?:compile\w+)'")


def find_gradle(lines: Lines) -> Iterator[Found]:
    """Yield the Gradle output in *lines*, as one build."""
    end = first_match(lines, 0, len(lines), _GRADLE_END)
    if end is None:
        return
    names = captures(lines, 0, len(lines), _GRADLE_TEST)
    totals = [match for line in lines if (match := _GRADLE_COUNT.match(line[:500]))]
    if not names and not totals:
        return
    failed = sum(number(total[2]) for total in totals)
    ran = sum(number(total[1]) - number(total[3]) for total in totals)
    several = bool(captures(lines, 0, len(lines), _GRADLE_TASK))
    uncompiled = first_match(lines, 0, len(lines), _GRADLE_COMPILE) is not None
    yield Found(
        "gradle",
        max(0, ran - failed),
        failed,
        tuple(names),
        span(lines, _GRADLE),
        complete=len(names) == failed and not several and not uncompiled,
        note="gradle may have left out projects (--continue runs them all)" if several else "",
    )
