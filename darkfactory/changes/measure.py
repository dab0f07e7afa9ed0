"""What a commit range of the hub changes, as git tells it in one go.

The range is what *head* adds to the commit it shares with *base*, so that a base that moved on
takes no part. Attributes that the change itself brings do not decide how it is shown.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from darkfactory.changes.paths import is_generated
from darkfactory.domain.change import FileDelta
from darkfactory.gitio import git, reading
from darkfactory.gitobjects import Objects, objects_of

Hub = str | os.PathLike[str]

DIFF_BYTES = 4 << 20
_BINARY_FROM = "8m"
_ABSENT_MODE = "000000"
_FILE_HEADER = b"diff --git "
_NOT_CONTENT = (b"index ", b"similarity index ", b"dissimilarity index ")
_CUT = b"... the diff goes on: %d bytes are shown\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a range with the objects on both sides (all zeros: none)."""

    delta: FileDelta
    blob: str
    old_blob: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a range changes: its *entries* by path, renames found, and its text.

    *diff* is unified, hand-written files first and generated ones last; cut at a line end where it
    is long, saying so. What an agent wrote is in it as it is: terminal escapes are for the renderer
    to strip. *patch_id* names all of the content and is kept by a pure rebase: as for
    ``git patch-id``, line numbers do not count; unlike there, white space, modes and the content of
    binary files do, because an approval hangs on it. *head* is the commit that it leads to.
    *is_cut*: the text does not hold all of it.
    """

    entries: tuple[Entry, ...]
    diff: str
    patch_id: str
    head: str
    is_cut: bool = False

    @property
    def deltas(self) -> tuple[FileDelta, ...]:
        """What changes, without object ids."""
        return tuple(entry.delta for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a range; *when* is its author's date in seconds since the epoch."""

    sha: str
    subject: str
    author: str
    when: float


def measure(hub: Hub, base: str, head: str, *, limit_bytes: int = DIFF_BYTES) -> Measured:
    """Return what *head* changes against *base*; its diff has at most *limit_bytes*.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    digest = hashlib.sha256()
    with _told(hub, base, head) as (entries, patch):
        text = _Text(entries, limit_bytes)
        for line in patch:
            text.add(line)
            if not line.startswith(_NOT_CONTENT):
                digest.update(b"@@\n" if line.startswith(b"@@") else line)
    for entry in entries:
        if entry.delta.added is None:
            digest.update(f"{entry.delta.status} {entry.old_blob} {entry.blob}\n".encode())
    return Measured(entries, text.shown(), digest.hexdigest()[:40], head, text.is_cut)


def diff_text(hub: Hub, base: str, head: str, *, limit_bytes: int) -> str:
    """Return the range as a unified diff, as :class:`Measured` has it, reading no more than needed.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    with _told(hub, base, head) as (entries, patch):
        text = _Text(entries, limit_bytes)
        for line in patch:
            text.add(line)
            if text.is_full:
                break
    return text.shown()


class _Text:
    """The diff of *entries* as it comes in, in two parts of which each is kept up to a limit."""

    def __init__(self, entries: tuple[Entry, ...], limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._written, self._generated = bytearray(), bytearray()
        self._part = self._written
        self._parts = iter(self._parts_of(entries))

    @property
    def is_cut(self) -> bool:
        """Whether what came in is more than is shown."""
        return len(self._written) + len(self._generated) > self._limit

    @property
    def is_full(self) -> bool:
        """Whether nothing that comes later can be shown any more."""
        return len(self._written) > self._limit

    def add(self, line: bytes) -> None:
        if line.startswith(_FILE_HEADER):  # lines of content begin with a blank, a plus or a minus
            self._part = next(self._parts, self._written)
        if len(self._part) <= self._limit:
            self._part += line

    def shown(self) -> str:
        text = bytes(self._written + self._generated)
        if len(text) > self._limit:
            text = text[: text.rfind(b"\n", 0, self._limit) + 1]
            text += _CUT % len(text)
        return text.decode("utf-8", "replace")

    def _parts_of(self, entries: tuple[Entry, ...]) -> Iterator[bytearray]:
        for entry in entries:
            part = self._generated if is_generated(entry.delta.path) else self._written
            yield part
            if entry.delta.status == "T":  # shown as one file gone and another come
                yield part


def authors(hub: Hub, base: str, head: str) -> tuple[str, ...]:
    """Return who the commits that *head* has and *base* has not say they are from.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    line = objects(hub).line_to(base, head)
    if line is None or any(len(commit.parents) > 1 for commit in line[:-1]):
        return tuple(dict.fromkeys(commit.author for commit in commits(hub, base, head)))
    return tuple(dict.fromkeys(commit.author for commit in line[:-1]))


def commits(hub: Hub, base: str, head: str) -> tuple[Commit, ...]:
    """Return the commits that *head* has and *base* has not, newest first.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    answer = git(
        _place(hub),
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


@contextmanager
def _told(hub: Hub, base: str, head: str) -> Iterator[tuple[tuple[Entry, ...], io.BufferedReader]]:
    """Give the entries of a range and, still to be read, its patch."""
    with reading(
        _place(hub),
        *("-c", "attr.tree=.none"),  # no such tree: git 2.43 and newer then read none from HEAD
        *("-c", f"core.bigFileThreshold={_BINARY_FROM}"),
        *("diff-tree", "-r", "-z", "--find-renames", "--no-ext-diff", "--no-textconv"),
        *("--no-color", "--ignore-submodules=none", "--raw", "--no-abbrev", "--numstat", "--patch"),
        *("--end-of-options", _fork(hub, base, head), head, "--"),
    ) as output:
        raw, rest = _raw_entries(list(_fields(output)))
        lines = _line_counts(rest)
        yield tuple(_entry(*item, lines) for item in raw), output


def _fork(hub: Hub, base: str, head: str) -> str:
    """Return the commit that both sides come from, *base* where there is none."""
    if objects(hub).line_to(base, head) is not None:
        return base
    answer = git(_place(hub), "merge-base", "--end-of-options", base, head, accept=(0, 1))
    return answer.text.partition("\n")[0] or base


def objects(hub: Hub) -> Objects:
    """Return what answers for the objects of *hub*."""
    return objects_of(_place(hub))


def _place(hub: Hub) -> str:
    return f"--git-dir={os.fspath(hub)}"


def _fields(output: io.BufferedReader) -> Iterator[bytes]:
    """Yield the fields in front of the patch; an empty one parts them from it."""
    begun = b""
    while held := output.peek():
        end = held.find(b"\0")
        begun += output.read(end + 1 if end >= 0 else len(held))
        if end < 0:
            continue
        if begun == b"\0":
            return
        yield begun[:-1]
        begun = b""


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
