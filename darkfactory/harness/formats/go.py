"""go test, plain and with -json."""

import json
import re
from collections.abc import Iterator
from typing import Any

from darkfactory.harness.formats.found import LONGEST_LINE, Found, Lines

_TEST = re.compile(r" *--- (FAIL|PASS): (\S+) \([\d.]+s\)$")
_PACKAGE = re.compile(r"(ok  |FAIL|\?   )\t(\S+)(?:\t| |$)(.*)$")
_PANIC = re.compile(r"panic: |fatal error: ")
_BUILD = re.compile(r"\[(?:build|setup) failed\]")


def find(lines: Lines) -> Iterator[Found]:
    """Yield the plain ``go test`` output in *lines*, as one run."""
    reader = _Reader()
    last = -1
    for index, line in enumerate(lines):
        if len(line) <= LONGEST_LINE and reader.read(line):
            last = index
    if last >= 0:
        yield reader.found(range(reader.start(lines), last + 1))


class _Reader:
    """Names come before the line that tells their package."""

    def __init__(self) -> None:
        self.failing: list[str] = []
        self.passed = 0
        self.verbose = False
        self.panicked = False
        self._tests: list[str] = []
        self._panic = False

    def read(self, line: str) -> bool:
        """Take one line; tell whether it ended a package."""
        test = _TEST.match(line)
        if test is not None:
            self.verbose |= test[1] == "PASS"
            self.passed += test[1] == "PASS"
            self._tests += [test[2]] if test[1] == "FAIL" else []
            return False
        if _PANIC.match(line):
            self._panic = True
        package = _PACKAGE.match(line)
        if package is None:
            return False
        if package[1] == "FAIL":
            self._package_failed(package[2], package[3])
        self._tests, self._panic = [], False
        return True

    def _package_failed(self, package: str, rest: str) -> None:
        self.panicked |= self._panic
        if _BUILD.search(rest):
            self.failing.append(f"{package} [build failed]")
        else:
            self.failing += [f"{package}.{test}" for test in self._tests] or [package]

    def start(self, lines: Lines) -> int:
        """Return where the first test or package begins."""
        marks = (_TEST, _PACKAGE)
        return next(i for i, line in enumerate(lines) if any(mark.match(line) for mark in marks))

    def found(self, lines: range) -> Found:
        return Found(
            "go",
            self.passed if self.verbose else None,
            len(self.failing),
            tuple(self.failing),
            lines,
            complete=not self.panicked,
            note="a package panicked; its other tests did not run" if self.panicked else "",
        )


def find_json(lines: Lines) -> Iterator[Found]:
    """Yield the ``go test -json`` output in *lines*, as one run."""
    events = [(index, event) for index, line in enumerate(lines) if (event := _event(line))]
    if not events:
        return
    ended = {
        (event["Package"], event.get("Test")): event["Action"]
        for _, event in events
        if event["Action"] in ("pass", "fail", "skip")
    }
    failing = [f"{package}.{test}" for (package, test), end in ended.items() if _bad(test, end)]
    with_tests = {package for (package, test), end in ended.items() if _bad(test, end)}
    builds = {event["Package"] for _, event in events if event.get("FailedBuild")}
    loose = [
        package
        for (package, test), end in ended.items()
        if test is None and end == "fail" and package not in with_tests
    ]
    panicked = any(_PANIC.match(str(event.get("Output", ""))) for _, event in events)
    yield Found(
        "go",
        sum(1 for (_, test), end in ended.items() if test and end == "pass"),
        len(failing) + len(loose),
        (*failing, *(f"{name} [build failed]" if name in builds else name for name in loose)),
        [index for index, _ in events],
        complete=not panicked,
        note="a package panicked; its other tests did not run" if panicked else "",
    )


def _bad(test: str | None, end: str) -> bool:
    return test is not None and end == "fail"


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{") or '"Action"' not in line:
        return None
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("Package"), str):
        return None
    good = isinstance(body.get("Action"), str) and isinstance(body.get("Test"), str | None)
    return body if good else None
