"""Keep new work apart from what waits at the gate: both on one file is a conflict to come (pure).

Nobody waits for that. Of equal priority, what meets no open change starts first.
"""

import itertools
import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from darkfactory.domain.globs import matching
from darkfactory.domain.item import PlannedItem

_WILD = frozenset("*?")


class Taken:
    """The paths that open changes touch.

    Args:
        changes: For each change its item and the paths.
    """

    def __init__(self, changes: Mapping[str, tuple[str, Collection[str]]]) -> None:
        self._items = {name: item for name, (item, _) in changes.items()}
        self._by_path: dict[str, list[str]] = {}
        self._by_folder: dict[str, set[str]] = {}
        for name, (_, paths) in changes.items():
            for path in paths:
                self._by_path.setdefault(path, []).append(name)
                for folder in _around(path):
                    self._by_folder.setdefault(folder, set()).add(name)

    def met_by(self, planned: PlannedItem) -> list[str]:
        """Return the changes of other items that touch what *planned* names as its paths."""
        item = planned.item
        found = {name for path in item.paths for name in self._at(path)}
        return sorted(name for name in found if self._items[name] != item.id)

    def _at(self, path: str) -> Iterable[str]:
        """Yield the changes that touch a file, a folder, or what a pattern matches."""
        if not _WILD.isdisjoint(path):
            met = (names for at, names in self._by_path.items() if matching(at, (path,)))
            return itertools.chain.from_iterable(met)
        plain = posixpath.normpath(path)
        return (*self._by_path.get(plain, ()), *self._by_folder.get(plain, ()))


def spread(items: Sequence[PlannedItem], taken: Taken) -> list[PlannedItem]:
    """Return *items* in the order to start, which their ranks tell too.

    That is as ranked, but what meets open changes goes behind others. It stays before what has a
    lower priority and is ranked behind it.
    """
    order = (
        planned
        for _, run in itertools.groupby(items, key=lambda planned: planned.item.priority)
        for planned in sorted(run, key=lambda planned: bool(taken.met_by(planned)))
    )
    return [replace(planned, rank=rank) for rank, planned in enumerate(order, start=1)]


def _around(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path
