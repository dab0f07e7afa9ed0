"""Merges that touch no file: what ``git merge-tree`` says, as a value."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that touched no file: *conflicts* names the paths that need a person or an agent.

    *tree* is the merged tree; with conflicts it holds files with conflict marks.
    """

    tree: str
    conflicts: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing conflicts."""
        return not self.conflicts


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
