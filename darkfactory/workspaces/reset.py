"""Make a slot a clean checkout of one commit, whatever its last holder left there."""

import os
from collections.abc import Sequence
from pathlib import Path

from darkfactory.gitio import GitFailed, git
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.keep import Keep
from darkfactory.workspaces.laying import exclude_lines, lay_clone, lay_private, lay_worktree
from darkfactory.workspaces.removal import discard
from darkfactory.workspaces.slot import Slot
from darkfactory.workspaces.sweep import remove_all, strangers
from darkfactory.workspaces.tracked import read_index

# A reset that takes longer than this was given something to hang on; the slot is then laid anew.
PATIENCE_SECONDS = 120
CHECKOUT_SECONDS = 3600


def reset(
    slot: Slot,
    hub: Hub,
    commit: str,
    *,
    keep: Keep,
    exclude: Sequence[str],
    shared: Path | None,
    lender: Path | None,
    lock: int,
) -> None:
    """Make *slot* a clean checkout of *commit*; *shared* is given for worktrees.

    A clone borrows the objects of *lender*; None: of the hub.

    The caller holds the slot's *lock*.

    The agent's git folder is thrown away whole, files are compared with our own index, and git runs
    with our own git folder only. Where the quick way fails the workspace is laid anew from nothing.

    Raises:
        UnknownRevision: If the hub has no such commit.
        GitFailed: If git cannot write the files.
        OSError: If the old workspace cannot even be moved out of the way.
    """
    lay_private(slot, hub, commit)
    try:
        _reset_files(slot, hub, commit, keep, lock)
    except (GitFailed, OSError, ValueError):
        hub.commit(commit)
        _start_over(slot)
        _checkout(slot, commit, CHECKOUT_SECONDS, lock)
    lines = exclude_lines(exclude)
    if shared is None:
        lay_clone(slot, hub, commit, lines, lender=lender)
    else:
        lay_worktree(slot, shared, hub, commit, lines)


def _reset_files(slot: Slot, hub: Hub, commit: str, keep: Keep, lock: int) -> None:
    root = os.fsencode(slot.path)
    if slot.path.is_symlink() or not slot.path.is_dir():
        raise NotADirectoryError(slot.path)
    tracked = read_index(slot.private / "index", hub.object_format)
    found = strangers(root, tracked, keep)
    remove_all(root, found.strange, str(slot.aside))
    _checkout(slot, commit, PATIENCE_SECONDS if tracked.files else CHECKOUT_SECONDS, lock)
    if found.kept:
        remove_all(root, _not_ignored(slot, found.kept), str(slot.aside))


def _start_over(slot: Slot) -> None:
    if os.path.lexists(slot.path):
        discard(str(slot.path), str(slot.aside))
    (slot.private / "index").unlink(missing_ok=True)
    for lock in slot.private.glob("*.lock"):
        lock.unlink()
    slot.path.mkdir()


def _checkout(slot: Slot, commit: str, seconds: float, lock: int) -> None:
    git(
        *_on(slot),
        *("checkout", "--force", "--detach", "--quiet", commit),
        cwd=slot.path,
        timeout_seconds=seconds,
        holding=(lock,),
    )


def _not_ignored(slot: Slot, paths: Sequence[bytes]) -> list[bytes]:
    """Return those of *paths* that the checked-out ignore rules do not cover."""
    asked = b"".join(b"./" + path + b"\0" for path in paths)
    answer = git(
        *_on(slot),
        *("check-ignore", "--stdin", "-z"),
        cwd=slot.path,
        stdin=asked,
        accept=(0, 1),
        timeout_seconds=PATIENCE_SECONDS,
    )
    ignored = set(answer.stdout.split(b"\0"))
    return [path for path in paths if b"./" + path not in ignored]


def _on(slot: Slot) -> tuple[str, str]:
    return f"--git-dir={slot.private}", f"--work-tree={slot.path}"
