"""Keep the hub quick and small: join packs, and drop what nothing has needed for long."""

import os

from darkfactory.workspaces.hub import Hub

_MOST_PACK_FILES = 150


def is_fragmented(hub: Hub) -> bool:
    """Tell whether *hub* has so many packs that every git command there begins to feel it."""
    return len(os.listdir(hub.path / "objects" / "pack")) > _MOST_PACK_FILES


def maintain(hub: Hub) -> None:
    """Join small packs and loose objects into larger packs; drops no object, needs no lock.

    Raises:
        GitFailed: If git cannot repack, for lack of space for one.
    """
    hub.git("repack", "--geometric=2", "-d", "--quiet", timeout_seconds=3600)
    hub.git("pack-refs", "--all")


def drop_unreachable(hub: Hub, before: int) -> None:
    """Delete objects that no ref has needed since *before* (seconds since the epoch).

    Only while no workspace is leased: an agent's repository borrows objects from here.

    Raises:
        GitFailed: If git cannot repack, for lack of space for one.
    """
    expiry = f"--unpack-unreachable={before}"
    hub.git("repack", "-A", "-d", "--quiet", expiry, timeout_seconds=3600)
    hub.git("prune", f"--expire={before}", timeout_seconds=3600)
