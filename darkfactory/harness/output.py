"""Read what test runners print: counts and the names of what fails.

The exit status alone decides whether the checks passed; what is read here informs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from darkfactory.harness.capture import OMITTED
from darkfactory.harness.formats import (
    ctest,
    dotnet,
    go,
    javascript,
    jvm,
    phpunit,
    pytest,
    rspec,
    rust,
    tap,
    unittest,
)
from darkfactory.harness.formats.found import Finder, Found

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()*+][A-Za-z0-9]|[@-Z\\-_=>])"
)
_OMISSION = re.compile(re.escape(OMITTED).replace(r"\{\}", r"\d+"))

_MOST_LINES = 100_000

# What may print another's output within its own comes first and keeps those lines.
_FINDERS: tuple[Finder, ...] = (
    pytest.find,
    unittest.find,
    ctest.find,
    jvm.find_maven,
    jvm.find_gradle,
    go.find_json,
    go.find,
    rust.find_nextest,
    rust.find_cargo,
    javascript.find_vitest,
    javascript.find_jest,
    javascript.find_mocha,
    tap.find_node_spec,
    tap.find_tap,
    phpunit.find,
    rspec.find,
    dotnet.find,
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the output tells; None where it does not.

    *complete* is False when more may fail than *failing* names. *note* is a sentence for people.
    """

    passed: int | None = None
    failed: int | None = None
    failing: tuple[str, ...] = ()
    runner: str | None = None
    complete: bool = False
    note: str = ""


def parse_output(text: str, exit_code: int | None) -> Parsed:
    """Return the counts and the failing names that *text* tells of one or several test runners.

    A command that goes on after a failing step (``a; b``) hides that step: nothing in the output
    tells that more should have failed.
    """
    lines, whole = _bounded(plain(text).split("\n"))
    found = _all_found(lines)
    if not found:
        return Parsed(complete=exit_code == 0)
    failing = tuple(name for one in found for name in one.failing)
    notes = [one.note for one in found if one.note]
    complete = all(one.complete for one in found) and whole and not _OMISSION.search(text)
    if exit_code == 0:
        complete = True
    elif not failing:
        complete = False
        notes = notes or [f"exit status {exit_code}, although no test is reported as failing"]
    return Parsed(
        passed=_sum(one.passed for one in found),
        failed=_sum(one.failed for one in found),
        failing=failing,
        runner="+".join(dict.fromkeys(one.runner for one in found)),
        complete=complete,
        note="; ".join(dict.fromkeys(notes)),
    )


def _bounded(lines: list[str]) -> tuple[list[str], bool]:
    """Return *lines* and whether they are all; of too many the beginning and the end are read.

    Each costs some microseconds, and somebody waits for the verdict.
    """
    if len(lines) <= _MOST_LINES:
        return lines, True
    head = _MOST_LINES // 4
    return [*lines[:head], "", *lines[head - _MOST_LINES :]], False


def plain(text: str) -> str:
    """Return *text* as a terminal would have left it: no escapes, no overwritten progress."""
    return "\n".join(
        line.rstrip("\r").rpartition("\r")[2] for line in _ESCAPE.sub("", text).split("\n")
    )


def _all_found(lines: list[str]) -> list[Found]:
    found: list[tuple[int, Found]] = []
    for finder in _FINDERS:
        for one in list(finder(lines)):
            found.append((one.lines[0] if one.lines else 0, one))
            for index in one.lines:
                lines[index] = ""
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
