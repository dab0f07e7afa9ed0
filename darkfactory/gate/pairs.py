"""Which open changes do not merge with each other or with the base, folded from ``gate.compared``.

An event tells of whole rows: a change, by its head, against the base and all others there were.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one head: the changes it conflicts with, and how it meets the base.

    *base* are the paths in which it conflicts with that, *union* those that merge by union.
    """

    beside: frozenset[str] = frozenset()
    base: tuple[str, ...] = ()
    union: tuple[str, ...] = ()


@dataclass(slots=True)
class Pairs:
    """The rows as last compared, on the commit *base*; *union* are the paths merged by union."""

    base: str = ""
    union: tuple[str, ...] = ()
    _orders: dict[str, int] = field(default_factory=dict)
    _pairs: set[frozenset[str]] = field(default_factory=set)
    _base: dict[str, Row] = field(default_factory=dict)
    newest: int = 0
    """How many heads there were so far: who compares says what it knew of."""

    def proposed(self, name: str) -> None:
        """Forget what was known of change *name*: it has another head."""
        self.newest += 1
        self._orders[name] = self.newest
        self._base.pop(name, None)
        self._pairs = {pair for pair in self._pairs if name not in pair}

    def compared(self, data: Mapping[str, Any], heads: Mapping[str, str]) -> None:
        """Take the *data* of an event; *heads* are those of all changes as they are now."""
        self.base, self.union = str(data.get("base")), tuple(data.get("union") or ())
        known_of = int(data.get("newest") or 0)
        for row in data.get("rows") or ():
            name = str(row["change"])
            if heads.get(name) == row["head"]:
                self._take(name, row, known_of)

    def row(self, name: str) -> Row | None:
        """Return what is known of change *name*, None if it was not compared since its head."""
        if name not in self._base:
            return None
        beside = {other for pair in self._pairs if name in pair for other in pair - {name}}
        return replace(self._base[name], beside=frozenset(beside))

    def _take(self, name: str, row: Mapping[str, Any], known_of: int) -> None:
        """Replace the row of *name*, but for those that came after it was made."""
        later = {other for other, order in self._orders.items() if order > known_of}
        self._pairs = {
            pair for pair in self._pairs if name not in pair or not pair.isdisjoint(later - {name})
        }
        self._pairs |= {
            frozenset((name, other)) for other in row["conflicts_with"] if other not in later
        }
        base, union = row["conflicts_with_base"], row.get("merged_by_union") or ()
        self._base[name] = Row(base=tuple(base), union=tuple(union))
