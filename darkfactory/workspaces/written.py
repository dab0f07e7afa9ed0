"""Trees of the hub beside every workspace: texts written into one, and whether git takes one."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from darkfactory.gitio import GitFailed, git
from darkfactory.gitobjects import objects_of
from darkfactory.workspaces.hub import Hub

_PLAIN = "100644"
_MODES = {_PLAIN: 0o644, "100755": 0o755}
_MOST_BYTES = 16 << 20
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}


def tree_with(
    hub: Hub,
    commit: str,
    files: Mapping[str, str],
    *,
    folder: Path,
    moved: tuple[str, str] | None = None,
) -> str:
    """Return the tree of *commit* with the texts *files* by path; each keeps the mode it has.

    Args:
        hub: The hub that has the commit and gets the tree.
        commit: What the tree begins as.
        files: The new texts.
        folder: Where the index may lie meanwhile.
        moved: A folder and where all of it goes first; what was there is replaced.

    Raises:
        GitFailed: If *commit* is not here, or the hub cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        index = {"GIT_INDEX_FILE": os.path.join(place, "index")}
        hub.git("read-tree", commit, env=index)
        if moved is not None:
            told = b"".join(_moves(hub, commit, *map(os.fsencode, moved)))
            hub.git("update-index", "-z", "--index-info", stdin=told, env=index)
        for path, text in files.items():
            stored = hub.git("hash-object", "-w", "--stdin", stdin=text.encode()).text
            entry = f"{_mode(hub, commit, path)} {stored}\t{path}\0"
            told = entry.encode("utf-8", "surrogateescape")
            hub.git("update-index", "-z", "--index-info", stdin=told, env=index)
        return hub.git("write-tree", env=index).text


def _moves(hub: Hub, commit: str, old: bytes, new: bytes) -> Iterator[bytes]:
    """Yield what tells an index to take everything below *new* away, and to hold *old* there."""
    for place in (new, old):
        paths = os.fsdecode(place)
        listed = hub.git("ls-tree", "-rz", commit, "--", f"{paths}/", env=_LITERAL).stdout
        for entry in filter(None, listed.split(b"\0")):
            facts, _, path = entry.partition(b"\t")
            mode, _, blob = facts.split(b" ")
            yield b"0 " + b"0" * len(blob) + b"\t" + path + b"\0"
            if place is old:
                yield mode + b" " + blob + b"\t" + new + path.removeprefix(old) + b"\0"


def lay_out(place: Sequence[str], revision: str, paths: Sequence[str], target: Path) -> list[str]:
    """Write the plain files at and below *paths* of *revision* into *target*; return their paths.

    Links and what is larger than 16 MiB are left out. ``git archive`` would leave out what
    .gitattributes keeps from releases, and rewrite what it marks.

    Args:
        place: What tells git where the repository is (``--git-dir=…``, or ``-C`` and a folder).
        revision: A commit or a tree.
        paths: Taken literally.
        target: A folder, made if it is not there.

    Raises:
        GitFailed: If the repository does not have *revision*.
    """
    listed = git(*place, "ls-tree", "-rz", revision, "--", *paths, env=_LITERAL).stdout
    objects, written = objects_of(*place), []
    for entry in filter(None, listed.split(b"\0")):
        facts, _, raw = entry.partition(b"\t")
        mode, _, blob = facts.decode().split(" ")
        content = objects.content(blob, _MOST_BYTES) if mode in _MODES else None
        if content is not None:
            path = os.fsdecode(raw)
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(_MODES[mode])
            written.append(path)
    return written


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
    listed = hub.git("ls-tree", "-z", commit, "--", path, env=_LITERAL).stdout
    return listed.split(b" ", 1)[0].decode() or _PLAIN
