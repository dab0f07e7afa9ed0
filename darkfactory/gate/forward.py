"""Bring the user's own branch to what has landed, without ever touching uncommitted work.

The branch moves only by fast-forward: by compare-and-swap when it is checked out nowhere, by git's
own fast-forward merge in a clean checkout; otherwise the command to run is named. These are the
only commands of ours that run with the user's own git configuration.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from darkfactory.workspaces.hub import Hub


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What became of the user's branch: *moved*, or why not and the *command* that does it."""

    moved: bool
    reason: str = ""
    command: str = ""

    @property
    def words(self) -> str:
        """What a person is told."""
        if self.moved or not self.reason:
            return ""
        return f"{self.reason}; run: {self.command}"


def forward(hub: Hub) -> Forwarded:
    """Fast-forward the user's base branch to the hub's, where that touches nothing of theirs."""
    landed = hub.commit(hub.base_ref)
    repository = hub.repository
    mine = _git(repository, "rev-parse", "--verify", "--quiet", f"refs/heads/{hub.base}^{{commit}}")
    if mine.strip() == landed:
        return Forwarded(moved=True)
    command = f"git pull --ff-only {_shown(repository, hub.path)} {hub.base}"
    if not _fetch(hub, repository):
        return Forwarded(moved=False, reason="your repository cannot fetch", command=command)
    if not _ok(repository, "merge-base", "--is-ancestor", mine.strip(), landed):
        return Forwarded(
            moved=False,
            reason=f"your {hub.base} has commits that have not come through the gate",
            command=f"git pull --no-rebase {_shown(repository, hub.path)} {hub.base}",
        )
    if _checked_out_at(repository, hub.base) is None:
        ref = f"refs/heads/{hub.base}"
        moved = _ok(repository, "update-ref", "-m", "df: landed", ref, landed, mine.strip())
        return Forwarded(moved, "" if moved else "your branch moved meanwhile", command)
    return _in_checkout(hub, landed, command)


def _in_checkout(hub: Hub, landed: str, command: str) -> Forwarded:
    place = _checked_out_at(hub.repository, hub.base) or hub.repository
    if _git(place, "status", "--porcelain", "--untracked-files=no").strip():
        reason = f"{hub.base} is checked out with uncommitted changes"
        return Forwarded(moved=False, reason=reason, command=command)
    moved = _ok(place, "merge", "--ff-only", "--quiet", landed)
    reason = "" if moved else f"git could not fast-forward the checkout of {hub.base}"
    return Forwarded(moved, reason, command)


def _checked_out_at(repository: Path, branch: str) -> Path | None:
    """Return the worktree that has *branch* checked out, or None."""
    folder: Path | None = None
    for line in _git(repository, "worktree", "list", "--porcelain").splitlines():
        if line.startswith("worktree "):
            folder = Path(line.removeprefix("worktree "))
        elif line == f"branch refs/heads/{branch}":
            return folder
    return None


def _fetch(hub: Hub, repository: Path) -> bool:
    """Bring the landed objects into the user's repository under a ref of ours."""
    spec = f"+{hub.base_ref}:refs/df/landed/{hub.base}"
    return _ok(
        repository,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        os.fspath(hub.path),
        spec,
    )


def _shown(repository: Path, path: Path) -> str:
    try:
        return os.fspath(path.relative_to(repository))
    except ValueError:
        return os.fspath(path)


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", "-C", os.fspath(folder), *arguments],
        env={**environment, "GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def _git(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments).stdout


def _ok(folder: Path, *arguments: str) -> bool:
    return _run(folder, *arguments).returncode == 0
