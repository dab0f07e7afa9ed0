"""Turn what lies in a workspace into a tree of the hub."""

from dataclasses import dataclass

from darkfactory.workspaces.changed import changed, ignored
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.intake import Limits
from darkfactory.workspaces.slot import Workspace
from darkfactory.workspaces.staging import private_index, stage, unstage
from darkfactory.workspaces.survey import Skipped


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tree of a workspace's files, and what it does not hold.

    *skipped* cannot be committed, *nested* are the ``.git`` of repositories inside, *ignored* is
    what the ignore rules leave out (looked for on request, and where the agent has made rules).
    """

    tree: str
    skipped: tuple[Skipped, ...]
    nested: tuple[bytes, ...]
    ignored: tuple[bytes, ...] = ()


def snapshot(
    hub: Hub, workspace: Workspace, start: str, limits: Limits, *, with_ignored: bool = False
) -> Snapshot:
    """Return the files of *workspace* as a tree; *start* is its base or a commit made on that.

    Paths of the workspace's exclude list stay as they are in the base.

    Raises:
        GitFailed: If the files cannot be stored, or not in time.
        OSError: If the workspace cannot be read.
    """
    with private_index(hub, workspace, start, limits.seconds) as staging:
        found = changed(staging, start, limits)
        unstage(staging, found.gone)
        refused = stage(staging, found.paths)
        if found.paths or found.gone or start != workspace.base:
            tree = staging.git("write-tree").text
        else:
            tree = workspace.tree
        return Snapshot(
            tree,
            (*found.skipped, *refused),
            found.nested,
            ignored(staging) if with_ignored or found.own_rules else (),
        )
