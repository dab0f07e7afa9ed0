"""Bring items into an order in which blockers come before what they block."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from darkfactory.domain.item import Item
from darkfactory.errors import UsageError

Graph = Mapping[str, Collection[str]]

_MOST_SHOWN = 12


class BlockedInACircle(UsageError):
    """Items that wait for each other, so that none could ever start."""

    code = "backlog.cycle"

    def __init__(self, cycle: Sequence[str]) -> None:
        around = [*cycle, cycle[0]]
        if len(around) > _MOST_SHOWN:
            around = [*around[: _MOST_SHOWN - 2], "…", around[-1]]
        super().__init__(
            f"items block each other in a circle: {' is blocked by '.join(around)}",
            fix="remove one of these from a `blocked_by`",
        )


def blocker_graph(items: Iterable[Item], stands_for: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each of *items* which of them block it.

    Args:
        items: Everything that is still to do.
        stands_for: Duplicates and the items that are done in their place: what waits for a
            duplicate waits for that item, and a duplicate itself waits for nothing.
    """
    items = tuple(items)
    known = {item.id for item in items}
    return {
        item.id: []
        if item.id in stands_for
        else [stands_for.get(name, name) for name in item.blocked_by if name in known]
        for item in items
    }


def circular(graph: Graph) -> set[str]:
    """Return the nodes of *graph* that lie on a circle, or between two."""
    left = _peeled(graph, set(graph))
    return _peeled(_turned(graph), left)


def refuse_circle(graph: Graph) -> None:
    """Pass if what is in *graph* can be done one after the other.

    Raises:
        BlockedInACircle: If not; names one circle.
    """
    left = circular(graph)
    if not left:
        return
    # Every node left has a blocker that is left, so walking on comes around.
    walk = [min(left)]
    seen = {walk[0]: 0}
    while True:
        step = next(name for name in graph[walk[-1]] if name in left)
        if step in seen:
            raise BlockedInACircle(walk[seen[step] :])
        seen[step] = len(walk)
        walk.append(step)


def start_order(roots: Sequence[str], graph: Graph) -> tuple[list[str], dict[str, str]]:
    """Return all that *roots* need in an order to start, and whom each that came early is for.

    Args:
        roots: Names in the order wished for, most wanted first.
        graph: What blocks what; has no circles.
    """
    order: list[str] = []
    early: dict[str, str] = {}
    placed: set[str] = set()
    for root in roots:
        stack = [(root, iter(graph[root]))] if root not in placed else []
        placed.add(root)
        while stack:
            name, blockers = stack[-1]
            blocker = next((one for one in blockers if one not in placed), None)
            if blocker is not None:
                placed.add(blocker)
                stack.append((blocker, iter(graph[blocker])))
                continue
            stack.pop()
            order.append(name)
            if name != root:
                early[name] = root
    return order, early


def _peeled(graph: Graph, nodes: set[str]) -> set[str]:
    """Return what is left of *nodes* when the free ones go, and those that they free."""
    holding = {name: sum(1 for other in graph[name] if other in nodes) for name in nodes}
    turned = _turned(graph)
    free = [name for name, count in holding.items() if count == 0]
    left = set(nodes)
    while free:
        gone = free.pop()
        left.discard(gone)
        for name in turned[gone]:
            if name in left:
                holding[name] -= 1
                if holding[name] == 0:
                    free.append(name)
    return left


def _turned(graph: Graph) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {name: [] for name in graph}
    for name, others in graph.items():
        for other in others:
            turned[other].append(name)
    return turned
