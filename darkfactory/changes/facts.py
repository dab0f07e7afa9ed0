"""Gather from the hub what the risk of a change is judged by."""

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence

from darkfactory.changes.measure import Entry, Hub, diff_text, entries
from darkfactory.changes.paths import is_test, outside, protected
from darkfactory.changes.risk import RiskFacts
from darkfactory.changes.secrets import secrets_in
from darkfactory.changes.weakening import FileText, silenced, weakened
from darkfactory.gitio import git

DIFF_BYTES = 4 << 20
_LARGE_BYTES = 1 << 20
_LONGEST_TEST_BYTES = 256 << 10
_ALL_TESTS_BYTES = 4 << 20
_LONGEST_LINK_BYTES = 4096


def risk_facts(
    hub: Hub,
    base: str,
    head: str,
    *,
    patterns: Sequence[str] = (),
    owns: Sequence[str] = (),
    waffle: float | None = None,
    diff: str | None = None,
) -> RiskFacts:
    """Return the facts of the range that :func:`darkfactory.changes.risk.risk` judges.

    Args:
        patterns: The protected paths of lanes.yaml.
        owns: The lane's own paths; empty: all.
        waffle: The session's score, if it is known.
        diff: The text of the range where it is at hand already.

    Raises:
        GitFailed: If the hub has no such commits.
    """
    found = entries(hub, base, head)
    deltas = tuple(entry.delta for entry in found)
    text = diff_text(hub, base, head, limit_bytes=DIFF_BYTES) if diff is None else diff
    sizes = _sizes(hub, found)
    return RiskFacts(
        deltas=deltas,
        protected=protected(deltas, patterns),
        outside=outside(deltas, owns),
        secrets=secrets_in(text),
        weakened=weakened(list(_test_texts(hub, found, sizes))),
        silenced=silenced(text),
        large=tuple(_large(found, sizes)),
        links_out=tuple(_links_out(hub, found, sizes)),
        waffle=waffle,
    )


def _sizes(hub: Hub, found: Iterable[Entry]) -> dict[str, int]:
    """Return the size of every blob on either side, by id."""
    ids = _ids(blob for entry in found for blob in (entry.blob, entry.old_blob))
    if not ids:
        return {}
    answer = git(
        "--git-dir",
        os.fspath(hub),
        "cat-file",
        "--batch-check=%(objectname) %(objecttype) %(objectsize)",
        stdin=ids,
    )
    fields = (line.split(" ") for line in answer.text.splitlines())
    return {parts[0]: int(parts[2]) for parts in fields if parts[1:2] == ["blob"]}


def _contents(hub: Hub, blobs: Iterable[str]) -> dict[str, bytes]:
    """Return the content of each of *blobs* by id; call with blobs of known, small size."""
    ids = _ids(blobs)
    if not ids:
        return {}
    raw = git("--git-dir", os.fspath(hub), "cat-file", "--batch", stdin=ids).stdout
    found: dict[str, bytes] = {}
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        name, kind, *size = raw[at:end].decode("ascii").split(" ")
        at = end + 1
        if kind == "blob" and size:
            found[name] = raw[at : at + int(size[0])]
            at += int(size[0]) + 1
    return found


def _ids(blobs: Iterable[str]) -> bytes:
    return "".join(f"{blob}\n" for blob in dict.fromkeys(blobs) if blob.strip("0")).encode()


def _test_texts(hub: Hub, found: Iterable[Entry], sizes: dict[str, int]) -> Iterator[FileText]:
    """Yield both sides of every test file, as far as they are not out of measure."""
    tests: list[Entry] = []
    left = _ALL_TESTS_BYTES
    for entry in found:
        longest = max(sizes.get(entry.blob, 0), sizes.get(entry.old_blob, 0))
        is_text = entry.delta.added is not None and longest <= _LONGEST_TEST_BYTES
        if is_text and longest <= left and any(is_test(path) for path in entry.delta.paths):
            tests.append(entry)
            left -= longest
    texts = _contents(hub, (blob for entry in tests for blob in (entry.blob, entry.old_blob)))
    for entry in tests:
        sides = (texts.get(entry.old_blob), texts.get(entry.blob))
        before, after = (None if raw is None else raw.decode("utf-8", "replace") for raw in sides)
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
    targets = _contents(hub, (entry.blob for entry in links))
    for entry in links:
        target = os.fsdecode(targets.get(entry.blob, b""))
        place = posixpath.normpath(posixpath.join(posixpath.dirname(entry.delta.path), target))
        if place.startswith(("/", "..")) or ".git" in place.casefold().split("/"):
            yield f"{entry.delta.path} -> {target}"
