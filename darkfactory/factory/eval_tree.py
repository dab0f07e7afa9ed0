"""What a session left, as the checks of a scenario see it: read from git, nothing laid out."""

from collections.abc import Sequence
from functools import cached_property

from darkfactory.gitobjects import objects_of
from darkfactory.skills.checks import Changed
from darkfactory.workspaces.hub import Hub

_LONGEST_BYTES = 4 << 20
_FILES = ("100644", "100755")


class CommitTree:
    """The files of commit *head* of *hub*, held against *base*."""

    def __init__(self, hub: Hub, base: str, head: str) -> None:
        self._hub = hub
        self._base = base
        self._head = head

    def paths(self) -> Sequence[str]:
        """Return the path of every file; links are none."""
        return list(self._blobs)

    def text(self, path: str) -> str | None:
        """Return the text of the file *path*; None when there is none, or it is no text."""
        blob = self._blobs.get(path)
        raw = (
            objects_of(f"--git-dir={self._hub.path}").content(blob, _LONGEST_BYTES)
            if blob
            else None
        )
        if raw is None or b"\0" in raw:
            return None
        return raw.decode("utf-8", "replace")

    def changed(self) -> Sequence[Changed]:
        """Return what differs from the base, files that are gone included."""
        answer = self._hub.git(
            "diff-tree", "-r", "-z", "--numstat", "--no-renames", self._base, self._head
        )
        rows = [row.split("\t", 2) for row in _words(answer.stdout)]
        return [Changed(path, _count(added), _count(removed)) for added, removed, path in rows]

    @cached_property
    def _blobs(self) -> dict[str, str]:
        answer = self._hub.git("ls-tree", "-r", "-z", self._head)
        rows = [row.partition("\t") for row in _words(answer.stdout)]
        facts = [(*facts.split(" "), path) for facts, _, path in rows]
        return {path: blob for mode, _, blob, path in facts if mode in _FILES}


def _words(raw: bytes) -> list[str]:
    return [word for word in raw.decode("utf-8", "surrogateescape").split("\0") if word]


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
