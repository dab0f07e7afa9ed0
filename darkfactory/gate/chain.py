"""Approved changes merged one onto the other: what would be on the base after each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from darkfactory.gate.judging import Candidate, merge
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom

_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Link:
    """A change merged onto the one before it, or onto the base; *candidate* tells onto what."""

    change: Change
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Chain:
    """The *links* in their order on the commit *base*.

    *conflicting* do not merge with the base itself, *empty* bring nothing that it lacks. All others
    that are in no link wait: they do not merge with one ahead, or have nothing to add to it, and
    nobody knows yet whether that lands.
    """

    base: str
    links: tuple[Link, ...]
    conflicting: tuple[Link, ...] = ()
    empty: tuple[Change, ...] = ()

    @property
    def commits(self) -> tuple[str, ...]:
        """What each prefix would make of the base."""
        return tuple(link.candidate.commit for link in self.links)


class Chains:
    """Builds chains; it remembers each merge, so that building one anew costs nothing."""

    def __init__(self, room: GateRoom) -> None:
        self._room = room
        self._merged: dict[tuple[str, str, str], Candidate] = {}

    def build(self, changes: Iterable[Change], *, longest: int = _LONGEST) -> Chain:
        """Return the chain of *changes* in that order on the base as it is now.

        It ends after *longest* links. The same facts always give the same commits.

        Raises:
            GitFailed: If the hub cannot be read.
        """
        base = self._room.hub.commit(self._room.hub.base_ref)
        links: list[Link] = []
        conflicting: list[Link] = []
        empty: list[Change] = []
        for change in changes:
            if len(links) == longest:
                break
            link = self._link(base, links, change)
            if self._adds(link):
                links.append(link)
                continue
            alone = self._link(base, (), change)
            if alone.candidate.conflicts:
                conflicting.append(alone)
            elif not self._adds(alone):
                empty.append(change)
        return Chain(base, tuple(links), tuple(conflicting), tuple(empty))

    def _link(self, base: str, before: Sequence[Link], change: Change) -> Link:
        onto = before[-1].candidate.commit if before else base
        key = (onto, change.id, change.head)
        if key not in self._merged:
            self._merged[key] = merge(self._room, change, onto, base=base)
        return Link(change, self._merged[key])

    def _adds(self, link: Link) -> bool:
        found = link.candidate
        return not found.conflicts and found.tree != self._room.hub.tree(found.base)
