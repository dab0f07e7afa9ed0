"""A private index over a workspace's files; only the hub's git and configuration work on it."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.gitio import GitAnswer, GitFailed
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.laying import exclude_lines
from darkfactory.workspaces.slot import Workspace
from darkfactory.workspaces.survey import Skipped

# A name that git refuses costs a few processes to find; past this many the rest is left out.
_MOST_REFUSALS = 64
_TIMED_OUT = 124
# The index is thrown away. Files and trees go out to the disk, and the commit that comes after them
# flushes it for all: what git's batch method does within one command.
_WRITTEN_OUT = ("-c", "core.fsync=objects", "-c", "core.fsyncMethod=writeout-only")


@dataclass(frozen=True, slots=True)
class Staging:
    """A copy of a workspace's trusted index, in which its files are staged."""

    hub: Hub
    workspace: Workspace
    index: Path
    excluded: Path
    seconds: float

    def git(
        self, *arguments: str, stdin: bytes | None = None, accept: Sequence[int] = (0,)
    ) -> GitAnswer:
        """Run git on the index and the workspace's files, with the hub's configuration.

        Raises:
            GitFailed: If it fails or does not end in time.
        """
        return self.hub.git(
            f"--work-tree={self.workspace.path}",
            *("-c", f"core.excludesFile={self.excluded}"),
            *_WRITTEN_OUT,
            *arguments,
            cwd=self.workspace.path,
            env={"GIT_INDEX_FILE": str(self.index)},
            stdin=stdin,
            accept=accept,
            timeout_seconds=self.seconds,
        )

    def excludes(self, path: bytes) -> bool:
        """Whether *path* is, or lies below, one that the factory itself put there."""
        given = (os.fsencode(each.strip("/")) for each in self.workspace.exclude)
        return any(path == each or path.startswith(each + b"/") for each in given)


@contextlib.contextmanager
def private_index(hub: Hub, workspace: Workspace, start: str, seconds: float) -> Iterator[Staging]:
    """Yield a staging that tracks what *start* does; files that are as at the lease are known so.

    Raises:
        GitFailed: If *start* or the base of the workspace is not in the hub.
    """
    with tempfile.TemporaryDirectory(prefix="snapshot-", dir=workspace.private) as folder:
        staging = Staging(hub, workspace, Path(folder) / "index", Path(folder) / "exclude", seconds)
        lines = exclude_lines(workspace.exclude)
        staging.excluded.write_text(lines, encoding="utf-8", errors="surrogateescape")
        trusted = workspace.private / "index"
        if trusted.exists():
            # With its times, by which git tells entries that are too fresh to be trusted.
            shutil.copy2(trusted, staging.index)
        else:
            staging.git("read-tree", workspace.base)
        if start != workspace.base:
            staging.git("read-tree", "-i", "-m", workspace.base, start)
            _restore_excluded(staging, start)
        yield staging


def _restore_excluded(staging: Staging, start: str) -> None:
    """Undo in the index what commits up to *start* did to paths that the factory put there."""
    if not staging.workspace.exclude:
        return
    paths = [f":(literal){each.strip('/')}" for each in staging.workspace.exclude]
    fields = staging.git(
        *("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev"),
        *(staging.workspace.base, start, "--", *paths),
    ).stdout.split(b"\0")
    lines = b""
    for record, path in zip(fields[::2], fields[1::2], strict=False):
        mode, _, target, *_ = record.removeprefix(b":").split(b" ")
        lines += mode + b" " + target + b"\t" + path + b"\0"
    staging.git("update-index", "-z", "--index-info", stdin=lines)


def unstage(staging: Staging, paths: Sequence[bytes]) -> None:
    """Make the index lose *paths*, whatever lies in their place now.

    Raises:
        GitFailed: If it cannot be written.
    """
    if paths:
        listed = b"".join(path + b"\0" for path in paths)
        staging.git("update-index", "-z", "--force-remove", "--stdin", stdin=listed)


def stage(staging: Staging, paths: Sequence[bytes]) -> list[Skipped]:
    """Make the index hold the files of *paths*; return those that git refuses, and why.

    Raises:
        DiskFull: If there is no room to store anything.
        GitFailed: If it takes too long.
    """
    refused: list[Skipped] = []
    pending = [list(paths)] if paths else []
    while pending:
        part = pending.pop()
        try:
            refused += _update(staging, part)
        except GitFailed as error:
            if error.status == _TIMED_OUT:
                raise
            if len(part) > 1 and len(refused) < _MOST_REFUSALS:
                pending += [part[: len(part) // 2], part[len(part) // 2 :]]
            elif len(part) > 1 or not _update_unconverted(staging, part[0]):
                reason = f"git refuses it: {error.said.partition(chr(10))[0]}"
                refused += [Skipped(path, reason) for path in part]
    return refused


def _update(staging: Staging, paths: Sequence[bytes]) -> list[Skipped]:
    listed = b"".join(path + b"\0" for path in paths)
    answer = staging.git("update-index", "-z", "--add", "--replace", "--stdin", stdin=listed)
    if "Ignoring path " not in answer.stderr:
        return []
    said = answer.stderr + "\n"
    ignored = (path for path in paths if f"Ignoring path {path.decode(errors='replace')}\n" in said)
    return [Skipped(path, "is a name that git refuses") for path in ignored]


def _update_unconverted(staging: Staging, path: bytes) -> bool:
    """Stage one file byte by byte, where its attributes ask for a conversion that fails."""
    place = os.path.join(os.fsencode(staging.workspace.path), path)
    try:
        status = os.lstat(place)
        if not stat.S_ISREG(status.st_mode):
            return False
        with open(place, "rb") as file:
            content = file.read()
        blob = staging.git("hash-object", "-w", "--no-filters", "--stdin", stdin=content).text
        mode = b"100755" if status.st_mode & stat.S_IXUSR else b"100644"
        line = mode + b" " + blob.encode() + b"\t" + path + b"\0"
        staging.git("update-index", "-z", "--index-info", stdin=line)
    except (GitFailed, OSError):
        return False
    return True
