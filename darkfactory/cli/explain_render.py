"""One item of the plan as people see it: where it is, each lane it was held against, and why."""

from collections.abc import Iterator

from darkfactory.cli.columns import Column, table
from darkfactory.cli.prose import wrapped
from darkfactory.domain.item import Item
from darkfactory.factory.untriaged import Untriaged, untriaged_facts
from darkfactory.triage.duplicates import THRESHOLD
from darkfactory.triage.explain import Explanation
from darkfactory.triage.lanes import KeyLook, LaneLook

_WIDTH = 80
_LABEL = 12
_COLUMNS = (
    Column("LANE"),
    Column("KEY"),
    Column("FITS"),
    Column("LANE WANTS"),
    Column("ITEM HAS"),
)


def explanation_screen(
    told: Explanation, stands: Untriaged | None = None, *, width: int | None = _WIDTH
) -> str:
    """Render everything that decided where one item is, and why it waits for a person there."""
    lines = wrapped(f"{told.item.id}  ", told.item.title, width)
    where = f"lane {told.lane}, rank {told.rank} of {told.ranks}" if told.lane else "in no lane"
    lines += [f"{where}, priority {told.item.priority}", ""]
    rows = [row for look in told.looks for row in _lane_rows(look, told)]
    lines += [table(_COLUMNS, rows, width=width), ""]
    for label, text in (*_facts(told), *(untriaged_facts(stands) if stands else ())):
        lines += wrapped(label.ljust(_LABEL), text, width)
    return "\n".join(lines)


def _lane_rows(look: LaneLook, told: Explanation) -> Iterator[tuple[str, ...]]:
    name = look.lane.name
    for key in look.keys:
        fits = "yes" if key.found else "no"
        yield name, key.key, fits, ", ".join(key.wanted), _has(key, told.item)
    if look.lane.default:
        another = any(other.reasons for other in told.looks)
        has = "another lane fits" if another else "no lane fits"
        yield name, "default", "no" if another else "yes", "what is left", has
    elif not look.keys:
        yield name, "none", "no", "nothing", ""


def _has(key: KeyLook, item: Item) -> str:
    """Return what of the item fits the key, or else all that it has there."""
    if key.key == "title":
        return f"{key.found[0]!r} in the title" if key.found else "another title"
    all_of_it = {"labels": item.labels, "paths": item.paths, "priority": (item.priority,)}
    return ", ".join(key.found or all_of_it[key.key]) or "none"


def _facts(told: Explanation) -> Iterator[tuple[str, str]]:
    for at, reason in enumerate(told.reasons):
        yield "because" if at == 0 else "", reason
    yield "rank", told.rank_reason
    twin = told.twin
    if twin is not None:
        alike = "" if twin.similarity is None else f"{twin.similarity:.2f} alike, "
        yield "duplicate", f"of {twin.id}, {alike}{THRESHOLD} is enough: {twin.title}"
        yield "", f"`df assign {told.item.id} LANE` starts it all the same"
    waits = (f"{one.id} ({one.state})" for one in told.waits_for)
    yield "waits for", ", ".join(waits) or "nothing"
    if told.waited_for_by:
        yield "blocks", ", ".join(told.waited_for_by)
    if not told.item.done_when and not told.item.closed:
        yield "done when", "not said, so only the harness tells"
    for warning in told.warnings:
        yield "warning", warning
