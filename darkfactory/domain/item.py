"""Items: units of backlog, as triage and the prompts see them."""

from dataclasses import dataclass

PRIORITIES = ("P0", "P1", "P2", "P3")


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of backlog. *done_when* is a command or a sentence; *closed* items only unblock.

    *held* says why nobody should start it now although it is open (its tracker defers it, a person
    works on it); None: free to start.
    """

    id: str
    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    priority: str = "P2"
    paths: tuple[str, ...] = ()
    done_when: str | None = None
    blocked_by: tuple[str, ...] = ()
    url: str | None = None
    closed: bool = False
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """All that there is to do, in its order. *warnings* tell what was written and is no item."""

    items: tuple[Item, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """Where triage put one item, and why. *rank* is 1 for what starts first in the whole plan.

    *similarity* is how alike it and *duplicate_of* are, 0 to 1.
    """

    item: Item
    lane: str
    rank: int
    reasons: tuple[str, ...]
    duplicate_of: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Unassigned:
    """An item that no lane takes, and why."""

    item: Item
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole backlog in lanes. *snapshot* is a hash over all that decided it."""

    snapshot: str
    items: tuple[PlannedItem, ...]
    unassigned: tuple[Unassigned, ...] = ()
    warnings: tuple[str, ...] = ()

    def ids(self) -> list[str]:
        """Return the ids of all open items, those that no lane takes last."""
        assigned = [row.item.id for row in self.items]
        return [*assigned, *(row.item.id for row in self.unassigned)]
