"""Sweep what is idle and old: into a trash folder first, from which the last sweep comes back."""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from darkfactory.domain.state import StateFolder
from darkfactory.files import read_json, write_atomic
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.quarantine import ABOUT
from darkfactory.workspaces.refs import RefUpdate
from darkfactory.workspaces.removal import move_folder, remove_tree
from darkfactory.workspaces.slot import Slot, locked
from darkfactory.workspaces.sweepings import (
    LAB,
    TRASH_REFS,
    GcItem,
    GcPlan,
    GcPolicy,
    plan_gc,
    pools,
    slots,
)
from darkfactory.workspaces.upkeep import drop_unreachable, maintain

FOR_GOOD = frozenset({"trash", "draft", LAB})
"""Kinds of things that are deleted: nobody can want them back."""
_FRESH_SECONDS = 3600  # objects that a living command may be about to refer to


@dataclass(frozen=True, slots=True)
class GcDone:
    """What a sweep, or its undoing, did; *left* are things it did not touch, and why."""

    id: str
    done: tuple[GcItem, ...]
    left: tuple[tuple[str, str], ...]

    def body(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return asdict(self)


def apply_gc(
    state: StateFolder, hub: Hub, plan: GcPlan, *, now: float, policy: GcPolicy | None = None
) -> GcDone:
    """Move what *plan* names to the trash, if it is still as the plan says; record it there.

    First what nobody can want back is deleted for good, which makes room: drafts of dead commands,
    and the trash of earlier sweeps. With no workspace leased the hub drops the objects of that
    trash as well. For who holds the factory's lock.

    Raises:
        DiskFull: If there is no room for the record; nothing was moved then.
        OSError: If something cannot be moved; the record names everything that may have been.
    """
    rules = policy or GcPolicy()
    valid = set(_keys(plan_gc(state, hub, now=now, policy=rules).items))
    items = [item for item, key in zip(plan.items, _keys(plan.items), strict=True) if key in valid]
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
    trash = state.root / "trash" / f"{stamp}-{plan.id}"
    left = [(item.name, "changed since the plan") for item in plan.items if item not in items]
    if not items:
        return GcDone(trash.name, (), tuple(left))
    deleted = [item for item in items if item.kind in FOR_GOOD]
    for item in deleted:
        _delete(state, hub, item)
    moving = [item for item in items if item.kind not in FOR_GOOD]
    if moving:
        trash.mkdir(parents=True, exist_ok=True)
        _record(trash, moving)
    moved = [item for item in moving if item.kind == "ref" or _sweep(state, item, trash)]
    _move_refs(hub, [item for item in moving if item.kind == "ref"], trash.name)
    done = [*deleted, *moved]
    left += [(item.name, "in use meanwhile") for item in items if item not in done]
    _tidy(state, hub, done, now)
    return GcDone(trash.name, tuple(done), tuple(left))


def undo_gc(state: StateFolder, hub: Hub) -> GcDone | None:
    """Bring back what the last sweep took; None if there is none to undo.

    What has no place any more (a slot of that number is there again) stays in the trash.

    Raises:
        OSError: If something cannot be moved back; a second call goes on.
        GitFailed: If the hub cannot be used.
    """
    recorded = sorted((state.root / "trash").glob(f"*/{ABOUT}"))
    if not recorded:
        return None
    trash = recorded[-1].parent
    items = [GcItem(**item) for item in read_json(recorded[-1])["items"]]
    back = [item for item in items if item.kind != "ref"]
    done = [item for item in back if _bring_back(state, item, trash)]
    refs = _bring_refs_back(hub, [item for item in items if item.kind == "ref"], trash.name)
    left = tuple((item.name, "its place is taken") for item in back if item not in done)
    if not left:
        remove_tree(str(trash), str(state.root / "trash"))
    return GcDone(trash.name, (*done, *refs), left)


def _keys(items: Sequence[GcItem]) -> Iterator[tuple[str, str, str]]:
    return ((item.kind, item.name, item.fingerprint) for item in items)


def _record(trash: Path, items: Sequence[GcItem]) -> None:
    body = {"version": 1, "items": [asdict(item) for item in items]}
    write_atomic(trash / ABOUT, json.dumps(body, indent=1) + "\n", durable=True)


def _delete(state: StateFolder, hub: Hub, item: GcItem) -> None:
    path = state.root / item.name
    with contextlib.suppress(FileNotFoundError):  # a draft that was in the trash, or in a draft
        remove_tree(str(path), str(state.root / "trash"))
    if item.kind == "trash":
        gone = hub.refs(f"{TRASH_REFS}{path.name}")
        hub.update_refs([RefUpdate(name, None, old) for name, old in gone.items()], message="gc")


def _sweep(state: StateFolder, item: GcItem, trash: Path) -> bool:
    """Move *item* to the *trash*; False if it came into use meanwhile."""
    path = state.root / item.name
    if item.kind != "slot":
        _move(path, trash / "files" / item.name)
        return True
    slot = Slot(path.parent, path.name)
    with locked(slot.pool / ".slots" / "lock"), slot.locked():
        if slot.read().holder is not None:
            return False
        for part in _parts(slot):
            if os.path.lexists(part):
                _move(part, trash / "files" / part.relative_to(state.root))
    return True


def _parts(slot: Slot) -> tuple[Path, ...]:
    """Return the places of a slot; its facts last, so that a killed move is seen to go on."""
    return slot.path, slot.private, slot.facts_path


def _move_refs(hub: Hub, items: Sequence[GcItem], sweep: str) -> None:
    updates = []
    for item in items:
        kept = f"{TRASH_REFS}{sweep}/{item.name.removeprefix('refs/')}"
        updates.append(RefUpdate(kept, item.fingerprint, None))
        updates.append(RefUpdate(item.name, None, item.fingerprint))
    hub.update_refs(updates, message="gc")


def _bring_back(state: StateFolder, item: GcItem, trash: Path) -> bool:
    path = state.root / item.name
    if item.kind != "slot":
        return _return(trash / "files" / item.name, path)
    slot = Slot(path.parent, path.name)
    with locked(slot.pool / ".slots" / "lock"):
        if slot.facts_path.exists():
            return False
        parts = [(trash / "files" / part.relative_to(state.root), part) for part in _parts(slot)]
        returned = [_return(source, part) for source, part in parts]
        return all(returned)


def _return(source: Path, path: Path) -> bool:
    """Move *source* back to *path*; True also if it was back already."""
    if not os.path.lexists(source):
        return True
    if os.path.lexists(path):
        return False
    _move(source, path)
    return True


def _bring_refs_back(hub: Hub, items: Sequence[GcItem], sweep: str) -> list[GcItem]:
    trashed = hub.refs(f"{TRASH_REFS}{sweep}")
    present = hub.refs("refs/df")
    updates, back = [], []
    for item in items:
        kept = f"{TRASH_REFS}{sweep}/{item.name.removeprefix('refs/')}"
        if kept in trashed and item.name not in present:
            updates.append(RefUpdate(item.name, trashed[kept], None))
            updates.append(RefUpdate(kept, None, trashed[kept]))
            back.append(item)
    hub.update_refs(updates, message="gc undone")
    return back


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        move_folder(str(source), str(target))
    else:
        with contextlib.suppress(FileNotFoundError):
            os.rename(source, target)


def _tidy(state: StateFolder, hub: Hub, done: Sequence[GcItem], now: float) -> None:
    """Join the hub's packs; drop the objects that went with trash, unless one may still be lent."""
    maintain(hub)
    leased = any(slot.read().holder for pool in pools(state) for slot in slots(pool))
    if not leased and any(item.kind == "trash" for item in done):
        drop_unreachable(hub, int(now - _FRESH_SECONDS))
