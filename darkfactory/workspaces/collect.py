"""Take over what an agent did as one chain of commits in the hub."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from darkfactory.domain.state import is_state_path
from darkfactory.errors import DiskFull
from darkfactory.files import is_disk_full
from darkfactory.gitio import GitFailed
from darkfactory.workspaces.hub import FACTORY, Author, Hub
from darkfactory.workspaces.intake import Chain, Limits, chain, take_in
from darkfactory.workspaces.left import GitLeft, read_git
from darkfactory.workspaces.refs import RefMoved, RefUpdate
from darkfactory.workspaces.slot import Workspace
from darkfactory.workspaces.snapshot import snapshot
from darkfactory.workspaces.survey import Skipped

_MOST_NOTES = 50


@dataclass(frozen=True, slots=True)
class Collected:
    """What a workspace held beyond its base.

    *head* is the last commit of the chain, None where there is nothing new; *commits* are all of
    it, oldest first; *dirty* says that the last one holds what the agent had not committed. Where
    *whole* is false the workspace holds work that is not part of the chain (*notes* says which):
    preserve it before it goes.
    """

    head: str | None
    commits: tuple[str, ...]
    dirty: bool
    whole: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """The agent's own commits, now in the hub: *start* is the last, or the base without any."""

    start: str
    commits: tuple[str, ...]
    tree: str | None
    notes: tuple[str, ...]


def collect(
    hub: Hub,
    workspace: Workspace,
    *,
    ref: str,
    message: str,
    when: int,
    author: Author = FACTORY,
    limits: Limits | None = None,
) -> Collected:
    """Make everything in *workspace* one chain of commits on its base and point *ref* at it.

    The agent's own commits are kept as they are; uncommitted and new files make one more commit of
    *message*, *author* and *when*. Where the commits cannot be used (another history, a broken
    repository) the files alone are taken, as one commit on the base. *ref* moves only if there is
    something new. The workspace is left as it is; the same state gives the same commits.

    Raises:
        DiskFull: If the hub has no room for it.
        RefMoved: If something else moves *ref* meanwhile.
        GitFailed: If the hub cannot be used at all.
    """
    bounds = limits or Limits()
    left = read_git(workspace, hub)
    committed = take_commits(hub, workspace, left, bounds)
    notes = list(committed.notes)
    tree = committed.tree or workspace.tree
    whole = not notes
    found = tree
    try:
        shot = snapshot(hub, workspace, committed.start, bounds)
        found = shot.tree
        notes += [str(each) for each in shot.skipped]
        notes += [f"{_shown(path)}: left out by ignore rules of its own" for path in shot.ignored]
        whole = whole and not shot.skipped and not shot.nested and not shot.ignored
    except (GitFailed, OSError) as error:
        raise_if_full(error, hub)
        notes.append(f"its files could not be read: {error}")
        whole = False
    others = _other_refs(left.refs, {workspace.base, *committed.commits})
    notes += [f"{name} has commits of its own ({target[:12]})" for name, target in others]
    head, commits = committed.start, committed.commits
    if found != tree:
        head = hub.commit_tree(found, [committed.start], message, when=when, author=author)
        commits = (*commits, head)
    if commits:
        _point(hub, ref, head)
    return Collected(
        head if commits else None, commits, found != tree, whole and not others, _few(notes)
    )


def take_commits(hub: Hub, workspace: Workspace, left: GitLeft, limits: Limits) -> Committed:
    """Store the commits that lead from the base of *workspace* to its HEAD in the hub.

    Raises:
        DiskFull: If the hub has no room for them.
    """
    base = workspace.base
    nothing = Committed(base, (), None, left.problems)
    if left.head is None or left.head == base:
        return nothing
    try:
        found = _chain(hub, base, left, limits)
    except GitFailed as error:
        said = error.said.splitlines()
        reason = f"its commits cannot be used: {said[-1] if said else error.status}"
        return Committed(base, (), None, (*left.problems, reason))
    if found is not None and _enters_state(hub, base, found.tree):
        reason = "its commits cannot be used: they write into the factory's own folder"
        return Committed(base, (), None, (*left.problems, reason))
    if found is None:
        reason = f"its HEAD {left.head[:12]} does not descend from its base {base[:12]}"
        return Committed(base, (), None, (*left.problems, reason))
    return Committed(left.head, found.commits, found.tree, left.problems)


def raise_if_full(error: Exception, hub: Hub) -> None:
    """Raise *error* anew if it means that the disk is full.

    Raises:
        DiskFull: If it does.
    """
    if isinstance(error, OSError) and is_disk_full(error):
        raise DiskFull(hub.path) from error


def _chain(hub: Hub, base: str, left: GitLeft, limits: Limits) -> Chain | None:
    if left.head is None:
        return None
    if left.objects is not None and left.object_bytes:
        if left.object_bytes > limits.total_bytes:
            raise GitFailed(("pack-objects",), 1, f"more than {limits.total_bytes >> 20} MiB")
        take_in(hub, left.objects, [left.head], [base], limits)
    return chain(hub, base, left.head)


def _enters_state(hub: Hub, base: str, tree: str) -> bool:
    names = hub.git("diff-tree", "-r", "-z", "--name-only", base, tree).stdout.split(b"\0")
    return any(is_state_path(os.fsdecode(name)) for name in names)


def _shown(path: bytes) -> str:
    return str(Skipped(path, "")).removesuffix(": ")


def _other_refs(refs: Mapping[str, str], known: set[str]) -> list[tuple[str, str]]:
    return [(name, target) for name, target in sorted(refs.items()) if target not in known]


def _point(hub: Hub, ref: str, head: str) -> None:
    try:
        hub.update_refs([RefUpdate(ref, head, None)], message="collected")
    except RefMoved:  # it is there: collected before, by whoever was killed
        old = hub.ref(ref)
        if old != head:
            hub.update_refs([RefUpdate(ref, head, old)], message="collected")


def _few(notes: list[str]) -> tuple[str, ...]:
    if len(notes) <= _MOST_NOTES:
        return tuple(notes)
    return (*notes[:_MOST_NOTES], f"and {len(notes) - _MOST_NOTES} more")
