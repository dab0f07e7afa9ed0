"""What a commit range of the hub changes, as git tells it.

The range is what *head* adds to the commit it shares with *base*, so that a base that moved on
takes no part. Attributes that the change itself brings do not decide how it is shown.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from darkfactory.changes.paths import is_generated
from darkfactory.domain.change import FileDelta
from darkfactory.gitio import git, reading

Hub = str | os.PathLike[str]

_BINARY_FROM = "8m"
_ABSENT_MODE = "000000"
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CUT = b"... the diff goes on: %d bytes are shown\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a range with the objects on both sides (all zeros: none)."""

    delta: FileDelta
    blob: str
    old_blob: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a range; *when* is its author's date in seconds since the epoch."""

    sha: str
    subject: str
    author: str
    when: float


def measure(hub: Hub, base: str, head: str) -> tuple[FileDelta, ...]:
    """Return every path that *head* changes against *base*, renames found, by path.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    return tuple(entry.delta for entry in entries(hub, base, head))


def entries(hub: Hub, base: str, head: str) -> tuple[Entry, ...]:
    """Return what :func:`measure` does, with object ids.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    if _is_id(base) and _is_id(head):
        return _known_entries(os.fspath(hub), base, head)
    return _read_entries(hub, base, head)


@lru_cache(maxsize=32)
def _known_entries(hub: str, base: str, head: str) -> tuple[Entry, ...]:
    """Return what a range of commit ids holds: asked several times, and it never changes."""
    return _read_entries(hub, base, head)


def _read_entries(hub: Hub, base: str, head: str) -> tuple[Entry, ...]:
    arguments = _diff_tree(hub, base, head, "--raw", "--numstat", "-z", "--no-abbrev")
    fields = git(*arguments).stdout.split(b"\0")
    raw, rest = _raw_entries(fields)
    lines = _line_counts(rest)
    return tuple(_entry(*item, lines) for item in raw)


def diff_text(hub: Hub, base: str, head: str, *, limit_bytes: int) -> str:
    """Return the range as a unified diff; hand-written files first, generated ones last.

    Cut at a line end after *limit_bytes*, saying so. What an agent wrote is in it as it is:
    terminal escapes are for the renderer to strip.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    with (
        _hand_written_first(entries(hub, base, head)) as order,
        reading(*_diff_tree(hub, base, head, "--patch", *order)) as output,
    ):
        text = output.read(limit_bytes + 1)
    if len(text) > limit_bytes:
        text = text[: text.rfind(b"\n", 0, limit_bytes) + 1]
        text += _CUT % len(text)
    return text.decode("utf-8", "replace")


def patch_id(hub: Hub, base: str, head: str) -> str:
    """Return a name for the content of the range that a pure rebase keeps.

    As ``git patch-id``, line numbers do not count; unlike it, white space, modes and the content
    of binary files do, because an approval hangs on it.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    digest = hashlib.sha256()
    with reading(*_diff_tree(hub, base, head, "--patch", "--full-index")) as output:
        for line in output:
            if not line.startswith((b"index ", b"similarity index ", b"dissimilarity index ")):
                digest.update(b"@@\n" if line.startswith(b"@@") else line)
    for entry in entries(hub, base, head):
        if entry.delta.added is None:
            digest.update(f"{entry.delta.status} {entry.old_blob} {entry.blob}\n".encode())
    return digest.hexdigest()[:40]


def commits(hub: Hub, base: str, head: str) -> tuple[Commit, ...]:
    """Return the commits that *head* has and *base* has not, newest first.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    answer = git(
        "--git-dir",
        os.fspath(hub),
        "log",
        "-z",
        "--no-mailmap",
        "--encoding=UTF-8",
        "--format=tformat:%H%x00%an%x00%at%x00%s",
        "--end-of-options",
        f"{base}..{head}",
        "--",
    )
    fields = answer.stdout.decode("utf-8", "replace").split("\0")
    return tuple(
        Commit(sha, subject, author, float(when or 0))
        for sha, author, when, subject in zip(*[iter(fields)] * 4, strict=False)
    )


def _diff_tree(hub: Hub, base: str, head: str, *options: str) -> list[str]:
    folder = ["--git-dir", os.fspath(hub)]
    known = _is_id(base) and _is_id(head)
    shared = (_known_fork if known else _fork)(os.fspath(hub), base, head)
    return [
        *folder,
        "-c",
        "attr.tree=.none",  # no such tree: git 2.43 and newer then read no attributes from HEAD
        "-c",
        f"core.bigFileThreshold={_BINARY_FROM}",
        "diff-tree",
        "-r",
        "--find-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--ignore-submodules=none",
        *options,
        "--end-of-options",
        shared,
        head,
        "--",
    ]


def _fork(hub: str, base: str, head: str) -> str:
    """Return the commit that both sides come from, *base* where there is none."""
    answer = git("--git-dir", hub, "merge-base", "--end-of-options", base, head, accept=(0, 1))
    return answer.text.partition("\n")[0] or base


_known_fork = lru_cache(maxsize=128)(_fork)


def _is_id(revision: str) -> bool:
    """Tell whether *revision* is a whole object id, whose meaning no ref can move."""
    return _ID.fullmatch(revision) is not None


_RawEntry = tuple[list[str], bytes, bytes | None]


def _raw_entries(fields: list[bytes]) -> tuple[list[_RawEntry], list[bytes]]:
    """Return ``(modes, blobs and status; path; old path)`` of each entry, and the fields behind."""
    found: list[_RawEntry] = []
    at = 0
    while at < len(fields) and fields[at].startswith(b":"):
        facts = fields[at][1:].decode("ascii").split(" ")
        renamed = facts[4][0] in "RC"
        old, path = (fields[at + 1], fields[at + 2]) if renamed else (None, fields[at + 1])
        found.append((facts, path, old))
        at += 3 if renamed else 2
    return found, fields[at:]


def _line_counts(fields: list[bytes]) -> dict[bytes, tuple[int | None, int | None]]:
    """Return added and removed lines by path; None for binary files."""
    found: dict[bytes, tuple[int | None, int | None]] = {}
    rest = iter(fields)
    for field in rest:
        added, _, behind = field.partition(b"\t")
        removed, _, path = behind.partition(b"\t")
        if not added:
            continue
        if not path:  # a rename: both names follow
            next(rest, b"")
            path = next(rest, b"")
        found[path] = (_lines(added), _lines(removed))
    return found


def _lines(text: bytes) -> int | None:
    return None if text == b"-" else int(text)


def _entry(
    facts: list[str],
    path: bytes,
    old: bytes | None,
    lines: dict[bytes, tuple[int | None, int | None]],
) -> Entry:
    old_mode, mode, old_blob, blob, status = facts
    added, removed = lines.get(path, (0, 0))
    delta = FileDelta(
        path=os.fsdecode(path),
        status=status[0],
        added=added,
        removed=removed,
        old_path=None if old is None else os.fsdecode(old),
        mode="" if mode == _ABSENT_MODE else mode,
        old_mode="" if old_mode == _ABSENT_MODE else old_mode,
    )
    return Entry(delta, blob, old_blob)


@contextmanager
def _hand_written_first(found: tuple[Entry, ...]) -> Iterator[list[str]]:
    """Give the options that put generated files behind all others."""
    paths = [entry.delta.path for entry in found]
    first = [path for path in paths if not is_generated(path)]
    if len(first) in (0, len(paths)):
        yield []
        return
    with tempfile.NamedTemporaryFile() as order:
        order.write(b"".join(_pattern(path) for path in first if "\n" not in path))
        order.flush()
        yield [f"-O{order.name}"]


def _pattern(path: str) -> bytes:
    """Return the line of an order file that means exactly *path*."""
    special = "\\*?[#"
    return (
        b"".join((b"\\" if letter in special else b"") + os.fsencode(letter) for letter in path)
        + b"\n"
    )
