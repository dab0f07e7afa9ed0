"""Save everything that lies in a workspace before the workspace goes."""

import os
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.state import StateFolder
from darkfactory.gitio import GitFailed
from darkfactory.workspaces.collect import raise_if_full, take_commits
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.intake import Limits, existing_commits, take_in
from darkfactory.workspaces.laying import agent_config
from darkfactory.workspaces.left import GitLeft, read_git
from darkfactory.workspaces.quarantine import begin, finished, unfinished
from darkfactory.workspaces.refs import RefUpdate
from darkfactory.workspaces.slot import Workspace, checked_name
from darkfactory.workspaces.snapshot import Snapshot, snapshot

_MOST_TIPS = 100


@dataclass(frozen=True, slots=True)
class Preserved:
    """Where a workspace's content went: a ref of the hub, and a folder for the rest, if any."""

    ref: str
    path: Path | None


def preserve(
    hub: Hub,
    workspace: Workspace,
    *,
    session: str,
    reason: str,
    when: int,
    limits: Limits | None = None,
) -> Preserved:
    """Save all of *workspace* under ``refs/df/wreck/<session>`` and, what git cannot hold, beside.

    The ref's tree has every tracked and new file; its parents are the agent's commits, branches,
    tags and stashes, and what was preserved for *session* before. Ignored files, files too large or
    not files, the ``.git`` of repositories inside and an agent's own ``.git`` move to the
    quarantine folder; folders of the keep-list stay. The workspace is then fit only for a reset.
    Killed at any point, a second call completes it; a further call changes nothing.

    Raises:
        DiskFull: If there is no room; nothing is lost then either.
        BadName: If *session* cannot be part of a ref.
        GitFailed: If the hub cannot be used at all.
    """
    root = StateFolder(hub.path.parent).quarantine
    begun = unfinished(root, checked_name(session), workspace.path)
    if begun is None:
        ref, moves = _store(hub, workspace, session, reason, when, limits or Limits())
        if not moves:
            return Preserved(ref, finished(root, session, workspace.path))
        begun = begin(root, workspace.path, moves, session=session, ref=ref, reason=reason)
    begun.finish()
    return Preserved(begun.ref, begun.folder)


def _store(
    hub: Hub, workspace: Workspace, session: str, reason: str, when: int, limits: Limits
) -> tuple[str, tuple[bytes, ...]]:
    """Store what git can hold; return the ref and the paths that have to move."""
    base = workspace.base
    if not os.path.lexists(workspace.path):
        return _point(
            hub, session, workspace.tree, (base,), f"{reason}\n\nNothing was there.", when
        ), ()
    left = read_git(workspace, hub)
    committed = take_commits(hub, workspace, left, limits)
    tips = _take_tips(hub, left, {base, *committed.commits}, limits)
    try:
        shot = snapshot(hub, workspace, committed.start, limits, with_ignored=True)
    except (GitFailed, OSError) as error:
        raise_if_full(error, hub)
        tree = committed.tree or workspace.tree
        text = f"{reason}\n\nThe files are in quarantine, git could not read them: {error}"
        return _point(hub, session, tree, (committed.start, *tips), text, when), (b"",)
    text = "\n".join((reason, "", *(f"left out: {each}" for each in shot.skipped)))
    ref = _point(hub, session, shot.tree, (committed.start, *tips), text, when)
    return ref, _moves(hub, workspace, left, shot)


def _take_tips(hub: Hub, left: GitLeft, known: set[str], limits: Limits) -> tuple[str, ...]:
    """Store the agent's other branches, tags and stashes; return their commits.

    What cannot be stored stays in the agent's git folder, which then goes to quarantine.
    """
    claimed = [each for each in (left.head, *left.refs.values()) if each and each not in known]
    if not claimed or left.objects is None or left.object_bytes > limits.total_bytes:
        return ()
    try:
        tips = existing_commits(hub, left.objects, claimed)[:_MOST_TIPS]
        if tips:
            take_in(hub, left.objects, tips, sorted(known), limits)
    except GitFailed:
        return ()
    return tuple(tip for tip in tips if tip not in known)


def _point(
    hub: Hub, session: str, tree: str, parents: tuple[str, ...], text: str, when: int
) -> str:
    """Make the session's ref hold *tree* and *parents* besides what it holds already."""
    ref = f"refs/df/wreck/{session}"
    old = hub.ref(ref)
    if old is not None:
        if hub.tree(old) == tree and all(hub.is_ancestor(each, old) for each in parents):
            return ref
        parents = (*parents, old)
    message = f"Preserve {session}\n\n{text}\n"
    new = hub.commit_tree(tree, parents, message, when=when)
    hub.update_refs([RefUpdate(ref, new, old)], message="preserved")
    return ref


def _moves(hub: Hub, workspace: Workspace, left: GitLeft, shot: Snapshot) -> tuple[bytes, ...]:
    """Return what has to leave the workspace because the snapshot does not hold it."""
    root = os.fsencode(workspace.path)
    listed = [*shot.nested, *(each.path for each in shot.skipped), *shot.ignored]
    if workspace.shared is None and not _is_as_laid(hub, workspace, left):
        listed.append(b".git")
    found = (path for path in listed if os.path.lexists(os.path.join(root, path)))
    return tuple(dict.fromkeys(found))


def _is_as_laid(hub: Hub, workspace: Workspace, left: GitLeft) -> bool:
    """Whether the agent's git folder holds nothing worth a look: no object, no change of setup."""
    folder = workspace.path / ".git"
    if not os.path.lexists(folder):
        return True
    if left.problems or left.object_bytes or (folder / "hooks").exists():
        return False
    try:
        return (folder / "config").read_text(encoding="utf-8") == agent_config(hub)
    except (OSError, ValueError):
        return False
