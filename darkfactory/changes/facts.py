"""Gather from the hub what the risk of a change is judged by."""

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence

from darkfactory.changes.blobs import Blobs
from darkfactory.changes.exits import exits
from darkfactory.changes.gone import gone_names
from darkfactory.changes.invisible import invisible
from darkfactory.changes.manifests import touches_checks
from darkfactory.changes.measure import Hub, Measured
from darkfactory.changes.paths import (
    decides_checks,
    is_code,
    is_manifest,
    is_test,
    outside,
    protected,
)
from darkfactory.changes.rigged import rigged
from darkfactory.changes.risk import RiskFacts
from darkfactory.changes.secrets import secrets_among
from darkfactory.changes.shadows import runs_of, shadows
from darkfactory.changes.silenced import silenced
from darkfactory.changes.tampering import tampering
from darkfactory.changes.tests_read import FileText, read_tests
from darkfactory.changes.unified import Line, changed_lines
from darkfactory.gitio import git

_LARGE_BYTES = 1 << 20
_LONGEST_TEXT_BYTES = 256 << 10
_ALL_TEXTS_BYTES = 4 << 20
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
    lines = [line for line in changed_lines(measured.diff) if line.added]
    hidden = list(blobs.hidden_lines())
    test_files = list(_texts(blobs, is_test))
    tests = read_tests(test_files)
    code = list(_texts(blobs, is_code))
    gone = gone_names((one.before or "", one.after or "") for one in code)
    signs = (*tampering(tests, gone), *rigged(code, test_files, lines))

    def is_package(folder: str) -> bool:
        name = f":(literal){folder}/__init__.py"
        return bool(git(f"--git-dir={os.fspath(hub)}", "ls-tree", measured.head, "--", name).text)

    bypasses = (
        *shadows(deltas, runs_of(commands), is_package),
        *exits(lines, blobs.text),
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
        tests_gone=tests.gone,
        silenced=silenced(measured.diff),
        invisible=invisible([*lines, *_names(measured)]),
        large=tuple(_large(blobs)),
        is_cut=measured.is_cut,
        unread_bytes=_unread_bytes(blobs),
        links_out=tuple(_links_out(blobs)),
        waffle=waffle,
    )


def _texts(blobs: Blobs, wanted: Callable[[str], bool]) -> Iterator[FileText]:
    """Yield both sides of the *wanted* files, as far as they are not out of measure."""
    left = _ALL_TEXTS_BYTES
    for entry in blobs.entries:
        longest = max(blobs.size(entry.blob), blobs.size(entry.old_blob))
        is_text = entry.delta.added is not None and longest <= _LONGEST_TEXT_BYTES
        if is_text and longest <= left and any(map(wanted, entry.delta.paths)):
            left -= longest
            yield FileText(entry.delta.path, *_sides(blobs, entry.old_blob, entry.blob))


def _sides(blobs: Blobs, before: str, after: str) -> tuple[str | None, str | None]:
    sides = (blobs.content(blob) for blob in (before, after))
    old, new = (raw if raw is None else raw.decode("utf-8", "replace") for raw in sides)
    return old, new


def _settings_of_checks(blobs: Blobs) -> Iterator[str]:
    """Yield the manifests of which more changes than dependencies."""
    for entry in blobs.entries:
        if not any(is_manifest(path) for path in entry.delta.paths):
            continue
        if max(blobs.size(entry.blob), blobs.size(entry.old_blob)) > _LONGEST_TEXT_BYTES:
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
