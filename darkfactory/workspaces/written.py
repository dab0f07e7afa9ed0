"""Trees of the hub beside every workspace: texts written into one, and whether git takes one."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from darkfactory.gitio import GitFailed
from darkfactory.workspaces.hub import Hub

_PLAIN = "100644"


def tree_with(hub: Hub, commit: str, files: Mapping[str, str], *, folder: Path) -> str:
    """Return the tree of *commit* with the texts *files* by path; each keeps the mode it has.

    Args:
        hub: The hub that has the commit and gets the tree.
        commit: What the tree begins as.
        files: The new texts.
        folder: Where the index may lie meanwhile.

    Raises:
        GitFailed: If *commit* is not here, or the hub cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        index = {"GIT_INDEX_FILE": os.path.join(place, "index")}
        hub.git("read-tree", commit, env=index)
        for path, text in files.items():
            stored = hub.git("hash-object", "-w", "--stdin", stdin=text.encode()).text
            entry = f"{_mode(hub, commit, path)} {stored}\t{path}\0"
            told = entry.encode("utf-8", "surrogateescape")
            hub.git("update-index", "-z", "--index-info", stdin=told, env=index)
        return hub.git("write-tree", env=index).text


def refusal_of(hub: Hub, commit: str, *, folder: Path) -> str:
    """Return why git would check *commit* out nowhere, empty if it would.

    A tree may hold names that git never writes (``..``, ``.git`` in any letters, a link called
    .gitmodules): ``git mktree`` takes them, and fetching from a folder looks at none.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        index = {"GIT_INDEX_FILE": os.path.join(place, "index")}
        try:
            hub.git("read-tree", commit, env=index)
        except GitFailed as error:
            said = error.said.strip().splitlines()
            return said[0].removeprefix("error: ") if said else "git refuses it"
    return ""


def _mode(hub: Hub, commit: str, path: str) -> str:
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    listed = hub.git("ls-tree", "-z", commit, "--", path, env=literal).stdout
    return listed.split(b" ", 1)[0].decode() or _PLAIN
