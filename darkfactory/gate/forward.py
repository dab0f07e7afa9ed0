"""Bring the user's own branch to what has landed, without ever touching uncommitted work.

The branch moves only by fast-forward: by compare-and-swap when it is checked out nowhere, by git's
own fast-forward merge in a clean checkout; otherwise the command to run is named. A branch that its
owner moved back behind what it was given stays there. No hook of the user runs for it. Their
configuration decides only how files are written (line ends, filters).
"""

import contextlib
import os
import shlex
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from darkfactory.gitio import git
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.refs import RefMoved, RefUpdate

# What would stop a plain fast-forward, make more of it, or run a program of the user's.
_PLAIN = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "submodule.recurse=false", "-c", "maintenance.auto=false", "-c", "gc.auto=0"),
)
_FAST_FORWARD = (
    *("merge", "--ff-only", "--quiet", "--no-squash", "--no-autostash"),
    *("--no-verify-signatures", "--no-overwrite-ignore"),
)
_TRUST = ("-c", "safe.directory=*")
_NO_FETCH = "your repository cannot fetch from the hub"
_REBASING = ("rebase-merge/head-name", "rebase-apply/head-name")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What became of the user's branch: *moved*, or why not and the *command* that does it.

    *at* is the commit that the branch was at before.
    """

    moved: bool
    reason: str = ""
    command: str = ""
    at: str = ""

    @property
    def words(self) -> str:
        """What a person is told; empty where there is nothing to do."""
        return "" if self.moved else f"{self.reason}; run: {self.command}"


def forward(hub: Hub) -> Forwarded:
    """Fast-forward the user's base branch to the hub's, where that touches nothing of theirs.

    Raises:
        GitFailed: If the user's repository cannot be read.
    """
    landed = hub.commit(hub.base_ref)
    mine = _ask(hub.repository, "rev-parse", f"refs/heads/{hub.base}^{{commit}}")
    done = Forwarded(moved=True) if mine == landed else _forward(hub, landed, mine)
    if done.moved:
        _remember_given(hub, landed)
    return replace(done, at=mine)


def _forward(hub: Hub, landed: str, mine: str) -> Forwarded:
    """Move a branch that is not at what has landed, unless something speaks against it."""
    place = _checked_out_at(hub.repository, hub.base)
    moved_back = _is_moved_back(hub, mine)
    if not _contains(hub, landed, mine):
        reason = f"your {hub.base} has commits that have not come through the gate"
        if moved_back:
            reason += ", and was moved back to before some that have"
        return Forwarded(False, reason, _pull(hub, place, "--no-rebase"))
    if moved_back:
        reason = f"your {hub.base} was moved back to before what has landed, so it is left there"
        return Forwarded(False, reason, _pull(hub, place, "--ff-only") if place else _fetched(hub))
    return _by_name(hub, landed, mine) if place is None else _in_checkout(hub, place, landed)


def _is_moved_back(hub: Hub, mine: str) -> bool:
    """Tell whether the branch has had more of what landed than it has in *mine*."""
    given = hub.ref(hub.given_ref)
    return given is not None and not _contains(hub, mine, given)


def _contains(hub: Hub, commit: str, older: str) -> bool:
    """Tell whether *commit* is *older* or descends from it; not if the hub lacks one of them."""
    asked = ("merge-base", "--is-ancestor", older, commit)
    return hub.git(*asked, accept=(0, 1, 128)).status == 0


def _remember_given(hub: Hub, landed: str) -> None:
    known = hub.ref(hub.given_ref)
    if known != landed:
        with contextlib.suppress(RefMoved):  # somebody has looked at the branch meanwhile
            hub.update_refs([RefUpdate(hub.given_ref, landed, known)], message="given to the user")


def _in_checkout(hub: Hub, place: Path, landed: str) -> Forwarded:
    """Move a branch that is checked out at *place*, if nothing there is in the way."""
    pull = _pull(hub, place, "--ff-only")
    if _is_dirty(place):
        return Forwarded(False, f"{hub.base} is checked out with uncommitted changes", pull)
    if not _fetch(hub):
        return Forwarded(False, _NO_FETCH, pull)
    done = _as_user(place, *_FAST_FORWARD, landed)
    said = " ".join(done.stderr.split())[:300]
    if "would be overwritten" in said:
        said += " (move them away first, the command does not spare ignored files)"
    reason = f"git could not fast-forward the checkout of {hub.base}: {said}"
    return Forwarded(done.returncode == 0, reason, pull)


def _by_name(hub: Hub, landed: str, mine: str) -> Forwarded:
    """Move a branch that is checked out nowhere."""
    fetch = _fetched(hub)
    if _is_rebased(hub.repository, hub.base):
        return Forwarded(False, f"{hub.base} is being rebased", fetch)
    if not _fetch(hub):
        return Forwarded(False, _NO_FETCH, fetch)
    ref = f"refs/heads/{hub.base}"
    moved = _ok(hub.repository, "update-ref", "-m", "df: landed", ref, landed, mine)
    return Forwarded(moved, f"your {hub.base} moved meanwhile", fetch)


def _fetched(hub: Hub) -> str:
    """Return the command that moves a branch which is checked out nowhere."""
    return shlex.join(["git", "fetch", _shown(hub), f"{hub.base}:{hub.base}"])


def _pull(hub: Hub, place: Path | None, how: str) -> str:
    """Return the command for a person who stands at the root of their repository."""
    if place is None:
        pull = ["git", "pull", how, _shown(hub), hub.base]
        return f"{shlex.join(['git', 'switch', hub.base])} && {shlex.join(pull)}"
    if place.samefile(hub.repository):
        return shlex.join(["git", "pull", how, _shown(hub), hub.base])
    return shlex.join(["git", "-C", f"{place}", "pull", how, f"{hub.path}", hub.base])


def _shown(hub: Hub) -> str:
    return os.path.relpath(hub.path, hub.repository)


def _checked_out_at(repository: Path, branch: str) -> Path | None:
    """Return the worktree that has *branch* checked out, or None."""
    for folder, found in _worktrees(repository):
        if found == f"refs/heads/{branch}":
            return folder
    return None


def _is_rebased(repository: Path, branch: str) -> bool:
    """Tell whether a worktree rebases *branch*, which it then does not show as checked out."""
    for folder, _ in _worktrees(repository):
        for name in _REBASING:
            path = Path(folder, _ask(folder, "rev-parse", "--git-path", name))
            if (
                path.is_file()
                and path.read_text(errors="replace").strip() == f"refs/heads/{branch}"
            ):
                return True
    return False


def _worktrees(repository: Path) -> list[tuple[Path, str]]:
    """Return each worktree that exists with the ref it has checked out; detached: empty."""
    found: list[tuple[Path, str]] = []
    for line in _ask(repository, "worktree", "list", "--porcelain", "-z").split("\0"):
        name, _, value = line.partition(" ")
        if name == "worktree":
            found.append((Path(value), ""))
        elif name == "branch" and found:
            found[-1] = (found[-1][0], value)
    return [(folder, branch) for folder, branch in found if folder.is_dir()]


def _is_dirty(place: Path) -> bool:
    """Tell whether git has something to say of tracked files; nothing is written for it."""
    done = _as_user(place, "status", "--porcelain", "--untracked-files=no")
    return done.returncode != 0 or bool(done.stdout.strip())


def _fetch(hub: Hub) -> bool:
    """Bring the landed objects into the user's repository; moves no ref."""
    return _ok(
        hub.repository,
        *("-c", "protocol.file.allow=always"),
        *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
        *("--no-auto-maintenance", f"{hub.path}", hub.base_ref),
    )


def _ask(folder: Path, *arguments: str) -> str:
    """Return what git says, with no configuration but ours and the repository's own."""
    return git(*_TRUST, *arguments, cwd=folder).text


def _ok(folder: Path, *arguments: str) -> bool:
    """Tell whether git does it; run as :func:`_ask` runs it."""
    return git(*_TRUST, *arguments, cwd=folder, accept=range(256)).status == 0


def _as_user(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run git as the user would, line ends and filters included, but for hooks."""
    environment = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["git", *_PLAIN, "-C", f"{folder}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
