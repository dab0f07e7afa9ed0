"""Gather from the hub what the risk of a change is judged by."""

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from darkfactory.changes.blobs import Blobs
from darkfactory.changes.cases import Sign
from darkfactory.changes.exits import exits
from darkfactory.changes.gone import gone_names
from darkfactory.changes.invisible import invisible
from darkfactory.changes.manifests import touches_checks
from darkfactory.changes.measure import Hub, Measured, objects
from darkfactory.changes.paths import (
    decides_checks,
    holds_tests,
    is_code,
    is_manifest,
    is_snapshot,
    outside,
    protected,
)
from darkfactory.changes.places import Place
from darkfactory.changes.readable import FileText, readable
from darkfactory.changes.rigged import rigged
from darkfactory.changes.risk import RiskFacts
from darkfactory.changes.secrets import secrets_among
from darkfactory.changes.shadows import runs_of, shadows
from darkfactory.changes.silenced import silenced
from darkfactory.changes.tampering import tampering
from darkfactory.changes.tests_read import read_tests
from darkfactory.changes.unified import Line, changed_lines
from darkfactory.domain.change import FileDelta

_LARGE_BYTES = 1 << 20
_LONGEST_TEXT_BYTES = 256 << 10
_ALL_TEXTS_BYTES = 2 << 20
_MOST_LINES = 20_000
"""Of those that a diff adds: more are not searched, and that is told."""
_MOST_SEEN = 200_000
"""Of those that a diff adds or takes away: half a second of looking past what is taken away."""
_ALL_PROGRAMS_BYTES = 128 << 10
_ALL_MANIFESTS_BYTES = 256 << 10
_LONGEST_LINK_BYTES = 4096


def risk_facts(
    hub: Hub,
    measured: Measured,
    *,
    patterns: Sequence[str] = (),
    commands: Sequence[str] = (),
    owns: Sequence[str] = (),
    waffle: float | None = None,
) -> RiskFacts:
    """Return the facts of a range of *hub* that :func:`darkfactory.changes.risk.risk` judges.

    Args:
        patterns: The protected paths of lanes.yaml.
        commands: The shell commands of the harness.
        owns: The lane's own paths; empty: all.
        waffle: The session's score, if it is known.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    deltas, blobs = measured.deltas, Blobs(hub, measured.entries)
    lines, is_whole = _added(measured.diff)
    hidden = list(islice(blobs.hidden_lines(), _MOST_LINES))
    of_tests, too_large = _texts(blobs, holds_tests)
    code, large_code = _texts(blobs, is_code)
    tests = readable(of_tests)
    read = read_tests(tests.files)
    gone = gone_names((one.before or "", one.after or "") for one in code)
    rigging = readable(filter(_is_python, code))
    signs = (
        *tampering(read, gone, is_whole=not too_large and not tests.unread),
        *rigged(rigging.files, tests.files, lines),
        *_snapshots(deltas),
    )

    def is_package(folder: str) -> bool:
        name = f"{measured.head}:{folder}/__init__.py"
        return objects(hub).find(name) is not None

    bypasses = (
        *shadows(deltas, runs_of(commands), is_package),
        *exits(lines, _Texts(blobs)),
    )
    named = (
        *protected(deltas, patterns),
        *(path for delta in deltas for path in delta.paths if decides_checks(path)),
        *_settings_of_checks(blobs),
        *(place.path for place in bypasses),
    )
    return RiskFacts(
        deltas=deltas,
        protected=tuple(dict.fromkeys(named)),
        bypasses=bypasses,
        outside=outside(deltas, owns),
        secrets=secrets_among([*lines, *hidden]),
        tampered=tuple(sign for sign in signs if not sign.fine),
        altered=tuple(sign for sign in signs if sign.fine),
        tests_gone=read.gone,
        silenced=silenced(lines),
        invisible=invisible([*lines, *_names(measured)]),
        large=tuple(_large(blobs)),
        unread=(*too_large, *tests.unread, *filter(_is_python, large_code), *rigging.unread),
        is_cut=measured.is_cut or not is_whole or len(hidden) == _MOST_LINES,
        unread_bytes=_unread_bytes(blobs),
        links_out=tuple(_links_out(blobs)),
        waffle=waffle,
    )


def _added(diff: str) -> tuple[list[Line], bool]:
    """Return the lines that *diff* adds, as many as are searched, and whether these are all."""
    found: list[Line] = []
    for number, line in enumerate(changed_lines(diff)):
        if number == _MOST_SEEN or len(found) == _MOST_LINES:
            return found, False
        if line.added:
            found.append(line)
    return found, True


def _texts(blobs: Blobs, wanted: Callable[[str], bool]) -> tuple[list[FileText], list[Place]]:
    """Return both sides of the *wanted* files that people write, and those out of measure."""
    left = _ALL_TEXTS_BYTES
    found, too_large = [], []
    for entry in blobs.entries:
        path = entry.delta.path
        if not any(map(wanted, entry.delta.paths)):
            continue
        longest = max(blobs.size(entry.blob), blobs.size(entry.old_blob))
        if longest > min(left, _LONGEST_TEXT_BYTES):
            too_large.append(Place(path, 0, "is not read whole: it is too large"))
        elif entry.delta.added is None:
            too_large.append(Place(path, 0, "is not read: git takes it for no text"))
        else:
            left -= longest
            found.append(FileText(path, *_sides(blobs, entry.old_blob, entry.blob)))
    return found, too_large


def _snapshots(deltas: Sequence[FileDelta]) -> Iterator[Sign]:
    """Yield the recorded answers that change although no code does."""
    if any(is_code(path) for delta in deltas for path in delta.paths):
        return
    for delta in deltas:
        if delta.status in "MD" and is_snapshot(delta.path):
            why = "changes what tests expect, and no code"
            yield Sign(delta.path, 0, why, "fine where it was out of date")


def _is_python(file: FileText | Place) -> bool:
    return file.path.endswith(".py")


class _Texts:
    """Gives files as a change leaves them, None from where it would be too much to read."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._left = _ALL_PROGRAMS_BYTES

    def __call__(self, path: str) -> str | None:
        text = self._blobs.text(path, self._left)
        self._left -= len(text or "")
        return text


def _sides(blobs: Blobs, before: str, after: str) -> tuple[str | None, str | None]:
    sides = (blobs.content(blob) for blob in (before, after))
    old, new = (raw if raw is None else raw.decode("utf-8", "replace") for raw in sides)
    return old, new


def _settings_of_checks(blobs: Blobs) -> Iterator[str]:
    """Yield the manifests of which more changes than dependencies, or that are too long to tell."""
    left = _ALL_MANIFESTS_BYTES
    for entry in blobs.entries:
        if not any(is_manifest(path) for path in entry.delta.paths):
            continue
        left -= max(blobs.size(entry.blob), blobs.size(entry.old_blob))
        if left < 0:
            yield entry.delta.path
            continue
        before, after = _sides(blobs, entry.old_blob, entry.blob)
        if touches_checks(entry.delta.path, before or "", after or ""):
            yield entry.delta.path


def _names(measured: Measured) -> Iterator[Line]:
    """Yield the names of new files as lines: a name is read, too."""
    for delta in measured.deltas:
        if delta.status in "ARC":
            yield Line(delta.path, 0, delta.path, added=True)


def _large(blobs: Blobs) -> Iterator[str]:
    for entry in blobs.entries:
        size = blobs.size(entry.blob)
        if size >= _LARGE_BYTES:
            yield f"{entry.delta.path} ({size / _LARGE_BYTES:.1f} MiB)"


def _unread_bytes(blobs: Blobs) -> int:
    """Return how much the change brings that nobody reads: binary files and very large ones."""
    sizes = {
        entry.blob: blobs.size(entry.blob)
        for entry in blobs.entries
        if entry.delta.added is None or blobs.size(entry.blob) >= _LARGE_BYTES
    }
    return sum(sizes.values())


def _links_out(blobs: Blobs) -> Iterator[str]:
    """Yield the symlinks that lead out of the tree or to git's own files."""
    for entry in blobs.entries:
        if not entry.delta.is_symlink or blobs.size(entry.blob) > _LONGEST_LINK_BYTES:
            continue
        target = os.fsdecode(blobs.content(entry.blob) or b"")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(entry.delta.path), target))
        if place.startswith(("/", "..")) or ".git" in place.casefold().split("/"):
            yield f"{entry.delta.path} -> {target}"
