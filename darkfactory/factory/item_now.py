"""What has become of an item, and what a person can do about it now: only what can be done."""

import shlex
from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.state import StateFolder
from darkfactory.factory.disposition import Standing, standing
from darkfactory.factory.record import Record
from darkfactory.factory.run_lock import by_which_run
from darkfactory.factory.untriaged import is_untriaged, start_again
from darkfactory.gate.record import ON_THE_WAY, Change


@dataclass(frozen=True, slots=True)
class ItemNow:
    """Where an item stands.

    *told* says it after the item's name, *go_on* is the command that a person goes on with, and
    *ask* the way to have something else done about the item.
    """

    told: str
    go_on: str
    ask: str


def next_of(state: StateFolder, session: str, *, now: float) -> str:
    """Return the command to go on with behind *session*; empty while it has not ended."""
    record = Record(state)
    record.refresh()
    row = record.sessions.get(session)
    if row is None or row.outcome is None:
        return ""
    return item_now(record, row.item, now=now).go_on


def item_now(record: Record, item: str, *, now: float) -> ItemNow:
    """Return where *item* stands at the time *now*, by the record as last read."""
    change = record.changes.of_item(item)
    place = standing(record.attempted(item), change)
    if place is Standing.WORKING:
        return _working(record, item)
    row = _planned(record, item)
    if row is not None and not row.duplicate_of and is_untriaged(record, item):
        look = f"df triage --explain {item}"
        return ItemNow("was nuked twice and needs triage", look, start_again(item))
    if change is not None and place in (Standing.WAITING, Standing.BOUNCED):
        state, run = change.state_at(now), by_which_run(record.state)
        return _with_change(change, state, planned=row is not None, run=run)
    if place is Standing.LANDED:
        ask = "write what is left into the backlog as a new item, then `df run`"
        return ItemNow("has landed", "df gate log", ask)
    if row is None:
        told = f"{_HOW[place]} and is in no plan any more"
        ask = f"put {item} back into the backlog, then `df run --item {item}`"
        return ItemNow(told, "df triage", ask)
    if row.duplicate_of:
        twin = row.duplicate_of
        ask = f"`df run --item {twin}` works on {twin}, which it is a duplicate of"
        return ItemNow(f"is a duplicate of {twin}", f"df run --item {twin}", ask)
    return _without_change(record, item, place, change)


def _with_change(change: Change, state: ChangeState, *, planned: bool, run: str) -> ItemNow:
    """Return where an item stands whose change is at the gate, or has come back from there.

    Args:
        run: Which run would take up what is sent back.
    """
    told, go_on = f"{_AT_THE_GATE.get(state, f'is {state}')}", f"df gate show {change.id}"
    if change.waits_for_base:
        told = "cannot be judged while the red base hides what is new"
    if state in ON_THE_WAY:
        told, go_on = "is approved and has not landed yet", "df gate land"
    if state in (ChangeState.BOUNCED, ChangeState.REWORK) and planned and not change.branch:
        go_on = "df run"
    told = f"has change {change.id}, which {told}"
    if change.branch:
        return _of_branch(change, state, told, go_on)
    if not planned:
        ask = f"`df gate close {change.id} --as not-planned`: its item has left the backlog"
        return ItemNow(told, go_on, ask)
    if state is ChangeState.LANDING:
        return ItemNow(told, go_on, "`df gate land` finishes it; then write a new item")
    words = f"`df gate rework {change.id} -m TEXT` sends it back with your words"
    return ItemNow(told, go_on, f"{words}, {run}")


def _of_branch(change: Change, state: ChangeState, told: str, go_on: str) -> ItemNow:
    """Return where an item stands whose change entered as a branch: people add what is next."""
    if state in (ChangeState.BOUNCED, ChangeState.REWORK):
        told = f"has change {change.id}, which came back to who made branch {change.branch}"
    ask = f"`df gate add {shlex.quote(str(change.branch))} --item {shlex.quote(change.item)}`"
    return ItemNow(told, go_on, f"{ask} gives it its next revision")


def _without_change(record: Record, item: str, place: Standing, change: Change | None) -> ItemNow:
    """Return where an item of the plan stands that nothing of waits at the gate."""
    again = f"df run --item {item}"
    if place in _ANSWERED:
        return ItemNow(_HOW[place], "df brief", f"`{again}` starts it again")
    if place is Standing.STOPPED:
        return ItemNow(_HOW[place], "df run", "`df run` starts it again")
    if place is Standing.TODO:
        waits = blockers(record, item)
        told = f"waits for {', '.join(waits)}" if waits else "has not been started"
        return ItemNow(told, f"df triage --explain {item}" if waits else again, f"`{again}`")
    if change is not None and change.state is ChangeState.ABANDONED:
        words = f"`df gate rework {change.id} -m TEXT` sends its red change back with your words"
        run = by_which_run(record.state)
        return ItemNow(_HOW[place], again, f"{words}, {run}; `{again}` as it is")
    return ItemNow(_HOW[place], again, f"`{again}` starts it again")


def _working(record: Record, item: str) -> ItemNow:
    """Return where an item stands whose last session lives, or has left what is not taken in."""
    last = record.sessions_of(item)[-1]
    if last.outcome is not None:
        return ItemNow("has work that no run has taken in yet", "df run", "`df run` takes it in")
    follow = f"df sessions follow {last.id}"
    ask = f"`df sessions steer {last.id} TEXT` tells the session that works on its item now"
    return ItemNow(f"is worked on by {last.id}", follow, ask)


def blockers(record: Record, item: str) -> list[str]:
    """Return the items that *item* waits for, each with what has become of it."""
    return [f"{name} ({_how(record, name)})" for name in waits_for(record, item)]


def waits_for(record: Record, item: str) -> list[str]:
    """Return the items that keep *item* from starting; for a duplicate its twin stands."""
    row, finished = _planned(record, item), record.finished_items()
    found = []
    for name in row.item.blocked_by if row else ():
        known = _planned(record, name)
        twin = known.duplicate_of if known else None
        if name not in finished and twin not in finished:
            found.append(twin or name)
    return found


def _how(record: Record, item: str) -> str:
    return _HOW[standing(record.attempted(item), record.changes.of_item(item))]


def _planned(record: Record, item: str) -> PlannedItem | None:
    plan = record.plan
    return next((row for row in (plan.plan.items if plan else ()) if row.item.id == item), None)


_AT_THE_GATE = {
    ChangeState.WAITING_TASTE: "waits for your verdict",
    ChangeState.CHECKING: "is not tested yet",
    ChangeState.DEFERRED: "you have deferred",
    ChangeState.BOUNCED: "bounced and goes back to its agent",
    ChangeState.REWORK: "was sent back to its agent",
}
_ANSWERED = (Standing.REPORTED, Standing.CLOSED)
_HOW = {
    Standing.TODO: "has not been started",
    Standing.WORKING: "is being worked on",
    Standing.WAITING: "is at the gate",
    Standing.BOUNCED: "goes back to its agent",
    Standing.LANDED: "has landed",
    Standing.REPORTED: "has its report",
    Standing.CLOSED: "was closed",
    Standing.FAILED: "has failed",
    Standing.CANCELLED: "was cancelled",
    Standing.STOPPED: "was stopped with its run",
}
