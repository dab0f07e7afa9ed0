"""The tests of a change on both of its sides."""

from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.changes.cases import Case
from darkfactory.changes.cases_python import helper_names, parsed, python_cases
from darkfactory.changes.cases_text import checking, text_cases
from darkfactory.changes.readable import FileText


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests that a change touches, as they were and as they are."""

    before: tuple[Case, ...]
    after: tuple[Case, ...]

    @property
    def gone(self) -> int:
        """How many tests there are fewer, each row of parameters counted."""
        before, after = (sum(map(_count, side)) for side in (self.before, self.after))
        return max(0, before - after)


def read_tests(files: Sequence[FileText]) -> Tests:
    """Return the tests of *files*, each file read the same way on both sides."""
    before: list[Case] = []
    after: list[Case] = []
    texts = [side for file in files if _is_python(file) for side in (file.before, file.after)]
    helpers = helper_names(tree for tree in map(parsed, texts) if tree)
    helpers = helpers.union(*(file.helpers for file in files))
    by_form = frozenset(name for file in files for name in _checking(file))
    for file in files:
        sides = _python(file, helpers) if _is_python(file) else None
        if sides is None:
            both = (file.before or "", file.after or "")
            sides = [text_cases(file.path, side, by_form) for side in both]
        before += sides[0]
        after += sides[1]
    return Tests(tuple(before), tuple(after))


def _checking(file: FileText) -> frozenset[str]:
    if _is_python(file):
        return frozenset()
    return checking(file.path, file.before or "") | checking(file.path, file.after or "")


def _is_python(file: FileText) -> bool:
    return file.path.endswith(".py")


def _python(file: FileText, helpers: frozenset[str]) -> list[tuple[Case, ...]] | None:
    """Return both sides of a file read by Python's grammar, None where one of them has none."""
    sides = []
    for text in (file.before, file.after):
        tree = parsed(text)
        if tree is None:
            return None
        try:
            sides.append(python_cases(file.path, tree, helpers))
        except RecursionError:  # deep enough to be parsed, too deep to be written out
            return None
    return sides


def _count(case: Case) -> int:
    rows = len(case.rows) if case.rows and case.rows[0] else 1
    return rows * case.is_test
