"""Read what an agent left in its git folder, without git: every byte there may be hostile."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.slot import Workspace

_REF_BYTES = 4096
_PACKED_BYTES = 16 << 20
_MOST_REFS = 1000
_MOST_OBJECT_FILES = 300_000


@dataclass(frozen=True, slots=True)
class GitLeft:
    """What a git folder claims. *objects* is None where its objects cannot be used.

    *refs* are branches, tags, stashes and the heads of linked worktrees by name.
    """

    head: str | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    objects: Path | None = None
    object_bytes: int = 0
    problems: tuple[str, ...] = ()


def read_git(workspace: Workspace, hub: Hub) -> GitLeft:
    """Return what the agent's git folder of *workspace* claims; never raises for its content."""
    if not _is_folder(workspace.common_folder) or not _is_folder(workspace.git_folder):
        return GitLeft(problems=("its git folder is gone or is not a folder",))
    refs = dict(_refs(workspace.common_folder, hub.object_format))
    head = _head(workspace.git_folder, refs, hub.object_format)
    problems = () if head else ("its HEAD names no commit",)
    try:
        objects = workspace.common_folder / "objects"
        size = _object_bytes(objects, workspace.lender or hub.path / "objects")
    except (OSError, ValueError) as error:
        return GitLeft(head, refs, problems=(*problems, f"its objects cannot be used: {error}"))
    return GitLeft(head, refs, objects, size, problems)


def _head(folder: Path, refs: Mapping[str, str], object_format: str) -> str | None:
    text = _small_file(folder / "HEAD", _REF_BYTES).strip()
    if text.startswith("ref:"):
        return refs.get(text.removeprefix("ref:").strip())
    return text if _is_id(text, object_format) else None


def _refs(folder: Path, object_format: str) -> Iterator[tuple[str, str]]:
    for line in _small_file(folder / "packed-refs", _PACKED_BYTES).splitlines()[:_MOST_REFS]:
        target, _, name = line.partition(" ")
        if _is_id(target, object_format):
            yield name, target
    for path in _ref_files(folder):
        target = _small_file(path, _REF_BYTES).strip()
        if _is_id(target, object_format):
            yield str(path.relative_to(folder)), target
    # All stashes but the last are known to the log of refs/stash alone.
    log = _small_file(folder / "logs" / "refs" / "stash", _PACKED_BYTES).splitlines()
    for number, line in enumerate(log[-_MOST_REFS:]):
        target = line.split(" ")[1] if line.count(" ") > 1 else ""
        if _is_id(target, object_format):
            yield f"refs/stash@{number}", target


def _ref_files(folder: Path) -> Iterator[Path]:
    found = 0
    for parent, _, files in os.walk(folder / "refs"):
        for name in files:
            found += 1
            if found > _MOST_REFS:
                return
            yield Path(parent) / name
    if _is_folder(folder / "worktrees"):
        for name in os.listdir(folder / "worktrees")[:_MOST_REFS]:
            yield folder / "worktrees" / name / "HEAD"


def _object_bytes(objects: Path, lender: Path) -> int:
    """Return the size of all object files below *objects*.

    Raises:
        ValueError: If something there is not a plain file, or borrows from elsewhere than *lender*.
        OSError: If it cannot be read.
    """
    if not _is_folder(objects):
        raise ValueError("objects is not a folder")
    alternates = _small_file(objects / "info" / "alternates", _REF_BYTES).split("\n")
    if alternates != [str(lender), ""]:
        raise ValueError("objects/info/alternates was changed")
    size = found = 0
    for parent, folders, files in os.walk(objects, onerror=_give_up):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(parent, name))
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                raise ValueError(f"{name!r} is not a plain file")
            if stat.S_ISREG(status.st_mode) and name != "alternates":
                size += status.st_size
            found += 1
        if found > _MOST_OBJECT_FILES:
            raise ValueError("there are too many files")
    return size


def _give_up(error: OSError) -> None:
    raise error


def _small_file(path: Path, most_bytes: int) -> str:
    """Return the text of a plain file of bounded size; empty for anything else, never waiting."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most_bytes:
            return ""
        return file.read(most_bytes).decode("utf-8", "surrogateescape")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_id(text: str, object_format: str) -> bool:
    length = 64 if object_format == "sha256" else 40
    return len(text) == length and re.fullmatch("[0-9a-f]+", text) is not None
