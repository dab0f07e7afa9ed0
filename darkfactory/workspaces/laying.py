"""Lay a fresh git folder into a workspace: plain files, no git process, nothing of the old one."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from darkfactory.files import write_atomic
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.removal import remove_tree
from darkfactory.workspaces.slot import Slot, locked

_IDENTITY = """
[user]
	name = Dark Factory agent
	email = agent@localhost
[gc]
	auto = 0
[index]
	version = 2
"""
_PRIVATE = """
[core]
	logAllRefUpdates = false
[index]
	version = 2
"""


def lay_private(slot: Slot, hub: Hub, commit: str) -> None:
    """Make sure of our own git folder for *slot*, with which checkouts are made.

    Raises:
        OSError: If the disk refuses.
    """
    folder = slot.private
    if not (folder / "HEAD").exists():
        _lay_repository(folder, hub)
        (folder / "config").write_text(_template(hub) + _PRIVATE, encoding="utf-8")
        write_atomic(folder / "HEAD", f"{commit}\n")
    else:
        for left in folder.glob("*.lock"):
            left.unlink()
        for left in folder.glob("snapshot-*"):
            remove_tree(str(left), str(slot.aside))
        _write_alternates(folder, hub)


def lay_clone(
    slot: Slot, hub: Hub, commit: str, exclude: str, *, lender: Path | None = None
) -> None:
    """Give *slot* a ``.git`` of its own that borrows the objects of *lender*; None: of the hub.

    Refs, stash, configuration and index are the agent's own; the branch of the base is known,
    nothing is checked out but *commit*.

    Raises:
        OSError: If the disk refuses.
    """
    folder = slot.path / ".git"
    _lay_repository(folder, hub, lender)
    (folder / "info").mkdir()
    (folder / "info" / "exclude").write_text(exclude, encoding="utf-8", errors="surrogateescape")
    (folder / "config").write_text(agent_config(hub), encoding="utf-8")
    packed = f"# pack-refs with: peeled fully-peeled sorted \n{commit} {hub.base_ref}\n"
    (folder / "packed-refs").write_text(packed, encoding="utf-8")
    _lay_head(slot, folder, commit)


def lay_worktree(slot: Slot, shared: Path, hub: Hub, commit: str, exclude: str) -> None:
    """Give *slot* a ``.git`` file into *shared*, the repository of all worktrees of the pool.

    Written by hand instead of ``git worktree add``, which fails when several run at once and would
    run with the configuration that agents can write. What agents share there stays as it is; its
    configuration is laid anew.

    Raises:
        OSError: If the disk refuses.
    """
    with locked(slot.pool / ".slots" / "store.lock"):
        _lay_shared(shared, hub, commit, exclude)
    folder = _real_folder(shared / "worktrees") / slot.name
    if os.path.lexists(folder):
        remove_tree(str(folder), str(slot.aside))
    folder.mkdir()
    (folder / "commondir").write_text("../..\n", encoding="utf-8")
    (folder / "gitdir").write_text(f"{slot.path}/.git\n", encoding="utf-8")
    _lay_head(slot, folder, commit)
    (slot.path / ".git").write_text(f"gitdir: {folder}\n", encoding="utf-8")


def _lay_shared(shared: Path, hub: Hub, commit: str, exclude: str) -> None:
    for name in ("", "objects", "objects/info", "refs", "refs/heads", "info", "worktrees"):
        _real_folder(shared / name)
    if not (shared / "HEAD").exists():
        _lay_repository(shared, hub)
        write_atomic(shared / "HEAD", f"ref: {hub.base_ref}\n")
    _write_alternates(shared, hub)
    write_atomic(shared / "info" / "exclude", exclude)
    write_atomic(shared / "config", agent_config(hub) + "[core]\n\tbare = true\n")
    branch = shared / hub.base_ref
    branch.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(branch, f"{commit}\n")


def _real_folder(path: Path) -> Path:
    """Make *path* a folder; a link that an agent put there would lead our writes astray."""
    if path.is_symlink():
        path.unlink()
    path.mkdir(exist_ok=True)
    return path


def agent_config(hub: Hub) -> str:
    """Return the configuration that an agent finds in its git folder."""
    return _template(hub) + _IDENTITY


# What running a project leaves beside it. Nobody means it as a change, and the copies of two
# sessions would conflict; a repository that tracks such files overrules this in its .gitignore.
_BYPRODUCTS = (
    "__pycache__/",
    "*.py[cod]",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".hypothesis/",
    ".DS_Store",
)


def exclude_lines(paths: Sequence[str]) -> str:
    """Return the ignore rules that hide *paths* and the by-products of running a project."""
    special = str.maketrans({char: f"\\{char}" for char in "\\*?[!# "})
    ours = (f"/{path.strip('/').translate(special)}" for path in paths)
    return "".join(f"{rule}\n" for rule in (*_BYPRODUCTS, *ours))


def _lay_repository(folder: Path, hub: Hub, lender: Path | None = None) -> None:
    for name in ("objects/info", "refs"):
        os.makedirs(folder / name, exist_ok=True)
    _write_alternates(folder, hub, lender)
    shallow = hub.path / "shallow"
    if shallow.exists():
        shutil.copyfile(shallow, folder / "shallow")


def _write_alternates(folder: Path, hub: Hub, lender: Path | None = None) -> None:
    lends = lender or hub.path / "objects"
    write_atomic(folder / "objects" / "info" / "alternates", f"{lends}\n")


def _lay_head(slot: Slot, folder: Path, commit: str) -> None:
    # With its times: git tells from them which entries are too fresh to be trusted by time alone.
    shutil.copy2(slot.private / "index", folder / "index")
    (folder / "HEAD").write_text(f"{commit}\n", encoding="utf-8")


def _template(hub: Hub) -> str:
    return (hub.path / "workspace.config").read_text(encoding="utf-8")
