"""Merges that touch no file: ask ``git merge-tree``, and give what it says as a value."""

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from darkfactory.gitio import GitAnswer
from darkfactory.workspaces.union import NO_ATTRIBUTES, by_union, listed_among

Run = Callable[..., GitAnswer]
_MEMORY, _MEMORY_BYTES = "/dev/shm", 256 << 20  # noqa: S108 - a folder of ours is made there


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that touched no file: *conflicts* names the paths that need a person or an agent.

    *tree* is the merged tree; with conflicts it holds files with conflict marks. *union* are paths
    that conflicted and have the lines of both sides now.
    """

    tree: str
    conflicts: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    union: tuple[str, ...] = ()

    def with_union(self, listed: tuple[str, ...]) -> "Merged":
        """Return this merge saying which of the *listed* paths conflict no more."""
        return replace(self, union=tuple(path for path in listed if path not in self.conflicts))

    @property
    def clean(self) -> bool:
        """Whether nothing conflicts."""
        return not self.conflicts


def merge_one(run: Run, pair: tuple[str, str], union: tuple[str, ...]) -> Merged:
    """Merge two commits of the hub whose git *run* is, by *union* where such files conflict.

    Raises:
        GitFailed: If one is missing or they have no common history.
    """
    found = _merge_one(run, pair)
    listed = listed_among(found.conflicts, union)
    if not listed:
        return found
    with by_union(listed) as options:
        return _merge_one(run, pair, *options).with_union(listed)


def merge_many(run: Run, pairs: Sequence[tuple[str, str]], union: tuple[str, ...]) -> list[Merged]:
    """Merge each of *pairs* as :func:`merge_one`, all at once and without messages.

    Raises:
        GitFailed: If one is missing or they have no common history.
    """
    if not pairs:
        return []
    found = _merge_many(run, pairs)
    listed = [listed_among(one.conflicts, union) for one in found]
    again = [pair for pair, paths in zip(pairs, listed, strict=True) if paths]
    if not again:
        return found
    with by_union({path for paths in listed for path in paths}) as options:
        merged = iter(_merge_many(run, again, *options))
    return [
        next(merged).with_union(paths) if paths else one
        for one, paths in zip(found, listed, strict=True)
    ]


def memory_folder() -> str | None:
    """Return a folder that is in memory and has room; None: where temporary files are else."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return None


def _merge_one(run: Run, pair: tuple[str, str], *options: str) -> Merged:
    told = ("-z", "--name-only", "--messages")
    merge = (*NO_ATTRIBUTES, *options, "merge-tree", "--write-tree", *told, *pair)
    answer = run(*merge, accept=(0, 1))
    return merged_of(answer.stdout, clean=answer.status == 0)


def _merge_many(run: Run, pairs: Sequence[tuple[str, str]], *options: str) -> list[Merged]:
    asked = "".join(f"{ours} {theirs}\n" for ours, theirs in pairs)
    told = ("--stdin", "--name-only", "--no-messages")
    merge = (*NO_ATTRIBUTES, *options, "merge-tree", "--write-tree", *told)
    return merges_of(run(*merge, stdin=asked.encode()).stdout)


def merged_of(output: bytes, *, clean: bool) -> Merged:
    """Return the value of the *output* of ``merge-tree --write-tree -z --name-only --messages``."""
    fields = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    tree = next(fields)
    paths = tuple(itertools.takewhile(bool, fields))
    return Merged(tree, () if clean else paths, tuple(_messages(fields)))


def merges_of(output: bytes) -> list[Merged]:
    """Return the values of the *output* of ``merge-tree --stdin --name-only --no-messages``.

    A merge is its status, its tree, the paths in conflict and an empty field.
    """
    fields = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    found = []
    for status in fields:
        if status:
            tree = next(fields)
            paths = tuple(itertools.takewhile(bool, fields))
            found.append(Merged(tree, () if status == "1" else paths))
    return found


def _messages(fields: Iterator[str]) -> Iterator[str]:
    """Yield the texts of records of a count, that many paths, a kind and a text."""
    for count in fields:
        if count.strip():
            record = list(itertools.islice(fields, int(count) + 2))
            yield record[-1].strip()
