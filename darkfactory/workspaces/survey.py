"""Look over a workspace for what git would overlook, or would wait for without end."""

import os
import stat
from dataclasses import dataclass

from darkfactory.workspaces.keep import Keep
from darkfactory.workspaces.removal import OPEN_FOLDER

# git opens these wherever it meets them; a fifo of that name would stop it for ever.
_IGNORE, _CACHE = b".gitignore", b"CACHEDIR.TAG"
_OPENED_BY_GIT = frozenset({b".gitignore", b".gitattributes", b".gitmodules", b".mailmap"})
_KINDS = {
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path of a workspace that a commit does not hold, and why."""

    path: bytes
    reason: str

    def __str__(self) -> str:
        text = self.path.decode("utf-8", "backslashreplace")
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
        return f"{shown}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Survey:
    """What a workspace holds besides plain files: *nested* are ``.git`` entries below the root.

    *rules* are the files of ignore rules.
    """

    odd: tuple[Skipped, ...]
    nested: tuple[bytes, ...]
    rules: tuple[bytes, ...]


def survey(root: bytes, keep: Keep) -> Survey:
    """Return what is odd below *root*, kept folders and the root's ``.git`` left out.

    Makes unreadable folders readable, and removes fifos and the like from the places where git
    would open them; they hold nothing.
    """
    odd: list[Skipped] = []
    nested: list[bytes] = []
    rules: list[bytes] = []
    pending = [b""]
    while pending:
        prefix = pending.pop()
        try:
            entries = opened(os.path.join(root, prefix))
        except OSError as error:
            odd.append(Skipped(prefix.rstrip(b"/"), f"cannot be read: {error.strerror}"))
            continue
        rules += _rules(prefix, entries)
        for entry in entries:
            path = prefix + entry.name
            if entry.name == b".git":
                nested.extend([path] if prefix else [])
            elif entry.is_dir(follow_symlinks=False):
                if not keep.holds(path, entry.name):
                    pending.append(path + b"/")
            elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                odd.append(_special(root, path, entry))
    return Survey(tuple(odd), tuple(nested), tuple(rules))


def _rules(prefix: bytes, entries: "list[os.DirEntry[bytes]]") -> list[bytes]:
    """Return the ignore rules of a folder; those by which a cache leaves out itself do not count.

    Caches say what they are: https://bford.info/cachedir/.
    """
    names = {entry.name for entry in entries}
    return [prefix + _IGNORE] if _IGNORE in names and _CACHE not in names else []


def opened(folder: bytes) -> "list[os.DirEntry[bytes]]":
    """Return the entries of *folder*, making it readable first where it is not.

    Raises:
        OSError: If it cannot be read even so.
    """
    try:
        with os.scandir(folder) as found:
            return list(found)
    except PermissionError:
        os.chmod(folder, OPEN_FOLDER)
        with os.scandir(folder) as found:
            return list(found)


def _special(root: bytes, path: bytes, entry: "os.DirEntry[bytes]") -> Skipped:
    kind = _KINDS.get(stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode), "not a file")
    if entry.name in _OPENED_BY_GIT:
        os.unlink(os.path.join(root, path))
        return Skipped(path, f"{kind}, removed because git would wait for it")
    return Skipped(path, kind)
