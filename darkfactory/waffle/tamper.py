"""Doubt by facts: checks that were made weaker, as far as the words of a call show it.

A diff shows more than a call does, so the gate looks at that; what is seen here is seen at once.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from posixpath import basename

from darkfactory.domain.event import Data
from darkfactory.waffle.purpose import Purpose
from darkfactory.waffle.recent import Recent, Seen
from darkfactory.waffle.signal import Signal, signal
from darkfactory.waffle.step import Started, shown, text
from darkfactory.waffle.weakened import is_emptied, is_test_file, lost_files, softened, tests_of

_MADE = 64
_HELD_CALLS = 6
_OPEN_CALLS = 16
_TESTS = 64
_READ = 4_000

_WRITES = re.compile(r"\bsed\b[^|;&]*\s-i|\bperl\b[^|;&]*\s-\w*i|>|\btee\b|\btruncate\b")
_TARGET = re.compile(r">{1,2}\s*([\w./-]+)")
_WORD = re.compile(r"[^\s'\";&|<>()]+")
_SIGNS = ("test", "spec", "skip", "conftest", "ci", "Make", "make", "tox", "workflow", "check")


@dataclass(frozen=True, slots=True)
class _Written:
    """What speaks against a file that is being written whole, if it was there before.

    *is_sure*: where nobody tells whether it was, it is taken to have been.
    """

    name: str
    why: str
    is_sure: bool


class Tamper:
    """Which checks the agent made weaker; files of its own making are its own to remove."""

    def __init__(self) -> None:
        self._made: Recent[str, bool] = Recent(_MADE)
        self._tests = Seen(_TESTS)
        self._written: Recent[str, _Written] = Recent(_OPEN_CALLS)
        self._found: tuple[int, str] | None = None
        self._calls_left = 0

    def changed(self, index: int, path: str, data: Data, *, first: bool) -> None:
        """Take a new content of *path* at event *index*; *first*: the first in this session."""
        name, removed = basename(path), data.get("removed")
        written = self._written.pop(text(data.get("call")), None)
        new = removed == 0 or (removed is None and not (written and written.is_sure))
        if first and new:
            self._made.put(name, True)
        elif written and written.name == name and name not in self._made and not new:
            self._see(index, written.why)

    def take(self, started: Started, data: Data) -> None:
        """Take a call that begins; *data* has its words."""
        self._calls_left -= 1
        why = self._weakened(started, data)
        if why:
            self._see(started.index, why)

    def signals(self) -> Iterator[Signal]:
        """Yield the signal for some calls after it was seen."""
        if self._found is not None and self._calls_left > 0:
            index, why = self._found
            yield signal("tamper", 1.0, (index,), why)

    def _see(self, index: int, why: str) -> None:
        self._found = (index, why)
        self._calls_left = _HELD_CALLS

    def _weakened(self, started: Started, data: Data) -> str:
        said = text(data.get("command"))[:_READ]
        if started.purpose is Purpose.EDIT:
            return self._edited(started, text(data.get("call")), text(data.get("text")) or said)
        if started.kind != "shell" or not any(sign in said for sign in _SIGNS):
            return ""
        for path, how in lost_files(said):
            if path and basename(path) not in self._made:
                return f"the test file {basename(path)} was {how}"
        if not _WRITES.search(said):
            return ""
        found = next(filter(None, map(self._softened(said), _WORD.findall(said))), "")
        for path in _TARGET.findall(said):
            self._made.put(basename(path), True)
        return found

    def _edited(self, started: Started, call: str, said: str) -> str:
        old, new = _taken_and_put(said)
        gone = tests_of(old) - tests_of(new)
        fewer = len(tests_of(old)) > len(tests_of(new))
        for test in tests_of(new):
            self._tests.is_new(hash(test))
        lost = [test for test in sorted(gone) if self._tests.is_new(hash(test))]
        for path in started.paths:
            name, found = basename(path), self._softened(new, old)(path)
            is_test = is_test_file(path)
            if started.kind == "write":
                emptied = is_test and is_emptied(path, new)
                why = f"{name} was written anew without a test in it" if emptied else found
                if why:
                    self._written.put(call, _Written(name, why, emptied or not is_test))
            elif found:
                return found
            elif is_test and lost and fewer and name not in self._made:
                return f"{name} tests less than before: {shown(lost[0])} was taken out"
        return ""

    def _softened(self, said: str, before: str = "") -> Callable[[str], str]:
        def of(path: str) -> str:
            made = basename(path.rstrip("/")) in self._made
            return "" if made else softened(path, said, before)

        return of


def _taken_and_put(said: str) -> tuple[str, str]:
    """Return the old and the new lines of an edit; words that are no lines of one are new."""
    lines = said.splitlines()
    old = "\n".join(line[1:] for line in lines if line.startswith("-"))
    new = "\n".join(line[1:] for line in lines if line.startswith("+"))
    return (old, new) if old or new else ("", said)
