"""A unified diff as files, hunks and rows, for a screen that shows it in an order of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from darkfactory.changes.unified import HUNK, count_in, path_in

_FILE = "diff --git "
_NAMES = re.compile(r'diff --git (?:"?a/.*?"?) (?P<new>"b/.*"|b/.*)')
_SAME = re.compile(r"diff --git a/(?P<name>.+) b/(?P=name)")
PLAIN_FILE = " mode 100644"
"""How a note of a file ends that is nothing but a file."""
_TOLD = ("old mode ", "new mode ", "new file ", "deleted file ", "Binary ")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a hunk: its *mark* (``+``, ``-``, blank), its *text*, its numbers on each side.

    A side on which it is not has number 0.
    """

    mark: str
    text: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a file that stand together; *heading* is the function that git saw above them."""

    heading: str
    rows: tuple[Row, ...]

    @property
    def first(self) -> int:
        """Where it begins in the file as the change leaves it."""
        return next((row.new for row in self.rows if row.new), self.rows[0].old)


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What a diff does to one file; *notes* is what git says of its name, mode and kind."""

    path: str
    old_path: str
    hunks: tuple[Hunk, ...]
    notes: tuple[str, ...] = ()

    def changed(self, mark: str) -> int:
        """Return how many rows with *mark* there are."""
        return sum(row.mark == mark for hunk in self.hunks for row in hunk.rows)


def patches(diff: str) -> Iterator[FilePatch]:
    """Yield the files of *diff* in its order; one that was cut gives what there is of it."""
    reader: _Reader | None = None
    for line in diff.split("\n"):
        if line.startswith(_FILE) and (reader is None or not reader.is_inside):
            if reader is not None:
                yield reader.made()
            reader = _Reader(line)
        elif reader is not None:
            reader.read(line)
    if reader is not None:
        yield reader.made()


class _Reader:
    """Reads the lines of one file of a diff."""

    def __init__(self, header: str) -> None:
        same = _SAME.fullmatch(header)
        named = _NAMES.fullmatch(header)
        self._new = same["name"] if same else path_in(named["new"]) if named else ""
        self._old = self._new
        self._notes: list[str] = []
        self._hunks: list[Hunk] = []
        self._heading = ""
        self._rows: list[Row] = []
        self._left_old = self._left_new = self._at_old = self._at_new = 0

    @property
    def is_inside(self) -> bool:
        """Whether more lines of a hunk are to come, whatever they look like."""
        return self._left_old > 0 or self._left_new > 0

    def read(self, line: str) -> None:
        if self.is_inside:
            self._content(line)
        elif hunk := HUNK.match(line):
            self._close()
            self._heading = line[hunk.end() :].strip()
            self._at_old, self._left_old = int(hunk[1]), count_in(hunk[2])
            self._at_new, self._left_new = int(hunk[3]), count_in(hunk[4])
        elif line.startswith("--- "):
            self._old = path_in(line[4:])
        elif line.startswith("+++ "):
            self._new = path_in(line[4:])
        elif line.startswith(_TOLD):
            self._notes.append(line)
        elif line.startswith("rename from "):
            self._old = _whole(line.removeprefix("rename from "))
        elif line.startswith("rename to "):
            self._new = _whole(line.removeprefix("rename to "))

    def made(self) -> FilePatch:
        """Return what was read."""
        self._close()
        path = self._new or self._old
        return FilePatch(path, self._old or path, tuple(self._hunks), tuple(self._notes))

    def _content(self, line: str) -> None:
        mark, text = line[:1] or " ", line[1:]
        if mark == "\\":
            return
        if mark not in "+- ":  # the diff was cut here
            self._left_old = self._left_new = 0
            return
        old = 0 if mark == "+" else self._at_old
        new = 0 if mark == "-" else self._at_new
        self._rows.append(Row(mark, text, old, new))
        self._left_old, self._at_old = self._left_old - (mark != "+"), self._at_old + (mark != "+")
        self._left_new, self._at_new = self._left_new - (mark != "-"), self._at_new + (mark != "-")

    def _close(self) -> None:
        if self._rows:
            self._hunks.append(Hunk(self._heading, tuple(self._rows)))
        self._rows = []


def _whole(name: str) -> str:
    """Return the path that a line names without the letter of its side."""
    return path_in(f'"a/{name[1:]}' if name.startswith('"') else f"a/{name}")
