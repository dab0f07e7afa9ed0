"""The hub's refs: read them, and move several in one step or none at all."""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import NotReady
from darkfactory.gitio import GitFailed, git
from darkfactory.gitobjects import COMMAND


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref to move: *new* None deletes it, *old* None says that it must not exist yet."""

    name: str
    new: str | None
    old: str | None


class RefMoved(NotReady):
    """A ref is not where the caller believed it to be; nothing was changed."""

    code = "hub.ref_moved"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"a ref of the hub moved meanwhile: {said}", fix="read the refs anew and decide again"
        )


class HubLocked(NotReady):
    """Another program, alive or dead, holds the lock file of a ref."""

    code = "hub.locked"

    def __init__(self, said: str) -> None:
        super().__init__(
            f"a ref of the hub is locked: {said}",
            fix="wait for the other command; `df gate land` removes the locks of dead ones",
        )


_DEAD_SECONDS = 4.0  # git of ours waits five for a lock file; a transaction takes milliseconds
_MOVED = ("but expected", "already exists", "unable to resolve reference", "is missing but")


def read_refs(git_dir: Path, *prefixes: str) -> dict[str, str]:
    """Return the object of each ref of *git_dir* under one of *prefixes*, by full name.

    Raises:
        GitFailed: If *git_dir* cannot be read.
    """
    answer = git(
        f"--git-dir={git_dir}",
        "for-each-ref",
        "--format=%(objectname) %(refname)",
        *(prefix.rstrip("/") for prefix in prefixes),
    )
    pairs = (line.split(" ", 1) for line in answer.text.splitlines())
    return {name: target for target, name in pairs}


def move_refs(git_dir: Path, updates: Sequence[RefUpdate], message: str) -> None:
    """Apply all *updates* or none; *message* goes to the reflogs.

    Raises:
        RefMoved: If an old value does not hold.
        HubLocked: If a lock file stands in the way for longer than five seconds.
        GitFailed: If git refuses for another reason.
    """
    if not updates:
        return
    script = b"".join(_command(update) for update in updates)
    try:
        git(f"--git-dir={git_dir}", "update-ref", "-m", message, "--stdin", "-z", stdin=script)
    except GitFailed as error:
        if ".lock': File exists" in error.said:
            raise HubLocked(error.said) from error
        if any(words in error.said for words in _MOVED):
            raise RefMoved(error.said) from error
        raise


def _command(update: RefUpdate) -> bytes:
    if update.new is None and update.old is None:
        parts = ("verify", update.name, "")
    elif update.new is None:
        parts = ("delete", update.name, update.old or "")
    elif update.old is None:
        parts = ("create", update.name, update.new)
    else:
        parts = ("update", update.name, f"{update.new}\0{update.old}")
    verb, name, rest = parts
    return f"{verb} {name}\0{rest}\0".encode()


def lock_files(git_dir: Path) -> list[Path]:
    """Return the lock files in *git_dir*, of living git commands and of killed ones.

    Raises:
        OSError: If a folder cannot be read.
    """
    folders = [git_dir, git_dir / "objects" / "info", git_dir / "objects" / "pack"]
    folders += [Path(parent) for parent, _, _ in os.walk(git_dir / "refs")]
    found: list[Path] = []
    for folder in folders:
        with contextlib.suppress(FileNotFoundError):
            names = sorted(os.listdir(folder))
            found += [folder / name for name in names if name.endswith(".lock")]
    return found


def break_dead_locks(git_dir: Path) -> tuple[str, ...]:
    """Remove the lock files in *git_dir* that belong to no living command; return their names.

    They are as old as git waits for one, and no command of ours works on *git_dir* now.

    Raises:
        OSError: If one cannot be removed.
    """
    if _is_worked_on(git_dir):
        return ()
    return break_stale_locks(git_dir, older_than_seconds=_DEAD_SECONDS)


def _is_worked_on(git_dir: Path) -> bool:
    """Whether a git command of ours runs on *git_dir* that may hold locks, whoever started it."""
    import psutil

    named, stays = f"--git-dir={git_dir}", COMMAND[-1]
    lines = (process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"]))
    return any(named in line and stays not in line for line in lines)


def break_stale_locks(git_dir: Path, *, older_than_seconds: float = 0.0) -> tuple[str, ...]:
    """Remove the lock files that killed git commands left in *git_dir*; return their names.

    Only for who knows that no command lives: a lock file of a living one is removed as well.

    Raises:
        OSError: If one cannot be removed.
    """
    limit = time.time() - older_than_seconds
    removed = []
    for path in lock_files(git_dir):
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime <= limit:
                path.unlink()
                removed.append(str(path.relative_to(git_dir)))
    return tuple(removed)
