"""Find which open changes do not merge with the base or with each other, before anybody reads them.

Asked after whatever may change the answer: a new head, a landing, a base that was moved. Only what
that touches is merged again, all of it by few git processes.
"""

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from darkfactory.gate.footprint import Footprint, footprint, footprint_of, left_by
from darkfactory.gate.pairs import Row
from darkfactory.gate.record import OPEN, Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.merging import Merged

_AT_ONCE = 200
"""So many merges one process makes."""


def compare(room: GateRoom) -> None:
    """Record of the open changes which do not merge with the base or with each other.

    What is known and still holds is not looked at again.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    changes = room.refresh()
    known, newest = changes.pairs, changes.pairs.newest
    base, union = room.hub.commit(room.hub.base_ref), room.hub.union
    found = [one for one in changes if one.state in OPEN and not one.drill]
    with room.hub.trying() as hub:
        matrix = _Matrix(hub, base, found)
        stale = [change for change in found if known.row(change.id) is None]
        if known.union != union:
            stale = found
        elif known.base != base:
            stale = [one for one in found if one in stale or matrix.is_moved(one, known.base)]
        told = matrix.rows(stale)
    fresh = [_told(one, told[one.id]) for one in stale if told[one.id] != known.row(one.id)]
    if fresh or (found and (known.base, known.union) != (base, union)):
        facts = {"base": base, "union": list(union), "newest": newest, "rows": fresh}
        room.record("gate.compared", facts)


def _told(change: Change, row: Row) -> dict[str, Any]:
    told: dict[str, Any] = {"change": change.id, "head": change.head}
    told |= {"conflicts_with": sorted(row.beside), "conflicts_with_base": list(row.base)}
    return {**told, "merged_by_union": list(row.union)}


@dataclass(frozen=True, slots=True)
class _Stand:
    """How one change meets the base: the *commit* that holds both, or the paths in *conflict*."""

    commit: str
    conflicts: tuple[str, ...] = ()
    union: tuple[str, ...] = ()


class _Matrix:
    """The open *changes* on the commit *base*."""

    def __init__(self, hub: Hub, base: str, changes: Sequence[Change]) -> None:
        self._hub = hub
        self._base = base
        self._changes = changes
        self._gone: dict[str, Footprint | None] = {}

    @cached_property
    def _prints(self) -> dict[str, Footprint]:
        return {change.id: footprint_of(change.facts) for change in self._changes}

    def is_moved(self, change: Change, since: str) -> bool:
        """Tell whether the base has touched what *change* touches since the commit *since*."""
        went = self._went(since)
        return went is None or went.is_near(self._prints[change.id])

    def rows(self, wanted: Sequence[Change]) -> dict[str, Row]:
        """Return the rows of the changes *wanted*, by their ids."""
        pairs = list(self._near_pairs({change.id for change in wanted}))
        needed = {change.id: change for change in itertools.chain(wanted, *pairs)}
        stands = self._stands(list(needed.values()))
        asked = [pair for pair in pairs if not any(stands[one.id].conflicts for one in pair)]
        merged = self._merged([(stands[a.id].commit, stands[b.id].commit) for a, b in asked])
        beside: dict[str, set[str]] = {change.id: set() for change in needed.values()}
        for (one, other), found in zip(asked, merged, strict=True):
            if not found.clean:
                beside[one.id].add(other.id)
                beside[other.id].add(one.id)
        return {
            one.id: Row(frozenset(beside[one.id]), stands[one.id].conflicts, stands[one.id].union)
            for one in wanted
        }

    def _merged(self, pairs: Sequence[tuple[str, str]]) -> Iterable[Merged]:
        """Return what each of *pairs* merges to; so many a process, for each leaves files."""
        parts = [pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE)]
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return itertools.chain.from_iterable(list(threads.map(self._merged_part, parts)))

    def _merged_part(self, pairs: Sequence[tuple[str, str]]) -> list[Merged]:
        with self._hub.trying() as hub:
            return hub.merge_trees(pairs)

    def _near_pairs(self, wanted: set[str]) -> Iterator[tuple[Change, Change]]:
        for one, other in itertools.combinations(self._changes, 2):
            asked = one.id in wanted or other.id in wanted
            if asked and one.item != other.item and self._are_near(one, other):
                yield one, other

    def _are_near(self, one: Change, other: Change) -> bool:
        return self._prints[one.id].is_near(self._prints[other.id])

    def _stands(self, changes: Sequence[Change]) -> dict[str, _Stand]:
        """Return how each of *changes* meets the base.

        What the base has left alone is as good as on it. Others are merged with it, so that their
        pairs are told as if both landed there.
        """
        stands, onto = {}, []
        for change in changes:
            went = self._went(change.base)
            if went is None:
                stands[change.id] = self._carried(change)
            elif went.is_near(self._prints[change.id]):
                onto.append(change)
            else:
                stands[change.id] = _Stand(change.head)
        merged = self._hub.merge_trees([(self._base, change.head) for change in onto])
        for change, found in zip(onto, merged, strict=True):
            stands[change.id] = self._stand(found, (self._base, change.head))
        return stands

    def _carried(self, change: Change) -> _Stand:
        """Return how a change that began before the base was rewritten meets it."""
        found = self._hub.merge_onto(self._base, change.head, began=change.base)
        return self._stand(found, (self._base,))

    def _stand(self, found: Merged, parents: tuple[str, ...]) -> _Stand:
        if found.conflicts:
            return _Stand("", found.conflicts, found.union)
        commit = self._hub.commit_tree(found.tree, parents, "as if landed", when=0)
        return _Stand(commit, union=found.union)

    def _went(self, since: str) -> Footprint | None:
        """Return what the base has touched since the commit *since*; None: it was rewritten."""
        if since not in self._gone:
            self._gone[since] = _progress(self._hub, since, self._base)
        return self._gone[since]


def _progress(hub: Hub, old: str, new: str) -> Footprint | None:
    if old == new:
        return footprint(())
    if not old or not hub.is_ancestor(old, new):
        return None
    options = ("-r", "-z", "--find-renames", "--name-status", "--end-of-options")
    fields = hub.git("diff-tree", *options, old, new, "--").stdout.decode(
        "utf-8", "surrogateescape"
    )
    return _touched(iter(fields.split("\0")))


def _touched(fields: Iterable[str]) -> Footprint:
    """Return the footprint of ``diff-tree --name-status``: a status with its path, or with two."""
    paths, renames = [], []
    rest = iter(fields)
    for status in rest:
        if not status:
            break
        paths.append(next(rest))
        if status[0] in "RC":
            paths.append(next(rest))
            renames.append((paths[-2], paths[-1]))
    return footprint(paths, left_by(renames))
