"""The files of one skill folder that a session may see, and what keeps others out.

A link counts as the file it names when that file is itself one of the skill's. Every other link,
every special file and every folder too large to hand to an agent is an error: what is injected
must be what the hash in the log says, and nothing from outside may come along.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.config.problems import shown
from darkfactory.domain.skill import SkillFinding

MOST_FILES = 500
MOST_BYTES = 5 * 1024 * 1024
DEEPEST = 8

LINK_OR_SPECIAL = "I012"
TOO_LARGE = "Z007"

HISTORY = "HISTORY.jsonl"
"""The accepted changes of a skill, a line each."""
# Scenarios, sidecar and history are about the skill, not of it.
_OURS = frozenset({"evals", "df.yaml", HISTORY})
_NEVER = frozenset({".git", "__pycache__", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class SkillFile:
    """One file to inject: *name* below the skill's folder, *source* without links."""

    name: str
    source: str
    executable: bool
    size: int


def skill_files(folder: Path, *, whole: bool = False) -> tuple[list[SkillFile], list[SkillFinding]]:
    """Return the files of the skill in *folder* sorted by name, and what is wrong with others.

    Args:
        whole: Also those that no session sees: scenarios, sidecar and history.
    """
    root = os.path.realpath(folder)
    hidden: frozenset[str] = frozenset() if whole else _OURS
    files: list[SkillFile] = []
    findings: list[SkillFinding] = []
    for found in _walk(root, "", 1, hidden):
        if isinstance(found, SkillFinding):
            findings.append(found)
        else:
            files.append(found)
        if len(files) > MOST_FILES or sum(file.size for file in files) > MOST_BYTES:
            findings.append(_too_large(f"more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB"))
            break
    return sorted(files, key=lambda file: os.fsencode(file.name)), findings


def _walk(
    root: str, below: str, depth: int, hidden: frozenset[str]
) -> Iterator[SkillFile | SkillFinding]:
    if depth > DEEPEST:
        yield _too_large(f"more than {DEEPEST} folders deep")
        return
    try:
        with os.scandir(os.path.join(root, below)) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield _odd(below or ".", f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        name = f"{below}/{entry.name}" if below else entry.name
        if not _is_hidden(name, hidden):
            yield from _entry(root, name, entry, depth, hidden)


def _entry(
    root: str, name: str, entry: "os.DirEntry[str]", depth: int, hidden: frozenset[str]
) -> Iterator[SkillFile | SkillFinding]:
    if entry.is_dir(follow_symlinks=False):
        yield from _walk(root, name, depth + 1, hidden)
        return
    source = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
    inside = os.path.relpath(source, root)
    if inside.split("/")[0] == ".." or _is_hidden(inside, hidden):
        yield _odd(name, "is a link to something that is not part of the skill")
        return
    try:
        status = os.lstat(source)
    except OSError as error:
        yield _odd(name, f"leads nowhere: {error.strerror}")
        return
    if stat.S_ISREG(status.st_mode):
        yield SkillFile(name, source, bool(status.st_mode & stat.S_IXUSR), status.st_size)
    else:
        yield _odd(name, "is a link to a folder, or no file at all")


def _is_hidden(name: str, hidden: frozenset[str]) -> bool:
    parts = name.split("/")
    return parts[0] in hidden or not _NEVER.isdisjoint(parts)


def _odd(name: str, message: str) -> SkillFinding:
    file = name if name.isprintable() else shown(name)
    return SkillFinding(LINK_OR_SPECIAL, "error", file, f"{file} {message}")


def _too_large(limit: str) -> SkillFinding:
    return SkillFinding(TOO_LARGE, "error", ".", f"the folder is too large: {limit}")
