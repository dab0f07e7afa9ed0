"""Let a branch of the user's repository enter as a change: nobody's session made it.

Its facts are measured like those of an agent's work; the harness runs on it before it lands. What
lands is the commit that entered, never a later one of the branch.
"""

from dataclasses import dataclass
from typing import Any

from darkfactory.changes.measure import measure
from darkfactory.domain.change import ChangeState
from darkfactory.domain.state import is_state_path
from darkfactory.errors import AnswerNo
from darkfactory.gate.conflicts import compare
from darkfactory.gate.facts import Work, facts_of
from darkfactory.gate.record import ON_THE_WAY, OPEN, Change
from darkfactory.gate.revisions import keep_revision
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.written import refusal_of

_NO_WAFFLE: dict[str, Any] = {"score": None, "signals": []}
_LONGEST_TITLE = 200
_STANDS = ON_THE_WAY | {ChangeState.WAITING_TASTE, ChangeState.DEFERRED}


class NotTaken(AnswerNo):
    """A branch that cannot be a change; nothing is recorded of it."""

    code = "gate.not_taken"

    def __init__(self, branch: str, why: str, *, fix: str) -> None:
        super().__init__(f"branch {branch!r} is no change: {why}", fix=fix)
        self.branch = branch
        self.why = why


@dataclass(frozen=True, slots=True)
class Entry:
    """The commit *head* of *branch* that *by* offers for an item; the hub has it.

    No *title*: that of the revision before, or the subject of the commit.
    """

    item: str
    branch: str
    head: str
    by: str
    lane: str = ""
    title: str = ""
    done_when: str | None = None
    summary: str = ""
    notes: tuple[str, ...] = ()


def enter(room: GateRoom, entry: Entry) -> tuple[Change, bool]:
    """Record *entry* as a change that waits for a person, or as a new revision of its item's.

    A revision of the same patch keeps its approval. The same head is taken once, and anew after it
    has come back.

    Returns:
        The change, and whether that is new.

    Raises:
        NotTaken: If it brings nothing, or nothing that could land.
        GitFailed: If the hub cannot be read.
    """
    name, is_new = _recorded(room, entry, _measured(room, entry))
    compare(room)  # also where a killed entry has said all but that
    return room.find(name), is_new


def _recorded(room: GateRoom, entry: Entry, work: Work) -> tuple[str, bool]:
    """Record *entry* unless it stands; return the id of its change, and whether it is new."""
    while True:
        known = room.refresh().of_item(entry.item)
        if known is not None and known.head == entry.head and _stands(known):
            return known.id, False
        title = entry.title or (known.title if known else "") or _subject(room, entry.head)
        made = keep_revision(room, entry.item, known, entry.head)
        data = {"change": made.name, "revision": made.number, "head": made.head, "base": work.base}
        data |= {"ref": made.ref, "branch": entry.branch, "by": entry.by}
        data |= {**facts_of(room, work, _NO_WAFFLE), "title": title}
        data |= {"summary": entry.summary, "notes": list(entry.notes)}
        if room.record("change.proposed", data):
            break
    change = room.find(made.name)
    room.say("queued" if change.approval else "waiting", change)
    return change.id, True


def _stands(known: Change) -> bool:
    """Tell whether a change is where the same head would bring it, or an agent's on the way there.

    A killed entry leaves a branch that is not said to wait: the next one says it.
    """
    return known.state in _STANDS or (known.state is ChangeState.CHECKING and not known.branch)


def _measured(room: GateRoom, entry: Entry) -> Work:
    """Return what the branch brings, as the facts are made of."""
    hub, base = room.hub, room.hub.base
    twin = next((one for one in room.refresh() if _is_same(one, entry)), None)
    if twin is not None:
        fix = f"`df gate add {entry.branch} --item {twin.item}` gives that change a new revision"
        raise NotTaken(entry.branch, f"it is at the gate as {twin.id} already", fix=fix)
    tip = hub.commit(hub.base_ref)
    if hub.git("merge-base", entry.head, tip, accept=(0, 1)).status:
        fix = f"rebase it onto {base}, then add it again"
        raise NotTaken(entry.branch, f"it has no history in common with {base}", fix=fix)
    began = hub.began_at(entry.head)
    measured = measure(hub.path, began, entry.head)
    if any(is_state_path(path) for delta in measured.deltas for path in delta.paths):
        fix = "take these files out of its commits, then add it again"
        raise NotTaken(entry.branch, "it writes into .darkfactory/, the factory's folder", fix=fix)
    refused = refusal_of(hub, entry.head, folder=room.state.root)
    if refused:
        fix = "take that path out of its commits, then add it again"
        raise NotTaken(entry.branch, f"nobody could check it out: {refused}", fix=fix)
    if not measured.entries or _is_in_base(room, began, entry.head, tip):
        fix = "commit what is to land, then add it again"
        raise NotTaken(entry.branch, f"it has nothing that {base} lacks", fix=fix)
    return Work(entry.item, entry.lane, entry.title, entry.done_when, began, measured)


def _is_in_base(room: GateRoom, began: str, head: str, tip: str) -> bool:
    merged = room.hub.merge_onto(tip, head, began=began)
    return merged.clean and merged.tree == room.hub.tree(tip)


def _is_same(other: Change, entry: Entry) -> bool:
    """Tell whether *other* is an open change of another item with the same work."""
    same = entry.branch == other.branch or entry.head == other.head
    return same and other.item != entry.item and other.state in OPEN


def _subject(room: GateRoom, head: str) -> str:
    told = room.hub.git("log", "-1", "--no-mailmap", "--encoding=UTF-8", "--format=%s", head)
    return told.stdout.decode("utf-8", "replace").strip()[:_LONGEST_TITLE] or head
