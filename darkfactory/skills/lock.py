"""``skills/skills.lock.json``: which content of a skill a person agreed to, and where it is from.

A skill without an entry is the project's own and may change freely. One with an entry goes into a
session only as it was agreed to.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from darkfactory.domain.skill import Skill
from darkfactory.errors import UsageError
from darkfactory.files import write_atomic
from darkfactory.skills import sidecar
from darkfactory.skills.library import FOLDER
from darkfactory.skills.reading import read_plain
from darkfactory.skills.snapshot import content_hash

FILE = f"{FOLDER}/skills.lock.json"
_VERSION = 1
_MOST_BYTES = 4 * 1024 * 1024


class LockInvalid(UsageError):
    """The lock file cannot be read."""

    code = "skill.lock"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{FILE} {why}", fix="take it back from git, or remove it and lock the skills anew"
        )


class SkillChanged(UsageError):
    """A skill that is not what a person has agreed to."""

    code = "skill.differs"

    def __init__(self, name: str, what: str, by: str) -> None:
        super().__init__(
            f"skill {name}: {what} is not what {by or 'a person'} agreed to in {FILE}",
            fix=f"look at it (`git diff {FOLDER}/{name}`), then `df skills lock {name}`",
        )


@dataclass(frozen=True, slots=True)
class Locked:
    """What was agreed to. *sha256* is the content that sessions get, *sidecar* that of df.yaml.

    *source* and *commit* tell where it came from; empty for a folder without history.
    """

    name: str
    version: str
    sha256: str
    sidecar: str = ""
    source: str = ""
    commit: str = ""
    licence: str = ""
    reviewed_by: str = ""
    reviewed_at: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a retired skill in the lock. *sha256* is of what sessions got.

    *was* is the entry that it had, None where it was not locked.
    """

    version: str
    sha256: str
    reason: str
    by: str
    at: str
    was: Locked | None = None


def read_lock(root: Path) -> dict[str, Locked]:
    """Return the entries of the lock file of the repository at *root*; none where there is none.

    Raises:
        LockInvalid: If it is not what we write.
    """
    return _read(root)[0]


def read_tombstones(root: Path) -> dict[str, Tombstone]:
    """Return what the lock file of the repository at *root* keeps of retired skills, by name.

    Raises:
        LockInvalid: If it is not what we write.
    """
    return _read(root)[1]


def _read(root: Path) -> tuple[dict[str, Locked], dict[str, Tombstone]]:
    try:
        body = json.loads(read_plain(os.fspath(root / FILE), _MOST_BYTES))
        if body["version"] != _VERSION:
            raise LockInvalid("was written by another release")
        locked = {name: lock_entry(name, entry) for name, entry in body["skills"].items()}
        left = body.get("retired", {})
        return locked, {name: _tombstone(name, stone) for name, stone in left.items()}
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise LockInvalid(f"cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise LockInvalid("is not a lock file") from error


def write_lock(
    root: Path,
    locked: Mapping[str, Locked],
    draft: Path,
    tombstones: Mapping[str, Tombstone] | None = None,
) -> None:
    """Replace the lock file of the repository at *root*, whole or not at all.

    Who has read it to change it holds the library from before the reading on.

    Args:
        root: The repository.
        locked: Its entries.
        draft: Where it is written first: on the same disk, and where git does not see what a
            killed command leaves.
        tombstones: Those of retired skills; None keeps the ones that are there.

    Raises:
        LockInvalid: If the file that is there is not what we write.
        DiskFull: If there is no room.
    """
    stones = read_tombstones(root) if tombstones is None else tombstones
    entries = {name: _written(locked[name]) for name in sorted(locked)}
    body: dict[str, Any] = {"version": _VERSION, "skills": entries}
    if stones:
        body["retired"] = {
            name: {**asdict(one), "was": _written(one.was) if one.was else None}
            for name, one in sorted(stones.items())
        }
    write_atomic(draft, json.dumps(body, indent=2, ensure_ascii=False) + "\n", mode=0o644)
    os.replace(draft, root / FILE)


def check_locked(skill: Skill, locked: Mapping[str, Locked]) -> None:
    """Hold *skill* against its entry, if it has one.

    Raises:
        SkillChanged: If its content or its df.yaml is another.
        SkillInvalid: If the skill may not go into a session at all.
    """
    entry = locked.get(skill.name)
    if entry is None:
        return
    if content_hash(skill) != entry.sha256:
        raise SkillChanged(skill.name, "its content", entry.reviewed_by)
    if sidecar_hash(skill.path) != entry.sidecar:
        raise SkillChanged(skill.name, sidecar.FILE, entry.reviewed_by)


def sidecar_hash(folder: Path) -> str:
    """Return the hash of the df.yaml in *folder*: its rules go into prompts; empty without one."""
    try:
        raw = read_plain(os.fspath(folder / sidecar.FILE), _MOST_BYTES)
    except OSError:  # none, or none that anybody reads
        return ""
    return hashlib.sha256(raw).hexdigest()


def lock_entry(name: str, entry: Mapping[str, Any]) -> Locked:
    """Return the entry of the skill called *name* from its JSON; keys that we do not know go.

    Raises:
        TypeError: If a value is no text, or one is missing.
    """
    known = {field.name for field in fields(Locked)} - {"name"}
    values = {key: value for key, value in entry.items() if key in known}
    if not all(isinstance(value, str) for value in values.values()):
        raise TypeError(name)
    return Locked(name=name, **values)


def _written(entry: Locked) -> dict[str, Any]:
    return {key: value for key, value in asdict(entry).items() if key != "name"}


def _tombstone(name: str, stone: Mapping[str, Any]) -> Tombstone:
    known = {field.name for field in fields(Tombstone)} - {"was"}
    values = {key: value for key, value in stone.items() if key in known}
    if not all(isinstance(value, str) for value in values.values()):
        raise TypeError(name)
    was = stone.get("was")
    return Tombstone(**values, was=None if was is None else lock_entry(name, was))
