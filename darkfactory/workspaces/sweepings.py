"""What could be swept from the state folder, each thing with the proof that it is ours and idle."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from darkfactory.domain.state import StateFolder
from darkfactory.files import read_json
from darkfactory.locks import try_lock
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.quarantine import ABOUT
from darkfactory.workspaces.scratch import abandoned
from darkfactory.workspaces.sizes import disk_bytes
from darkfactory.workspaces.slot import Slot

DAY_SECONDS = 86_400
LAB = "lab"
"""The kind of what the evals have left."""
TRASH_REFS = "refs/df/trash/"
_DRAFT = re.compile(r".*\.\d+-\d+\.tmp|hub\.git\.\d+\.\d+\.new")
_SWEPT_REFS = ("refs/df/wreck", "refs/df/cand")


@dataclass(frozen=True, slots=True)
class GcPolicy:
    """What may go, and when.

    What is kept of sessions in case goes after *days*; of *settled* sessions, whose item is over,
    at once. Where all that is kept takes more than *cap_bytes*, the oldest goes before its time:
    first what earlier sweeps took, then what is left of *superseded* sessions, after which another
    one of the same item began. *in_use* are sessions and refs that stay whatever their age and
    size. *spare_slots* free workspaces stay per pool.
    """

    days: float = 14.0
    spare_slots: int = 8
    cap_bytes: int = 2 << 30
    in_use: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    superseded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GcItem:
    """One thing to sweep: *name* is a path below the state folder, or a ref.

    *fingerprint* changes when the thing does, so that a plan never applies to something else.
    *bytes* is what it takes on the disk; of a ref, what no branch of the hub has as well.
    """

    kind: str
    name: str
    proof: str
    age_seconds: int
    fingerprint: str
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class GcPlan:
    """What a sweep would do, the largest things first; *id* is a hash over what it names."""

    id: str
    items: tuple[GcItem, ...]

    @property
    def bytes(self) -> int:
        """What all of it takes on the disk."""
        return sum(item.bytes for item in self.items)

    def body(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        items = [asdict(item) for item in self.items]
        return {"id": self.id, "bytes": self.bytes, "items": items}


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something kept in case: of a *session*, or (None) taken by an earlier sweep."""

    item: GcItem
    session: str | None


def plan_gc(state: StateFolder, hub: Hub, *, now: float, policy: GcPolicy | None = None) -> GcPlan:
    """Return everything that a sweep at *now* would take; changes nothing.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    rules = policy or GcPolicy()
    kept = [*_quarantined(state, now), *_homes(state, now), *_trash(state, now)]
    found = [
        *_idle_slots(state, now, rules),
        *_drafts(state, now),
        *_scratch(state, now),
        *_due(kept, rules),
        *_due_refs(state, hub, now, rules),
    ]
    return plan_of(found)


def plan_of(found: Iterable[GcItem]) -> GcPlan:
    """Return the plan that takes all that was *found*."""
    items = sorted(found, key=lambda item: (-item.bytes, item.kind, item.name))
    named = json.dumps(sorted((item.kind, item.name, item.fingerprint) for item in items))
    return GcPlan(hashlib.sha256(named.encode()).hexdigest()[:16], tuple(items))


def pools(state: StateFolder) -> list[Path]:
    """Return the folders of all pools there are."""
    return sorted(path.parent for path in (state.root / "workspaces").glob("*/.slots"))


def slots(pool: Path) -> list[Slot]:
    """Return the slots of *pool* that have facts, lowest number first."""
    names = [path.stem for path in (pool / ".slots").glob("[0-9]*.json")]
    return [Slot(pool, name) for name in sorted(names, key=lambda name: (len(name), name))]


def is_locked(slot: Slot) -> bool:
    """Whether somebody works on *slot* right now."""
    try:
        descriptor = os.open(slot.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return True
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def _idle_slots(state: StateFolder, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    for pool in pools(state):
        free = [slot for slot in slots(pool) if slot.read().holder is None]
        for slot in free[rules.spare_slots :]:
            facts = slot.read()
            if facts.kept and not is_locked(slot):
                yield path_item(
                    state,
                    "slot",
                    slot.path,
                    slot.facts_path,
                    f"leased to nobody, its last work ({facts.content or 'none'}) is in the hub",
                    now,
                )


def _due(kept: Iterable[_Kept], rules: GcPolicy) -> Iterator[GcItem]:
    """Yield what is due of *kept*: by its session or age, or because there is too much of it."""
    waiting = []
    too_much = -rules.cap_bytes
    for each in kept:
        item = _due_by_itself(each, rules)
        if item is not None:
            yield item
            continue
        too_much += each.item.bytes
        if each.session is None or each.session in rules.superseded - rules.in_use:
            waiting.append(each)
    for each in sorted(waiting, key=lambda one: (one.session is not None, -one.item.age_seconds)):
        if too_much <= 0:
            return
        too_much -= each.item.bytes
        yield _because(each.item, "all that is kept takes more than its cap")


def _due_by_itself(kept: _Kept, rules: GcPolicy) -> GcItem | None:
    """Return the item of *kept* if its time has come, whatever else there is."""
    if kept.session in rules.in_use:
        return None
    if kept.session in rules.settled:
        return _because(kept.item, "its item is over")
    return kept.item if kept.item.age_seconds >= rules.days * DAY_SECONDS else None


def _because(item: GcItem, reason: str) -> GcItem:
    return replace(item, proof=f"{item.proof}; {reason}")


def _quarantined(state: StateFolder, now: float) -> Iterator[_Kept]:
    for about in state.quarantine.glob(f"*/{ABOUT}"):
        found = read_json(about)
        if isinstance(found, dict) and found.get("state") == "done":
            session = str(found.get("session"))
            proof = f"quarantined of session {session}: {found.get('reason')}"
            yield _Kept(path_item(state, "quarantine", about.parent, about, proof, now), session)


def _homes(state: StateFolder, now: float) -> Iterator[_Kept]:
    for ended in state.sessions.glob("*/exit.json"):
        home, session = ended.parent / "home", ended.parent.name
        if home.is_dir():
            proof = f"private home of session {session}, which has ended"
            yield _Kept(path_item(state, "home", home, ended, proof, now), session)


def _trash(state: StateFolder, now: float) -> Iterator[_Kept]:
    for about in (state.root / "trash").glob(f"*/{ABOUT}"):
        proof = "swept by an earlier df gc; is deleted for good"
        yield _Kept(path_item(state, "trash", about.parent, about, proof, now), None)


def _drafts(state: StateFolder, now: float) -> Iterator[GcItem]:
    """Yield what killed commands left half-written; a day is far beyond any that still lives."""
    roots = [state.root, *state.sessions.glob("*"), *(pool / ".slots" for pool in pools(state))]
    found = [path for root in roots if root.is_dir() for path in root.iterdir()]
    drafts = [path for path in found if _DRAFT.fullmatch(path.name)]
    for aside in (state.root / "aside", *(pool / ".slots" / "aside" for pool in pools(state))):
        drafts.extend(aside.glob("*"))
    swept = (state.root / "trash").glob("*")
    drafts.extend(path for path in swept if not (path / ABOUT).exists())
    for pattern in ("objects/pack/tmp_*", "objects/??/tmp_obj_*", "objects/tmp_objdir*"):
        drafts.extend(state.hub.glob(pattern))
    for path in drafts:
        if _age(path, now) >= DAY_SECONDS:
            yield path_item(state, "draft", path, path, "left half-written by a dead command", now)


def _scratch(state: StateFolder, now: float) -> Iterator[GcItem]:
    proof = "left by a harness run that was killed; nobody holds it"
    for path in abandoned(state):
        yield path_item(state, "draft", path, path, proof, now)


def _due_refs(state: StateFolder, hub: Hub, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    facts = [slot.read() for pool in pools(state) for slot in slots(pool)]
    owners = [(fact.holder, None if fact.kept else fact.content) for fact in facts]
    busy = rules.in_use | {each for pair in owners for each in pair if each}
    for name, target in hub.refs(*_SWEPT_REFS).items():
        session = name.rpartition("/")[2]
        if name in busy or session in busy:
            continue
        log = hub.path / "logs" / name
        age = int(_age(log, now)) if log.exists() else 0
        proof = f"no workspace is leased to {session}, last moved then"
        due = _due_by_itself(_Kept(GcItem("ref", name, proof, age, target), session), rules)
        if due is not None:
            yield replace(due, bytes=hub.disk_bytes(target))


def path_item(
    state: StateFolder, kind: str, path: Path, sign: Path, proof: str, now: float
) -> GcItem:
    """Return the item of *path* below *state*; the file or folder *sign* tells its age."""
    status = os.lstat(sign)
    fingerprint = f"{status.st_dev:x}-{status.st_ino:x}-{status.st_mtime_ns:x}"
    name = str(path.relative_to(state.root))
    return GcItem(kind, name, proof, int(_age(sign, now)), fingerprint, disk_bytes(path))


def _age(path: Path, now: float) -> float:
    return max(0.0, now - os.lstat(path).st_mtime)
