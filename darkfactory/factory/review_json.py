"""A change as a page or a program draws it for its reviewer: the review in JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from darkfactory.changes.hunks import PLAIN_FILE, Row
from darkfactory.changes.moved import Place
from darkfactory.changes.reading import ReadingFile, folded_words, shape
from darkfactory.changes.word_marks import Effort, Span, word_marks
from darkfactory.factory.review import Diff, Opened, Waiting

_MOST_ROWS = 20_000
_WIDEST = 2000


def facts_json(opened: Opened, waiting: Sequence[Waiting]) -> dict[str, Any]:
    """Return a change without its diff, and what waits, in the order in which it is read."""
    return {
        "change": opened.change,
        "taste": [{"question": question} for question in opened.taste],
        "origin": asdict(opened.origin),
        "lands": opened.lands,
        "waiting": [asdict(one) for one in waiting],
    }


def diff_json(opened: Opened) -> dict[str, Any]:
    """Return the diff of a change as it is read; *since* is what is new to its reader, or None."""
    effort = Effort()
    since = None if opened.since is None else _diff(opened.since, effort)
    return {
        "head": opened.head,
        "seen": opened.seen,
        "since": since,
        "diff": None if opened.diff is None else _diff(opened.diff, effort),
    }


def _diff(diff: Diff, effort: Effort) -> dict[str, Any]:
    rows = _Rows(diff.moved, effort)
    files = [rows.file(at, file) for at, file in enumerate(diff.files)]
    return {"files": files, "shape": shape(diff.files), "more": diff.more + rows.more}


class _Rows:
    """Writes the rows of one diff; *more* counts the changed ones that were too many."""

    def __init__(self, moved: frozenset[Place], effort: Effort) -> None:
        self.more = 0
        self._moved = moved
        self._effort = effort
        self._left = _MOST_ROWS

    def file(self, at: int, file: ReadingFile) -> dict[str, Any]:
        """Return *file*, the one *at* that place of the diff."""
        shown = {flag for hunk in file.hunks for flag in file.flags_of(hunk)}
        return {
            "path": file.path,
            "old_path": file.patch.old_path,
            "kind": file.kind,
            "protected": file.protected,
            "folded": folded_words(file) if file.folded else "",
            "added": file.patch.changed("+"),
            "removed": file.patch.changed("-"),
            "notes": [note.removesuffix(PLAIN_FILE) for note in file.patch.notes],
            "flags": [flag.words for flag in file.flags if flag not in shown],
            "hunks": [self._hunk(file, (at, number)) for number in range(len(file.hunks))],
        }

    def _hunk(self, file: ReadingFile, place: tuple[int, int]) -> dict[str, Any]:
        hunk = file.hunks[place[1]]
        shown = hunk.rows[: self._left]
        self._left -= len(shown)
        self.more += sum(row.mark != " " for row in hunk.rows[len(shown) :])
        marks, flags = word_marks(shown, self._effort), file.flags_at(hunk)
        rows = [
            {**self._row(row, (*place, at), marks.get(at, ())), "flags": flags.get(at, [])}
            for at, row in enumerate(shown)
        ]
        return {
            "first": hunk.first,
            "heading": hunk.heading,
            "risky": file.is_risky(hunk),
            "rows": rows,
        }

    def _row(self, row: Row, place: Place, marks: Sequence[Span]) -> dict[str, Any]:
        moved = place in self._moved
        text = row.text.removesuffix("\r")
        return {
            "mark": row.mark,
            "old": row.old,
            "new": row.new,
            "moved": moved,
            "parts": list(_parts(text[:_WIDEST], () if moved else marks)),
            "left_out": max(0, len(text) - _WIDEST),
        }


def _parts(text: str, marks: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield *text* in parts, each with whether it differs from what stood there before."""
    at = 0
    for start, end in marks:
        if at < start:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text) or not text:
        yield text[at:], False
