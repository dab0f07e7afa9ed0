"""Code that a change only moves: lines that go in one place and come, just the same, in another."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from darkfactory.changes.hunks import FilePatch

_LEAST_LINES = 3
_LEAST_LETTERS = 30
_MOST_PLACES = 20
"""Of one line: what is everywhere, such as a bracket, begins no block."""

Place = tuple[int, int, int]
"""File, hunk, row: the indexes of a line in a diff."""


@dataclass(frozen=True, slots=True)
class _Line:
    place: Place
    text: str


def moved_rows(files: Sequence[FilePatch]) -> frozenset[Place]:
    """Return the places of removed and added rows that belong to a block that was moved as it was.

    A block has some lines and some letters, and not a character of it is another one.
    """
    removed, added = (_blocks(files, mark) for mark in "-+")
    flat = [line for block in removed for line in (*block, None)]
    where = defaultdict(list)
    for at, line in enumerate(flat):
        if line is not None:
            where[line.text].append(at)
    found: set[Place] = set()
    for block in added:
        found.update(_moved_in(block, flat, where))
    return frozenset(found)


def _moved_in(
    block: Sequence[_Line], flat: Sequence[_Line | None], where: dict[str, list[int]]
) -> Iterator[Place]:
    at = 0
    while at < len(block):
        length, start = _longest(block, at, flat, where)
        letters = sum(len(line.text.strip()) for line in block[at : at + length])
        if length >= _LEAST_LINES and letters >= _LEAST_LETTERS:
            for offset in range(length):
                yield block[at + offset].place
                gone = flat[start + offset]
                if gone is not None:
                    yield gone.place
        at += max(1, length)


def _longest(
    block: Sequence[_Line], at: int, flat: Sequence[_Line | None], where: dict[str, list[int]]
) -> tuple[int, int]:
    """Return how many lines from *at* on went somewhere together, and where that begins."""
    best = (0, 0)
    for start in where.get(block[at].text, ())[:_MOST_PLACES]:
        length = 0
        while at + length < len(block) and start + length < len(flat):
            line = flat[start + length]
            if line is None or line.text != block[at + length].text:
                break
            length += 1
        best = max(best, (length, start))
    return best


def _blocks(files: Sequence[FilePatch], mark: str) -> list[list[_Line]]:
    """Return the runs of rows with *mark* that stand together."""
    found: list[list[_Line]] = []
    for file_at, file in enumerate(files):
        for hunk_at, hunk in enumerate(file.hunks):
            block: list[_Line] = []
            for row_at, row in enumerate(hunk.rows):
                if row.mark == mark:
                    block.append(_Line((file_at, hunk_at, row_at), row.text))
                elif block:
                    found.append(block)
                    block = []
            found += [block] if block else []
    return found
