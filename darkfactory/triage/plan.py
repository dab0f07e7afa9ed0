"""Sort a backlog into lanes: each item in exactly one, or with the reasons why in none."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from darkfactory.domain.done_when import command_in
from darkfactory.domain.item import Item, Plan, PlannedItem, Unassigned
from darkfactory.domain.settings import Settings
from darkfactory.triage.duplicates import Likeness, find_duplicates
from darkfactory.triage.lanes import Choice, Chooser
from darkfactory.triage.order import blocker_graph, circular, refuse_circle, start_order
from darkfactory.triage.snapshot import snapshot_of

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What is known of a backlog before it is put in order; *todo* are the open items."""

    todo: tuple[Item, ...]
    choices: Mapping[str, Choice]
    duplicates: Mapping[str, Likeness]

    @property
    def taken(self) -> list[Item]:
        """The items that a lane takes."""
        return [item for item in self.todo if self.choices[item.id].lane is not None]


def triage(
    items: Sequence[Item], settings: Settings, *, assigned: Mapping[str, str] | None = None
) -> Plan:
    """Return the plan for *items*: lane, reasons and start order of each.

    Args:
        items: The whole backlog in its order, each id once.
        settings: Only the lanes' names, order, ``match`` and ``default`` decide.
        assigned: Lanes by item id that a person chose. They win over everything, also over being
            held or a duplicate.

    Raises:
        UsageError: If items block each other in a circle, or a lane's title pattern
            cannot be used.
    """
    assigned = assigned or {}
    lanes = {lane.name for lane in settings.lanes}
    chosen = {item: lane for item, lane in assigned.items() if lane in lanes}
    todo = tuple(_without_closed_blockers(items))
    refuse_circle(blocker_graph(todo, {}))
    chooser = Chooser(settings.lanes)
    choices = {item.id: _choice(item, chooser, chosen.get(item.id)) for item in todo}
    found = _Sorted(todo, choices, {})
    found = replace(found, duplicates=_duplicates(found, chosen))
    return Plan(
        snapshot=snapshot_of(items, settings.lanes, assigned),
        items=tuple(_ranked(found)),
        unassigned=tuple(
            Unassigned(item, choices[item.id].reasons)
            for item in todo
            if choices[item.id].lane is None
        ),
        warnings=tuple(_warnings(found, assigned, lanes)),
    )


def _without_closed_blockers(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the open items, waiting only for what is not closed."""
    closed = {item.id for item in items if item.closed}
    for item in items:
        if item.closed:
            continue
        if closed.isdisjoint(item.blocked_by):
            yield item
        else:
            open_ones = tuple(name for name in item.blocked_by if name not in closed)
            yield replace(item, blocked_by=open_ones)


def _choice(item: Item, chooser: Chooser, assigned: str | None) -> Choice:
    found = chooser.choose(item)
    if assigned is not None:
        held = (f"otherwise held: {item.held}",) if item.held else ()
        alone = f"triage alone: {found.lane or 'no lane'}, {found.reasons[0]}"
        return Choice(assigned, (f"assigned to lane {assigned} by hand", *held, alone))
    if item.held:
        return Choice(None, (item.held,))
    return found


def _duplicates(found: _Sorted, chosen: Mapping[str, str]) -> dict[str, Likeness]:
    """Return the duplicates among the items that would start.

    What a person assigned is wanted as it is. A match that would make items wait in a circle is
    dropped: their authors see two pieces of work there.
    """
    taken = found.taken
    duplicates = {name: like for name, like in find_duplicates(taken).items() if name not in chosen}
    # Letting one go brings its own blockers back, and with them maybe another circle.
    while tangled := circular(blocker_graph(found.todo, _stands_for(duplicates))):
        duplicates = {
            name: like for name, like in duplicates.items() if like.earlier not in tangled
        }
    return duplicates


def _stands_for(duplicates: Mapping[str, Likeness]) -> dict[str, str]:
    return {name: like.earlier for name, like in duplicates.items()}


def _ranked(found: _Sorted) -> Iterator[PlannedItem]:
    """Yield the items that a lane takes, first to start first, duplicates last."""
    stands_for = _stands_for(found.duplicates)
    items = {item.id: item for item in found.todo}
    wished = sorted(found.todo, key=lambda item: item.priority)
    graph = blocker_graph(found.todo, stands_for)
    roots = list(dict.fromkeys(stands_for.get(item.id, item.id) for item in wished))
    order, early = start_order(roots, graph)
    order += [item.id for item in wished if item.id in stands_for]
    planned = [name for name in order if found.choices[name].lane is not None]
    for rank, name in enumerate(planned, start=1):
        choice, like = found.choices[name], found.duplicates.get(name)
        yield PlannedItem(
            item=items[name],
            lane=choice.lane or "",
            rank=rank,
            reasons=(*choice.reasons, *_later_reasons(items, name, like, early.get(name))),
            duplicate_of=like.earlier if like else None,
            similarity=like.similarity if like else None,
        )


def _later_reasons(
    items: Mapping[str, Item], name: str, like: Likeness | None, root: str | None
) -> Iterator[str]:
    if like is not None:
        yield f"{like.similarity:.2f} like {like.earlier}"
    if root is not None and items[root].priority < items[name].priority:
        yield f"starts early: {root} ({items[root].priority}) waits for it"


def item_warnings(
    item: str,
    waits_for: Iterable[str],
    lane_of: Mapping[str, str | None],
    assigned: str | None,
    lanes: Collection[str],
) -> Iterator[str]:
    """Yield what keeps one open item from what was meant for it.

    Args:
        item: Its id.
        waits_for: What it is blocked by and is not closed.
        lane_of: All open items with their lanes; None: no lane takes it.
        assigned: The lane that a person chose for it.
        lanes: All lanes there are.
    """
    for name in waits_for:
        if name not in lane_of:
            yield (
                f"{item} is blocked by {name!r}, which is not in the backlog: it will not"
                " start before that is added and done, or taken out of blocked_by"
            )
        elif lane_of[name] is None and lane_of[item] is not None:
            yield f"{item} is blocked by {name}, which is in no lane"
    if assigned is not None and assigned not in lanes:
        yield f"{item} was assigned to lane {assigned!r}, which is not in lanes.yaml"


def _warnings(found: _Sorted, assigned: Mapping[str, str], lanes: set[str]) -> Iterator[str]:
    lane_of = {item.id: found.choices[item.id].lane for item in found.todo}
    for item in found.todo:
        chosen = assigned.get(item.id)
        yield from item_warnings(item.id, item.blocked_by, lane_of, chosen, lanes)
    vague = [item.id for item in found.taken if not item.done_when]
    said = [item.id for item in found.taken if item.done_when and not command_in(item.done_when)]
    for names, what in ((vague, "no done_when"), (said, "done_when is taken as a sentence")):
        if names:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            named = ", ".join(names[:_MOST_NAMED])
            yield f"{what}, so only the harness tells when it is done: {named}{more}"
