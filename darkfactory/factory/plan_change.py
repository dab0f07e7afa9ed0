"""What a new plan changes of the one that it replaces, and the work that leaves with its items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from darkfactory.domain.counting import listed
from darkfactory.domain.item import Plan
from darkfactory.factory.plans import StoredPlan
from darkfactory.factory.record import Record
from darkfactory.gate.record import TERMINAL

_NOBODY_MORE = "no session will go on with it"


@dataclass(frozen=True, slots=True)
class Moved:
    """An item that is in another lane than before; None: in no lane."""

    id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class LeftWork:
    """An item that is to be worked no more although *what* there is of it is not over."""

    id: str
    what: str


@dataclass(frozen=True, slots=True)
class PlanChange:
    """How a plan differs from the one before. *gone* are not in the backlog, *closed* are.

    *before* and *after* are the sources of the two plans; empty: those of lanes.yaml.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    closed: tuple[str, ...]
    moved: tuple[Moved, ...]
    left: tuple[LeftWork, ...]


def plan_change(before: StoredPlan, after: StoredPlan, record: Record) -> PlanChange | None:
    """Return what *after* changes of *before*, or None where all items are where they were."""
    old, new = _lanes(before.plan), _lanes(after.plan)
    closed = {item.id for item in after.backlog.items if item.closed}
    out = [name for name in old if name not in new]
    change = PlanChange(
        before=before.sources,
        after=after.sources,
        new=tuple(name for name in new if name not in old),
        gone=tuple(name for name in out if name not in closed),
        closed=tuple(name for name in out if name in closed),
        moved=tuple(
            Moved(name, old[name], lane)
            for name, lane in new.items()
            if name in old and old[name] != lane
        ),
        left=tuple(_left(out, closed, record)),
    )
    same = not (change.new or out or change.moved) and before.sources == after.sources
    return None if same else change


def change_lines(change: PlanChange) -> Iterator[str]:
    """Yield *change* in words: how many, and every item that leaves work behind."""
    counted = (
        (len(change.new), "new"),
        (len(change.gone), f"gone{_named(change.gone)}"),
        (len(change.closed), f"closed{_named(change.closed)}"),
        (len(change.moved), f"in another lane{_named([_move(one) for one in change.moved])}"),
    )
    words = ", ".join(f"{count} {what}" for count, what in counted if count)
    if change.before == change.after:
        yield f"since the last plan: {words}"
    else:
        yield (
            f"this plan of {_sources(change.after)} replaces that of {_sources(change.before)}: "
            f"{words or 'the same items'}"
        )
    for left in change.left:
        yield f"warning: {left.id} {left.what}"


def _lanes(plan: Plan) -> Mapping[str, str | None]:
    return {row.item.id: row.lane for row in plan.items} | {
        left.item.id: None for left in plan.unassigned
    }


def _left(out: Sequence[str], closed: set[str], record: Record) -> Iterator[LeftWork]:
    finished = record.finished_items()
    for name in out:
        if name in finished:
            continue
        what = _open_work(name, record) or (_ended_work(name, record) if name not in closed else "")
        if what:
            verb = "was closed" if name in closed else "has left the backlog"
            yield LeftWork(name, f"{verb}, but {what}")


def _open_work(item: str, record: Record) -> str:
    """Return what of *item* waits for somebody, and how to see it; empty where nothing does."""
    change = record.changes.of_item(item)
    if change is not None and change.state not in TERMINAL:
        return f"its change {change.id} is still at the gate: `df gate show {change.id}`"
    running = [row.id for row in record.sessions_of(item) if row.outcome is None]
    if running:
        return f"its session has not ended, and {_NOBODY_MORE}: `df sessions show {running[-1]}`"
    return ""


def _ended_work(item: str, record: Record) -> str:
    sessions = record.sessions_of(item)
    if not sessions:
        return ""
    last = sessions[-1]
    return (
        f"its last session ended {last.outcome}, and {_NOBODY_MORE}: `df sessions show {last.id}`"
    )


def _move(moved: Moved) -> str:
    return f"{moved.id}: {moved.before or 'none'} -> {moved.after or 'none'}"


def _named(names: Sequence[str]) -> str:
    return f" ({listed(names)})" if names else ""


def _sources(sources: Sequence[str]) -> str:
    return ", ".join(sources) if sources else "lanes.yaml's sources"
