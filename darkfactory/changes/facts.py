"""Gather from the hub what the risk of a change is judged by."""

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence

from darkfactory.changes.measure import Entry, Hub, Measured, objects
from darkfactory.changes.paths import is_test, outside, protected
from darkfactory.changes.risk import RiskFacts
from darkfactory.changes.secrets import secrets_in
from darkfactory.changes.weakening import FileText, silenced, weakened

_LARGE_BYTES = 1 << 20
_LONGEST_TEST_BYTES = 256 << 10
_ALL_TESTS_BYTES = 4 << 20
_LONGEST_LINK_BYTES = 4096


def risk_facts(
    hub: Hub,
    measured: Measured,
    *,
    patterns: Sequence[str] = (),
    owns: Sequence[str] = (),
    waffle: float | None = None,
) -> RiskFacts:
    """Return the facts of a range of *hub* that :func:`darkfactory.changes.risk.risk` judges.

    Args:
        patterns: The protected paths of lanes.yaml.
        owns: The lane's own paths; empty: all.
        waffle: The session's score, if it is known.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    found, deltas = measured.entries, measured.deltas
    sizes = _sizes(hub, found)
    return RiskFacts(
        deltas=deltas,
        protected=protected(deltas, patterns),
        outside=outside(deltas, owns),
        secrets=secrets_in(measured.diff),
        weakened=weakened(list(_test_texts(hub, found, sizes))),
        silenced=silenced(measured.diff),
        large=tuple(_large(found, sizes)),
        links_out=tuple(_links_out(hub, found, sizes)),
        waffle=waffle,
    )


def _sizes(hub: Hub, found: Iterable[Entry]) -> dict[str, int]:
    """Return the size of every blob on either side, by id."""
    blobs = dict.fromkeys(blob for entry in found for blob in (entry.blob, entry.old_blob))
    answers = objects(hub).find_all([blob for blob in blobs if blob.strip("0")])
    return {each.id: each.size for each in answers if each and each.kind == "blob"}


def _content(hub: Hub, blob: str, sizes: dict[str, int]) -> bytes | None:
    return objects(hub).content(blob, sizes[blob]) if blob in sizes else None


def _test_texts(hub: Hub, found: Iterable[Entry], sizes: dict[str, int]) -> Iterator[FileText]:
    """Yield both sides of every test file, as far as they are not out of measure."""
    left = _ALL_TESTS_BYTES
    for entry in found:
        longest = max(sizes.get(entry.blob, 0), sizes.get(entry.old_blob, 0))
        is_text = entry.delta.added is not None and longest <= _LONGEST_TEST_BYTES
        if is_text and longest <= left and any(is_test(path) for path in entry.delta.paths):
            left -= longest
            sides = (_content(hub, blob, sizes) for blob in (entry.old_blob, entry.blob))
            before, after = (
                raw if raw is None else raw.decode("utf-8", "replace") for raw in sides
            )
            yield FileText(entry.delta.path, before, after)


def _large(found: Iterable[Entry], sizes: dict[str, int]) -> Iterator[str]:
    for entry in found:
        size = sizes.get(entry.blob, 0)
        if size >= _LARGE_BYTES:
            yield f"{entry.delta.path} ({size / _LARGE_BYTES:.1f} MiB)"


def _links_out(hub: Hub, found: Iterable[Entry], sizes: dict[str, int]) -> Iterator[str]:
    """Yield the symlinks that lead out of the tree or to git's own files."""
    links = [
        entry
        for entry in found
        if entry.delta.is_symlink and sizes.get(entry.blob, 0) <= _LONGEST_LINK_BYTES
    ]
    for entry in links:
        target = os.fsdecode(_content(hub, entry.blob, sizes) or b"")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(entry.delta.path), target))
        if place.startswith(("/", "..")) or ".git" in place.casefold().split("/"):
            yield f"{entry.delta.path} -> {target}"
