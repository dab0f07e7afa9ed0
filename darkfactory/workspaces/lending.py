"""Lend a workspace the objects of one commit alone, so that nothing else of the hub can be read.

All objects of the hub are one folder. Whoever borrows it can look through what nothing there
names: solutions, and the work of others.
"""

import errno
import os
import tempfile
from pathlib import Path

from darkfactory.workspaces.hub import Hub


def lent_alone(hub: Hub, commit: str, folder: Path) -> Path:
    """Return an object folder below *folder* with *commit* and its files; its past only with it.

    It is made once; a process that is killed meanwhile leaves nothing that counts.

    Raises:
        UnknownRevision: If the hub has no such commit.
        GitFailed: If git cannot write.
        OSError: If the disk refuses.
    """
    objects = folder / commit / "objects"
    if objects.is_dir():
        return objects
    hub.commit(commit)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as draft:
        made = Path(draft) / commit
        (made / "objects" / "pack").mkdir(parents=True)
        pack = os.fspath(made / "objects" / "pack" / "pack")
        hub.git("pack-objects", "--revs", "--quiet", pack, stdin=f"{commit}\n".encode())
        try:
            made.rename(objects.parent)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # somebody was faster
                raise
    return objects
