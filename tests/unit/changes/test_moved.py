"""Which code a change only moves."""

from darkfactory.changes.hunks import FilePatch, Hunk, Row
from darkfactory.changes.moved import moved_rows

BLOCK = ("def moved_function(values):", "    total = sum(values)", "    return total / len(values)")


def file(path: str, *lines: str) -> FilePatch:
    rows = tuple(Row(line[0], line[1:], 1, 1) for line in lines)
    return FilePatch(path, path, (Hunk("", rows),))


def test_a_block_that_comes_as_it_went_is_moved_on_both_sides() -> None:
    old = file("a.py", " before", *(f"-{line}" for line in BLOCK), "-gone")
    new = file("b.py", *(f"+{line}" for line in BLOCK), "+fresh = 1")

    found = moved_rows([old, new])

    assert found == {(0, 0, 1), (0, 0, 2), (0, 0, 3), (1, 0, 0), (1, 0, 1), (1, 0, 2)}


def test_a_block_with_one_other_letter_is_not_moved() -> None:
    old = file("a.py", *(f"-{line}" for line in BLOCK))
    new = file("b.py", *(f"+{line.replace('sum', 'max')}" for line in BLOCK))

    assert moved_rows([old, new]) == frozenset()


def test_brackets_and_short_runs_are_not_moved() -> None:
    old = file("a.py", "-}", "-)", "-]", "-", "-x = 1")
    new = file("b.py", "+}", "+)", "+]", "+", "+x = 1")

    assert moved_rows([old, new]) == frozenset()


def test_a_line_that_is_everywhere_costs_no_time() -> None:
    old = file("a.py", *(["-same line of code, again and again"] * 3000))
    new = file("b.py", *(["+same line of code, again and again"] * 3000))

    assert len(moved_rows([old, new])) >= 3000
