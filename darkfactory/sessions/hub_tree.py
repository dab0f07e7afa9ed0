"""The tree of a commit in the hub, as checks see it."""

from collections.abc import Sequence
from functools import cached_property

from darkfactory.gitobjects import objects_of
from darkfactory.skills.checks import Changed
from darkfactory.workspaces.hub import Hub

_LONGEST_BYTES = 4 << 20


class HubTree:
    """What commit *head* holds, against *base*. Paths that are not UTF-8 come with escapes."""

    def __init__(self, hub: Hub, base: str, head: str) -> None:
        self._hub = hub
        self._base = base
        self._head = head

    def paths(self) -> Sequence[str]:
        """Return the path of every file."""
        return list(self._files)

    def text(self, path: str) -> str | None:
        """Return the text of the file *path*; None when there is none, or it has over 4 MiB."""
        name = self._files.get(path)
        if name is None:
            return None
        raw = objects_of(f"--git-dir={self._hub.path}").content(name, _LONGEST_BYTES)
        return None if raw is None else raw.decode("utf-8", "replace")

    def changed(self) -> Sequence[Changed]:
        """Return what differs from the base, files that are gone included."""
        return self._changed

    @cached_property
    def _files(self) -> dict[str, str]:
        found = {}
        for line in self._hub.git("ls-tree", "-r", "-z", self._head).stdout.split(b"\0"):
            facts, _, path = line.partition(b"\t")
            if facts.startswith(b"100"):  # a plain file; links and submodules hold no text
                found[_text(path)] = facts.split(b" ")[2].decode("ascii")
        return found

    @cached_property
    def _changed(self) -> list[Changed]:
        if self._base == self._head:
            return []
        words = ("diff-tree", "-r", "-z", "--numstat", "--no-renames", self._base, self._head)
        lines = self._hub.git(*words).stdout.split(b"\0")
        return [_changed(line) for line in lines if line]


def _changed(line: bytes) -> Changed:
    added, removed, path = line.split(b"\t", 2)
    return Changed(_text(path), _count(added), _count(removed))


def _count(figure: bytes) -> int | None:
    return int(figure) if figure.isdigit() else None


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
