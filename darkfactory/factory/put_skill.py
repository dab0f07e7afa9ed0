"""Put a skill into the library: whoever is killed on the way leaves the old one or the new one.

What a person has agreed to is laid out in the state folder, where git does not see it, and noted
there once it is whole. From the note on it is taken over, by us or by the next command that looks
at the library. The entry of the lock comes first: no skill of others is ever there without one.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.errors import DiskFull
from darkfactory.factory.hold_library import library_held
from darkfactory.files import is_disk_full, read_json, write_json
from darkfactory.skills.folder import MOST_BYTES, skill_files
from darkfactory.skills.library import FOLDER
from darkfactory.skills.lock import Locked, lock_entry, read_lock, write_lock
from darkfactory.skills.reading import read_plain
from darkfactory.workspaces.removal import discard


@dataclass(frozen=True, slots=True)
class _Note:
    """What is being put into the library, and the print of what it replaces (empty: nothing)."""

    entry: Locked
    before: str


def put_skill(state: StateFolder, folder: Path, entry: Locked, before: str) -> None:
    """Put the skill in *folder* into the library and lock it as *entry* says.

    Nothing happens if the library has another skill there by now than the one of the print
    *before*. The caller holds the library.

    Raises:
        LockInvalid: If the lock file cannot be read.
        DiskFull: If there is no room; the library is as it was.
    """
    _forget(state)
    try:
        shutil.copytree(folder, _new(state))
        body = {"name": entry.name, "entry": asdict(entry), "before": before}
        write_json(_note(state), body)
        settle(state)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(state.taking) from error
        raise
    finally:
        _forget(state)


def settle(state: StateFolder) -> None:
    """Bring a skill that was noted into the library; what was not, goes. The caller holds it.

    Raises:
        LockInvalid: If the lock file cannot be read.
        DiskFull: If there is no room.
    """
    note = _read_note(state)
    if note is not None and _new(state).is_dir():
        shelf = state.repository / FOLDER
        target = shelf / note.entry.name
        if _is_as_before(state, target, note.before):
            shelf.mkdir(exist_ok=True)
            locked = read_lock(state.repository)
            locked[note.entry.name] = note.entry
            write_lock(state.repository, locked, state.lock_draft)
            _exchange(state, target)
    _forget(state)


def settle_library(root: Path, *, on_wait: Callable[[], None] | None = None) -> None:
    """Finish what a killed ``df skills add`` has left in the repository at *root*, if there is any.

    Raises:
        LibraryBusy: If another process holds the library for long.
        LockInvalid: If the lock file cannot be read.
        DiskFull: If there is no room.
    """
    if os.path.lexists(StateFolder(root / ".darkfactory").taking):
        with library_held(root, on_wait=on_wait) as state:
            settle(state)


def print_of(folder: Path) -> str:
    """Return a hash of all that lies in the skill in *folder*; empty where there is nothing."""
    if not os.path.lexists(folder):
        return ""
    files, odd = skill_files(folder, whole=True)
    told = [
        (file.name, file.executable, file.size, hashlib.sha256(content).hexdigest())
        for file, content in ((file, _content(file.source, file.size)) for file in files)
    ]
    return hashlib.sha256(repr((folder.is_symlink(), told, odd)).encode()).hexdigest()


def _content(path: str, size: int) -> bytes:
    return read_plain(path, MOST_BYTES) if size <= MOST_BYTES else b""


def _is_as_before(state: StateFolder, target: Path, before: str) -> bool:
    found = print_of(target)
    return found == before or (not found and os.path.lexists(_old(state)))


def _exchange(state: StateFolder, target: Path) -> None:
    if os.path.lexists(target):
        discard(os.fspath(_old(state)), os.fspath(state.root / "trash"))
        os.rename(target, _old(state))
    os.rename(_new(state), target)


def _forget(state: StateFolder) -> None:
    discard(os.fspath(state.taking), os.fspath(state.root / "trash"))


def _read_note(state: StateFolder) -> _Note | None:
    body = read_json(_note(state))
    if body is None:
        return None
    try:
        return _Note(lock_entry(body["name"], body["entry"]), body["before"])
    except (LookupError, TypeError, AttributeError):  # of another release
        return None


def _note(state: StateFolder) -> Path:
    return state.taking / "note.json"


def _new(state: StateFolder) -> Path:
    return state.taking / "new"


def _old(state: StateFolder) -> Path:
    return state.taking / "old"
