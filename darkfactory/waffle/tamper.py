"""Doubt by facts: checks that were made weaker, as far as the words of a call show it.

A diff shows more than a call does, so the gate looks at that; what is seen here is seen at once.
"""

import re
from collections.abc import Iterator

from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.recent import Recent
from darkfactory.waffle.signal import Signal, signal
from darkfactory.waffle.step import Started

_MADE = 64
_HELD_CALLS = 6

_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing)/\S"
    r"|(?:^|/)(?:test_[^/\s]*|[^/\s]*(?:_test|_spec|\.test|\.spec|Test|Tests)|conftest)\.[a-z]{1,4}$"
)
_CHECK_FILE = re.compile(
    r"(?:^|/)(?:\.github/workflows/|\.gitlab-ci|\.circleci/|azure-pipelines|\.travis|Jenkinsfile"
    r"|Makefile$|justfile$|tox\.ini$|noxfile|pytest\.ini$|setup\.cfg$|jest\.config|vitest\.config"
    r"|\.pre-commit|conftest\.py$|(?:run[_-]?)?(?:tests?|checks?|ci)\.sh$)"
)
_SKIPPED = re.compile(
    r"\bmark\.(?:skip|xfail)\b|@(?:unittest\.)?skip\b|\b(?:it|test|describe)\.skip\(|\bx(?:it|describe)\("
    r"|\bt\.Skip\(|@(?:Disabled|Ignore)\b|#\[ignore\]|\bpytest\.skip\(|\bskipTest\("
)
_EMPTIED = re.compile(
    r"\bassert (?:True|1)\b|\bexpect\(true\)|\bassertTrue\(True\)"
    r"|\bdef test\w*\([^)]*\)[^:\n]*:\s*(?:pass|\.\.\.|return)\b|/assert[^/]*/d"
)
_SILENCED = re.compile(
    r"\|\|\s*(?:true|:)(?:\W|$)|\bexit[ (]0\b|\bcontinue-on-error:\s*true|--ignore\b|--deselect\b"
    r"|-k ['\"]?not |--exit-zero|\bset \+e\b|(?:\\t|\t|:\s*)true\b|--passWithNoTests"
)
_WRITES = re.compile(r"\bsed\b[^|;&]*\s-i|\bperl\b[^|;&]*\s-\w*i|>|\btee\b|\btruncate\b")
_REMOVES = re.compile(r"(?:^|[;&|]\s*)(?:git )?rm\s+(?:-\S+\s+)*([^;&|\n]+)")
_TARGET = re.compile(r">{1,2}\s*([\w./-]+)")
_WORD = re.compile(r"[^\s'\";&|<>()]+")
_SIGNS = ("test", "spec", "skip", "conftest", "ci", "Make", "make", "tox", "workflow", "check")


class Tamper:
    """Which checks the agent made weaker; files of its own making are its own to remove."""

    def __init__(self) -> None:
        self._made: Recent[str, bool] = Recent(_MADE)
        self._found: tuple[int, str] | None = None
        self._calls_left = 0

    def made(self, path: str) -> None:
        """Take a file that did not exist before."""
        self._made.put(_name(path), True)

    def take(self, started: Started) -> None:
        """Take a call that begins."""
        self._calls_left -= 1
        why = self._weakened(started)
        if why:
            self._found = (started.index, why)
            self._calls_left = _HELD_CALLS

    def signals(self) -> Iterator[Signal]:
        """Yield the signal for some calls after it was seen."""
        if self._found is not None and self._calls_left > 0:
            index, why = self._found
            yield signal("tamper", 1.0, (index,), why)

    def _weakened(self, started: Started) -> str:
        said = started.command
        if started.purpose is Purpose.EDIT:
            return self._edited(started.paths, said)
        if started.kind != "shell" or not any(sign in said for sign in _SIGNS):
            return ""
        removed = _REMOVES.search(said)
        if removed:
            return self._removed(removed[1])
        if not _WRITES.search(said):
            return ""
        paths = tuple(_WORD.findall(said))
        found = self._edited(paths, said)
        for path in _TARGET.findall(said):
            self.made(path)
        return found

    def _edited(self, paths: tuple[str, ...], said: str) -> str:
        for path in paths:
            if _name(path) in self._made:
                continue
            if _TEST_FILE.search(path) and (_SKIPPED.search(said) or _EMPTIED.search(said)):
                return f"{_name(path)} tests less than before: a test is skipped or asserts nothing"
            if _CHECK_FILE.search(path) and _SILENCED.search(said):
                return f"{_name(path)} was changed so that a failing check passes"
        return ""

    def _removed(self, names: str) -> str:
        for path in names.split():
            if _TEST_FILE.search(path) and _name(path) not in self._made and "/" in path:
                return f"the test file {_name(path)} was removed"
        return ""


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
