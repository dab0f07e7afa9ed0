"""Read a unified diff as git writes it; lines that only look like its headers do not fool it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HUNK = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")
_ESCAPE = re.compile(r'\\([0-7]{3}|[abfnrtv"\\])')
_LETTERS = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a diff adds or removes; *number* is its place in the file on its side."""

    path: str
    number: int
    text: str
    added: bool


def changed_lines(diff: str) -> Iterator[Line]:
    """Yield every added or removed line of *diff*, in its order."""
    place = _Place()
    for line in diff.split("\n"):
        if place.left_old <= 0 and place.left_new <= 0:
            place.read_header(line)
        else:
            yield from place.read_content(line)


class _Place:
    """Where in a diff the reader stands: the paths, and how much of the hunk is left."""

    def __init__(self) -> None:
        self.left_old = self.left_new = 0
        self._old = self._new = ""
        self._at_old = self._at_new = 0

    def read_header(self, line: str) -> None:
        if line.startswith("--- "):
            self._old = path_in(line[4:])
        elif line.startswith("+++ "):
            self._new = path_in(line[4:])
        elif hunk := HUNK.match(line):
            self._at_old, self.left_old = int(hunk[1]), count_in(hunk[2])
            self._at_new, self.left_new = int(hunk[3]), count_in(hunk[4])

    def read_content(self, line: str) -> Iterator[Line]:
        mark, text = line[:1], line[1:]
        if mark == "+":
            yield Line(self._new or self._old, self._at_new, text, added=True)
        elif mark == "-":
            yield Line(self._old or self._new, self._at_old, text, added=False)
        if mark in ("-", " ", ""):
            self.left_old, self._at_old = self.left_old - 1, self._at_old + 1
        if mark in ("+", " ", ""):
            self.left_new, self._at_new = self.left_new - 1, self._at_new + 1


def count_in(text: str | None) -> int:
    """Return how many lines the header of a hunk tells; it leaves out a one."""
    return 1 if text is None else int(text)


def path_in(name: str) -> str:
    """Return the path of ``a/path``, quoted or not; empty for no file."""
    name = name.removesuffix("\t")
    if name.startswith('"') and name.endswith('"'):
        raw = _ESCAPE.sub(_unescaped, name[1:-1]).encode("latin-1", "replace")
        name = raw.decode("utf-8", "surrogateescape")
    return "" if name == "/dev/null" else name[2:]


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(_LETTERS[code] if code in _LETTERS else int(code, 8) & 0xFF)
