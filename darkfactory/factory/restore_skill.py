"""Bring a retired skill back into the library of the working tree."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from darkfactory.clock import timestamp
from darkfactory.domain.state import StateFolder
from darkfactory.errors import AnswerNo, FactoryError, UsageError, did_you_mean
from darkfactory.factory.hold_library import library_held
from darkfactory.factory.put_skill import settle
from darkfactory.files import write_atomic
from darkfactory.skills.folder import HISTORY
from darkfactory.skills.library import (
    FOLDER,
    RETIRED,
    SkillInvalid,
    is_retired,
    retired_skills,
    skill_in,
)
from darkfactory.skills.lock import (
    SkillChanged,
    check_locked,
    read_lock,
    read_tombstones,
    write_lock,
)


class NotRetired(UsageError):
    """A name that no retired skill has."""

    code = "skill.not_retired"

    def __init__(self, name: str, known: list[str]) -> None:
        listed = f"use one of: {', '.join(known)}" if known else "`df skills list` shows all skills"
        super().__init__(
            f"there is no retired skill {name!r}", fix=f"{did_you_mean(name, known)}{listed}"
        )


class SkillThere(AnswerNo):
    """A retired skill whose place another one has taken."""

    code = "skill.there"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"skill {name} is not restored: {FOLDER}/{name} is there already",
            fix=f"move it away, or take by hand what you need of {FOLDER}/{RETIRED}/{name}",
        )


def restore_skill(
    root: Path,
    name: str,
    by: str,
    now: datetime,
    *,
    on_wait: Callable[[], None] | None = None,
) -> str:
    """Move the retired skill called *name* back, with a line of its history; return its version.

    Its entry of the lock is as it was. Where that was killed half-way, it can be asked again.

    Raises:
        NotRetired: If there is none of that name.
        SkillThere: If a skill of that name is there already.
        LockInvalid: If the lock file is none.
        LibraryBusy: If another process holds the library for long.
        DiskFull: If there is no room.
    """
    if name in ("", ".", "..") or os.path.basename(name) != name:
        raise NotRetired(name, [skill.name for skill in retired_skills(root)])
    target, source = root / FOLDER / name, root / FOLDER / RETIRED / name
    with library_held(root, on_wait=on_wait) as state:
        settle(state)
        if is_retired(name, root):
            if os.path.lexists(target):
                raise SkillThere(name)
            _tell(source, name, by, now)
            _lock_again(state, name)  # before it is there: it is never there without its entry
            os.rename(source, target)
        elif source.is_dir():
            raise SkillThere(name)
        elif name not in read_tombstones(root) or not target.is_dir():
            raise NotRetired(name, [skill.name for skill in retired_skills(root)])
        else:
            _lock_again(state, name)
    return skill_in(target).version


def doubt_of_restored(root: Path, name: str) -> FactoryError | None:
    """Return why no session gets skill *name* as it came back: somebody has edited it since."""
    try:
        check_locked(skill_in(root / FOLDER / name), read_lock(root))
    except (SkillChanged, SkillInvalid) as error:
        return error
    return None


def _lock_again(state: StateFolder, name: str) -> None:
    root = state.repository
    stones = read_tombstones(root)
    stone = stones.pop(name, None)
    if stone is not None:
        locked = read_lock(root)
        back = {name: stone.was} if stone.was and name not in locked else {}
        write_lock(root, {**locked, **back}, state.lock_draft, stones)


def _tell(folder: Path, name: str, by: str, now: datetime) -> None:
    """Add who brought the skill back, and when, to its HISTORY.jsonl; once."""
    path, version = folder / HISTORY, skill_in(folder).version
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = before.splitlines()
    if lines and '"type": "RESTORE"' in lines[-1]:
        return  # an earlier call was killed behind this
    decision = {"by": by, "at": timestamp(now.timestamp()), "verdict": "accept"}
    told = {"skill": name, "type": "RESTORE", "from": version, "to": version}
    entry = {**told, "decision": decision}
    ended = before if not before or before.endswith("\n") else f"{before}\n"
    write_atomic(path, f"{ended}{json.dumps(entry, ensure_ascii=False)}\n", mode=0o644)
