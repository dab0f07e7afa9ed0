"""What could be swept from the state folder, each thing with the proof that it is ours and idle."""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from darkfactory.domain.state import StateFolder
from darkfactory.files import read_json
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.quarantine import ABOUT
from darkfactory.workspaces.slot import Slot

DAY_SECONDS = 86_400
TRASH_REFS = "refs/df/trash/"
_DRAFT = re.compile(r".*\.\d+-\d+\.tmp|hub\.git\.\d+\.\d+\.new")
_SWEPT_REFS = ("refs/df/wreck", "refs/df/cand")


@dataclass(frozen=True, slots=True)
class GcPolicy:
    """What is old: *days* for what is kept in case, *spare_slots* free workspaces stay per pool.

    *in_use* are sessions and refs that are not swept whatever their age.
    """

    days: float = 14.0
    spare_slots: int = 8
    in_use: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GcItem:
    """One thing to sweep: *name* is a path below the state folder, or a ref.

    *fingerprint* changes when the thing does, so that a plan never applies to something else.
    """

    kind: str
    name: str
    proof: str
    age_seconds: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class GcPlan:
    """What a sweep would do; *id* is a hash over what it names."""

    id: str
    items: tuple[GcItem, ...]

    def body(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {"id": self.id, "items": [asdict(item) for item in self.items]}


def plan_gc(state: StateFolder, hub: Hub, *, now: float, policy: GcPolicy | None = None) -> GcPlan:
    """Return everything that a sweep at *now* would take; changes nothing.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    rules = policy or GcPolicy()
    found = (
        *_idle_slots(state, now, rules),
        *_quarantined(state, now, rules),
        *_homes(state, now, rules),
        *_drafts(state, now),
        *_old_trash(state, now, rules),
        *_old_refs(state, hub, now, rules),
    )
    items = tuple(sorted(found, key=lambda item: (item.kind, item.name)))
    named = json.dumps([(item.kind, item.name, item.fingerprint) for item in items])
    return GcPlan(hashlib.sha256(named.encode()).hexdigest()[:16], items)


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
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _idle_slots(state: StateFolder, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    for pool in pools(state):
        free = [slot for slot in slots(pool) if slot.read().holder is None]
        for slot in free[rules.spare_slots :]:
            facts = slot.read()
            if facts.kept and not is_locked(slot):
                yield _path_item(
                    state,
                    "slot",
                    slot.path,
                    slot.facts_path,
                    f"leased to nobody, its last work ({facts.content or 'none'}) is in the hub",
                    now,
                )


def _quarantined(state: StateFolder, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    for about in state.quarantine.glob(f"*/{ABOUT}"):
        found = read_json(about)
        if (
            isinstance(found, dict)
            and found.get("state") == "done"
            and found.get("session") not in rules.in_use
            and _age(about, now) >= rules.days * DAY_SECONDS
        ):
            proof = f"quarantined of session {found.get('session')}: {found.get('reason')}"
            yield _path_item(state, "quarantine", about.parent, about, proof, now)


def _homes(state: StateFolder, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    for ended in state.sessions.glob("*/exit.json"):
        home = ended.parent / "home"
        if (
            ended.parent.name not in rules.in_use
            and home.is_dir()
            and _age(ended, now) >= rules.days * DAY_SECONDS
        ):
            proof = f"private home of session {ended.parent.name}, which has ended"
            yield _path_item(state, "home", home, ended, proof, now)


def _drafts(state: StateFolder, now: float) -> Iterator[GcItem]:
    """Yield what killed commands left half-written; a day is far beyond any that still lives."""
    roots = [state.root, *state.sessions.glob("*"), *(pool / ".slots" for pool in pools(state))]
    found = [path for root in roots if root.is_dir() for path in root.iterdir()]
    drafts = [path for path in found if _DRAFT.fullmatch(path.name)]
    for aside in (state.root / "aside", *(pool / ".slots" / "aside" for pool in pools(state))):
        drafts.extend(aside.glob("*"))
    for pattern in ("objects/pack/tmp_*", "objects/??/tmp_obj_*", "objects/tmp_objdir*"):
        drafts.extend(state.hub.glob(pattern))
    for path in drafts:
        if _age(path, now) >= DAY_SECONDS:
            yield _path_item(state, "draft", path, path, "left half-written by a dead command", now)


def _old_trash(state: StateFolder, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    for about in (state.root / "trash").glob(f"*/{ABOUT}"):
        if _age(about, now) >= rules.days * DAY_SECONDS:
            proof = "swept by an earlier df gc; is deleted for good"
            yield _path_item(state, "trash", about.parent, about, proof, now)


def _old_refs(state: StateFolder, hub: Hub, now: float, rules: GcPolicy) -> Iterator[GcItem]:
    facts = [slot.read() for pool in pools(state) for slot in slots(pool)]
    owners = [(fact.holder, None if fact.kept else fact.content) for fact in facts]
    busy = rules.in_use | {each for pair in owners for each in pair if each}
    for name, target in hub.refs(*_SWEPT_REFS).items():
        log = hub.path / "logs" / name
        age = _age(log, now) if log.exists() else 0.0
        old = age >= rules.days * DAY_SECONDS
        if old and name not in busy and name.rpartition("/")[2] not in busy:
            proof = f"no workspace is leased to {name.rpartition('/')[2]}, last moved then"
            yield GcItem("ref", name, proof, int(age), target)


def _path_item(
    state: StateFolder, kind: str, path: Path, sign: Path, proof: str, now: float
) -> GcItem:
    """Return the item of *path*, whose state and age *sign* tells."""
    status = os.lstat(sign)
    fingerprint = f"{status.st_dev:x}-{status.st_ino:x}-{status.st_mtime_ns:x}"
    name = str(path.relative_to(state.root))
    return GcItem(kind, name, proof, int(_age(sign, now)), fingerprint)


def _age(path: Path, now: float) -> float:
    return max(0.0, now - os.lstat(path).st_mtime)
