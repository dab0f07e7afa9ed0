"""The Test Anything Protocol, and the other reporter of ``node --test``."""

import re
from collections.abc import Iterator

from darkfactory.harness.formats.found import LONGEST_LINE, Found, Lines, first_match, number, span

_VERSION = re.compile(r"TAP version \d+$")
_PLAN = re.compile(r"( *)1\.\.(\d+)\b")
_POINT = re.compile(r"( *)(not ok|ok)\b *(\d*)(?: -)? ?(.*)$")
_SUBTEST = re.compile(r"( *)# Subtest: (.*)$")
_TOTAL = re.compile(r"# (tests|pass|fail|cancelled) +(\d+)$")
_BAIL = re.compile(r"Bail out!(.*)$")
_EXCUSED = re.compile(r"#\s*(?:TODO|SKIP)\b", re.IGNORECASE)
_SUITE = re.compile(r" *type: 'suite'$")
_ANY = re.compile(r"TAP version| *1\.\.\d| *(?:not )?ok\b|# (?:tests|pass|fail) |Bail out!")
_DIAGNOSIS_LINES = 6
_INDENT = 4


def find_tap(lines: Lines) -> Iterator[Found]:
    """Yield what TAP there is in *lines*, as one run."""
    start = first_match(lines, 0, len(lines), _VERSION)
    if start is None:
        start = first_match(lines, 0, len(lines), _PLAN)
    if start is None or first_match(lines, 0, len(lines), _POINT) is None:
        return
    last = span(lines, _ANY).stop
    reader = _Reader()
    for index, line in enumerate(lines):
        if len(line) <= LONGEST_LINE:
            reader.read(line, lines[index + 1 : index + 1 + _DIAGNOSIS_LINES])
    yield reader.found(range(min(start, last), last))


class _Reader:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.points = 0
        self.planned = 0
        self.passed = 0
        self.bailed = ""
        self.totals: dict[str, int] = {}
        self._suites: list[str] = []

    def read(self, line: str, following: Lines) -> None:
        if subtest := _SUBTEST.match(line):
            depth = len(subtest[1]) // _INDENT
            self._suites = [*self._suites[:depth], subtest[2]]
        elif point := _POINT.match(line):
            self._point(point, following)
        elif total := _TOTAL.match(line):
            self.totals[total[1]] = self.totals.get(total[1], 0) + number(total[2])
        elif plan := _PLAN.match(line):
            self.planned += 0 if plan[1] else number(plan[2])
        elif bail := _BAIL.match(line):
            self.bailed = f"TAP: Bail out!{bail[1]}"

    def _point(self, point: re.Match[str], following: Lines) -> None:
        depth = len(point[1]) // _INDENT
        self.points += 0 if point[1] else 1
        if point[2] == "ok" or _EXCUSED.search(point[4]):
            self.passed += point[2] == "ok" and not _EXCUSED.search(point[4])
        elif not any(_SUITE.match(line) for line in following):
            title = point[4] or f"test {point[3]}"
            self.names.append(" > ".join([*self._suites[:depth], title]))

    def found(self, lines: range) -> Found:
        failed = len(self.names)
        if "fail" in self.totals:
            failed = self.totals["fail"] + self.totals.get("cancelled", 0)
        return Found(
            "tap",
            self.totals.get("pass", self.passed),
            failed,
            tuple(self.names),
            lines,
            complete=len(self.names) == failed and self.points == self.planned and not self.bailed,
            note=self.bailed,
        )


_SPEC_TOTAL = re.compile(r"\u2139 (tests|suites|pass|fail|cancelled) (\d+)$")
_SPEC_ANY = re.compile(r" *[▶✖✔\u2139﹣] ")
_SPEC_OPEN = re.compile(r"( *)▶ (.+)$")
_SPEC_FAIL = re.compile(r"( *)✖ (.+?) \([\d.]+ms\)(.*)$")


def find_node_spec(lines: Lines) -> Iterator[Found]:
    """Yield the runs of node's spec reporter in *lines*, as one."""
    end = first_match(lines, 0, len(lines), _SPEC_TOTAL)
    if end is None:
        return
    totals: dict[str, int] = {}
    for line in lines:
        if total := _SPEC_TOTAL.match(line[:LONGEST_LINE]):
            totals[total[1]] = totals.get(total[1], 0) + number(total[2])
    leaves, groups = _spec_names(lines[:end])
    failed = totals.get("fail", 0) + totals.get("cancelled", 0)
    yield Found(
        "node",
        totals.get("pass", 0),
        failed,
        tuple(leaves),
        span(lines, _SPEC_ANY),
        # A test with subtests is counted when it fails, a suite is not; both look the same.
        complete=len(leaves) <= failed <= len(leaves) + groups,
    )


def _spec_names(lines: Lines) -> tuple[list[str], int]:
    leaves: list[str] = []
    groups = 0
    suites: list[str] = []
    for line in lines:
        text = line[:LONGEST_LINE]
        if opened := _SPEC_OPEN.match(text):
            suites = [*suites[: len(opened[1]) // 2], re.sub(r" \([\d.]+ms\)$", "", opened[2])]
        elif failed := _SPEC_FAIL.match(text):
            depth = len(failed[1]) // 2
            if suites[depth:] and suites[depth] == failed[2]:
                groups += 1
                suites = suites[:depth]
            elif not _EXCUSED.search(failed[3]):
                leaves.append(" > ".join([*suites[:depth], failed[2]]))
    return leaves, groups
