"""What a change touches, as far as another one can conflict with it: pure.

Whether two commits conflict only git can tell. That they cannot, paths tell: nearly all pairs are
parted by that, for nothing.
"""

import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_PATHS = 1000
"""Of the paths of a change so many are on record: one that has more may touch anything."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The *paths* that are touched, old names of renames too, and the *folders* around them.

    *left* are folders that something was moved out of: git follows such a move with what others
    put there. *whole*: nobody knows where it ends.
    """

    paths: frozenset[str]
    folders: frozenset[str]
    left: frozenset[str]
    whole: bool = False

    def is_near(self, other: "Footprint") -> bool:
        """Tell whether the two may conflict: on a path, or on a folder where the other has a file.

        A change that touches nothing is near to none.
        """
        if self.whole or other.whole:
            return bool(self.paths and other.paths)
        return not (
            self.paths.isdisjoint(other.paths)
            and self.paths.isdisjoint(other.folders)
            and self.folders.isdisjoint(other.paths)
            and self.left.isdisjoint(other.folders)
            and self.folders.isdisjoint(other.left)
        )


def footprint(paths: Collection[str], left: Iterable[str] = ()) -> Footprint:
    """Return the footprint of what touches *paths*."""
    folders = frozenset(folder for path in paths for folder in _around(path))
    return Footprint(frozenset(paths), folders, frozenset(left), len(paths) >= MOST_PATHS)


def footprint_of(facts: Mapping[str, Any]) -> Footprint:
    """Return the footprint of a change by the *facts* of its proposal."""
    return footprint(facts.get("paths") or (), facts.get("left") or ())


def left_by(renames: Iterable[tuple[str, str]]) -> list[str]:
    """Return the folders that *renames* (old name, new name) took something out of."""
    moved = {posixpath.dirname(old) for old, new in renames if not _is_beside(old, new)}
    return sorted(moved)


def _is_beside(old: str, new: str) -> bool:
    return posixpath.dirname(old) == posixpath.dirname(new)


def _around(path: str) -> Iterable[str]:
    while path:
        path = posixpath.dirname(path)
        yield path
