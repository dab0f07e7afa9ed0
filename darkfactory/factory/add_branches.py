"""Bring branches of the user's repository to the gate, whoever or whatever made them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.item import PlannedItem
from darkfactory.errors import UsageError, did_you_mean
from darkfactory.factory.line import Line
from darkfactory.factory.show_gate import gate_rows
from darkfactory.gate.enter import Entry, NotTaken, enter
from darkfactory.gate.record import ON_THE_WAY, Change
from darkfactory.workspaces.base import UserTip, read_branches

_LONGEST_NAME = 255


class UnknownBranch(UsageError):
    """A name that no branch of the user's repository has."""

    code = "branch.unknown"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no branch {name!r} in this repository",
            fix=f"{did_you_mean(name, known)}`git branch --all` lists them",
        )


class BranchIsBase(UsageError):
    """The branch that changes land on is no change itself."""

    code = "branch.base"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is the branch that changes land on",
            fix="make a branch of your commits: git branch NAME, then df gate add NAME",
        )


class OneItem(UsageError):
    """Several branches are to be one change, or to have one title."""

    code = "gate.one_item"

    def __init__(self, option: str) -> None:
        super().__init__(
            f"{option} is of one change, and several branches are named",
            fix="add the branches one by one",
        )


class BadItemName(UsageError):
    """A text that cannot name an item."""

    code = "item.name"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r:.300} cannot name an item",
            fix=f"give up to {_LONGEST_NAME} printable characters: --item ID",
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One branch as it is now, and the item it is for."""

    branch: str
    tip: UserTip
    item: str


def add_branches(
    line: Line,
    branches: Sequence[str],
    *,
    by: str,
    item: str | None = None,
    title: str | None = None,
    tell: Callable[[Change | NotTaken], None] = lambda _: None,
) -> dict[str, Any]:
    """Let *branches* enter as changes that wait for a person; no harness runs.

    Args:
        item: What the change is for; the branch's name if None.
        title: What it is called; the item's title or the subject of its last commit if None.
        tell: Is given what became of a branch as soon as it is so.

    Returns:
        The changes as the list shows them, the branches refused, and what else is to be known.

    Raises:
        UnknownBranch: If one does not exist; then none enters.
        BranchIsBase: If one is the base; then none enters.
        OneItem: If *item* or *title* is given for several; then none enters.
        BadItemName: If that cannot name an item; then none enters.
    """
    wanted = list(_wanted(line, list(dict.fromkeys(branches)), item, title))
    line.hub.sync_base()
    line.hub.fetch({one.branch: one.tip for one in wanted})
    room = line.gate()
    entered: list[str] = []
    refused: list[dict[str, str]] = []
    warnings: list[str] = []
    for one in wanted:
        before = room.refresh().of_item(one.item)
        try:
            change, is_new = enter(room, _entry(line, one, by=by, title=title or ""))
        except NotTaken as error:
            refused.append({"branch": one.branch, "reason": error.why, "fix": error.fix})
            tell(error)
            continue
        tell(change)
        entered.append(change.id)
        warnings += _said(line, change, before if is_new else change)
    rows = [row for row in gate_rows(line) if row["id"] in entered]
    return {"changes": rows, "refused": refused, "warnings": warnings}


def _wanted(
    line: Line, branches: Sequence[str], item: str | None, title: str | None
) -> Iterator[_Wanted]:
    """Yield what is to enter, once all of it can be."""
    for option, value in (("--item", item), ("--title", title)):
        if value is not None and len(branches) > 1:
            raise OneItem(option)
    known, base = read_branches(line.state.repository), line.base()
    for name in branches:
        if name == base:
            raise BranchIsBase(name)
        if name not in known:
            raise UnknownBranch(name, [one for one in known if one != base])
        for text in (name, item if item is not None else name):
            if not (text.strip() and text.isprintable() and len(text) <= _LONGEST_NAME):
                raise BadItemName(text)
    yield from (_Wanted(name, known[name], name if item is None else item) for name in branches)


def _entry(line: Line, wanted: _Wanted, *, by: str, title: str) -> Entry:
    entry = Entry(wanted.item, wanted.branch, wanted.tip.commit, by, title=title)
    planned = _planned(line, wanted.item)
    if planned is None:
        known = line.record.changes.of_item(wanted.item)
        return replace(entry, lane=known.lane) if known else entry
    asked = planned.item
    return replace(entry, lane=planned.lane, title=title or asked.title, done_when=asked.done_when)


def _planned(line: Line, item: str) -> PlannedItem | None:
    plan = line.record.plan
    return next((row for row in (plan.plan.items if plan else ()) if row.item.id == item), None)


def _said(line: Line, change: Change, before: Change | None) -> Iterator[str]:
    """Yield what else is to be known of *change*, whose item had the change *before*."""
    if before is change:
        yield f"{change.id} is at that commit already: nothing has changed"
    elif before is not None and before.state in ON_THE_WAY and not change.approval:
        yield f"{change.id} was approved as it was: it waits for a verdict on its new revision"
    elif before is not None and before.state is ChangeState.REWORK:
        yield f"{before.by} asked before: {before.text}"
    line.record.refresh()
    for row in line.record.sessions_of(change.item):
        if row.outcome is None:
            yield f"{row.id} works on {change.item}: what it leaves is a newer revision than yours"
