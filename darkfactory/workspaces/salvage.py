"""Bring what is whole of a damaged hub, or of the user's repository, into a hub."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from darkfactory.files import write_atomic
from darkfactory.gitio import GitFailed, git
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.quarantine import ABOUT
from darkfactory.workspaces.refs import RefUpdate, read_refs

_NAME = "hub.git"


def set_aside(hub: Path, quarantine: Path, reason: str) -> Path:
    """Move the damaged folder *hub* to *quarantine*, from which ``df gc`` sweeps it one day.

    Raises:
        DiskFull: If there is no room for the note about it.
        OSError: If it cannot be moved.
    """
    number = 1
    while (folder := quarantine / f"hub-{number}").exists():
        number += 1
    folder.mkdir(parents=True)
    about = {"version": 1, "session": folder.name, "reason": reason, "state": "done"}
    write_atomic(folder / ABOUT, json.dumps({**about, "ref": "", "moved": [], "workspace": ""}))
    os.rename(hub, folder / _NAME)
    return folder / _NAME


def set_aside_before(quarantine: Path) -> list[Path]:
    """Return the damaged hubs in *quarantine*, the latest first."""
    found = [path for path in quarantine.glob(f"hub-*/{_NAME}") if path.is_dir()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def salvage(hub: Hub, damaged: Path) -> list[str]:
    """Give *hub* every ref of the *damaged* hub whose objects are all there; return their names.

    Raises:
        GitFailed: If *hub* itself cannot be used.
        OSError: If *damaged* cannot be written to.
    """
    _make_readable(damaged, hub)
    known = hub.refs("refs")
    try:
        refs = {name: at for name, at in read_refs(damaged, "refs").items() if name not in known}
    except GitFailed:
        return []
    whole = set(_fetched(hub, damaged, sorted(set(refs.values()))))
    taken = {name: at for name, at in refs.items() if at in whole}
    moves = [RefUpdate(name, at, None) for name, at in taken.items()]
    hub.update_refs(moves, message="salvaged")
    return sorted(taken)


def fetch_commits(hub: Hub, source: Path, commits: Sequence[str]) -> bool:
    """Bring *commits* and their history from *source* to *hub*; tell whether all came whole."""
    trust = {"GIT_CONFIG_GLOBAL": str(hub.path / "trust.config")}
    try:
        git(
            *(f"--git-dir={hub.path}", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"),
            *("--no-recurse-submodules", "--update-shallow", str(source), *commits),
            env=trust,
            timeout_seconds=3600,
        )
    except GitFailed:
        return False
    return True


def _fetched(hub: Hub, damaged: Path, commits: Sequence[str]) -> Iterator[str]:
    """Yield those of *commits* that came: in one go, or one by one where some are broken."""
    if not commits:
        return
    if fetch_commits(hub, damaged, commits):
        yield from commits
    elif len(commits) > 1:
        half = len(commits) // 2
        yield from _fetched(hub, damaged, commits[:half])
        yield from _fetched(hub, damaged, commits[half:])


def _make_readable(damaged: Path, hub: Hub) -> None:
    """Give a *damaged* hub the files without which git would not look at what is in it."""
    for name in ("objects", "refs"):
        (damaged / name).mkdir(exist_ok=True)
    for name in ("HEAD", "config"):
        write_atomic(damaged / name, (hub.path / name).read_text(encoding="utf-8"))
