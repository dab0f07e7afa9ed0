"""Take skills from elsewhere into a folder of ours, so that nothing of theirs runs or reaches out.

From git only objects are fetched, and a link is never made. Plain folders are read file by file.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.config.problems import shown
from darkfactory.domain.skill import SkillFinding
from darkfactory.errors import AnswerNo, UsageError
from darkfactory.skills.fetching import Blob, blobs_of, fetch, read_blob
from darkfactory.skills.folder import (
    LINK_OR_SPECIAL,
    MOST_BYTES,
    MOST_FILES,
    TOO_LARGE,
    skill_files,
)
from darkfactory.skills.frontmatter import FILE, NAME, read_head
from darkfactory.skills.reading import head_of, read_plain
from darkfactory.skills.source import Source, work_tree_of

_DEEPEST = 8
# Apart from the objects that are fetched, whatever a skill is called.
_TAKEN = "skill"


class SkillNotThere(UsageError):
    """A place that does not hold the one skill that is meant."""

    code = "skill.choice"

    def __init__(self, source: Source, name: str, found: Sequence[str]) -> None:
        names = ", ".join(shown(each) for each in found[:30])
        wanted = (
            f"no skill {shown(name)}" if name else f"{len(found)} skills" if found else "no skill"
        )
        super().__init__(
            f"{source.shown} holds {wanted}",
            fix=f"choose one with --skill: {names}"
            if found
            else f"name a place that holds a {FILE}",
        )


class SkillTooLarge(AnswerNo):
    """A skill that is larger than any that sessions get."""

    code = "skill.large"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"skill {shown(name)} is more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB",
            fix="take a smaller one, or copy by hand what you need of it",
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A skill in quarantine: *folder* holds its plain files, *odd* is what was left out.

    *licence* is the name of a licence file of the repository around it, with its text.
    """

    name: str
    folder: Path
    commit: str = ""
    odd: tuple[SkillFinding, ...] = ()
    licence: tuple[str, str] = ("", "")


def take(source: Source, name: str, quarantine: Path) -> Taken:
    """Copy the skill called *name* (empty: the only one) of *source* into the folder *quarantine*.

    Raises:
        SourceUnreachable: If it cannot be had.
        UnknownRevision: If it does not have what is asked for.
        SkillNotThere: If there is no such skill, or more than one.
        SkillTooLarge: If it is too large.
        DiskFull: If there is no room.
    """
    if source.git:
        return _from_git(source, name, quarantine)
    return _from_folder(source, name, quarantine)


def _from_folder(source: Source, name: str, quarantine: Path) -> Taken:
    top = work_tree_of(source.folder)
    paths = {os.path.relpath(each, source.folder): each for each in _skill_folders(source.folder)}
    names = {below: _name_in(path, top) for below, path in paths.items()}
    below = _chosen(source, name, names)
    chosen = paths[below]
    files, odd = skill_files(Path(chosen), whole=True)
    if any(found.rule == TOO_LARGE for found in odd):
        raise SkillTooLarge(names[below])
    target = quarantine / _TAKEN / names[below]
    for file in files:
        _write(target / file.name, read_plain(file.source, MOST_BYTES), executable=file.executable)
    return Taken(target.name, target, odd=tuple(odd), licence=_licence_above(Path(chosen), source))


def _licence_above(folder: Path, source: Source) -> tuple[str, str]:
    """Return the licence of what *folder* is a part of: the work tree, or the folder asked for."""
    top = Path(work_tree_of(source.folder) or source.folder)
    for above in folder.resolve().parents:
        if not above.is_relative_to(top.resolve()):
            break
        for path in sorted(above.iterdir()):
            if _is_licence(path.name) and path.is_file() and not path.is_symlink():
                raw = read_plain(os.fspath(path), MOST_BYTES)
                return path.name, raw.decode("utf-8", "replace")
    return "", ""


def _is_licence(path: str) -> bool:
    return path.partition(".")[0].upper() in ("LICENSE", "LICENCE", "COPYING")


def _name_in(folder: str, top: str) -> str:
    """Return the name of the skill in *folder*, which may be the work tree at *top*."""
    name = os.path.basename(folder)
    return _told(head_of(folder).name, name) if os.path.realpath(folder) == top else name


def _told(said: str, place: str) -> str:
    """Return the name of a skill that is a whole repository, whose *place* may be called anyhow."""
    return said if NAME.fullmatch(said) else place


def _skill_folders(folder: str) -> list[str]:
    found = []
    for below, folders, names in os.walk(folder):
        if FILE in names:
            found.append(below)
            folders.clear()
        depth = os.path.relpath(below, folder).count(os.sep)
        folders[:] = [each for each in folders if each != ".git"] if depth < _DEEPEST else []
    return found


def _from_git(source: Source, name: str, quarantine: Path) -> Taken:
    store = quarantine / "objects.git"
    commit = fetch(source, store)
    blobs = blobs_of(store, commit)
    meant = f"{source.below}/" if source.below else ""
    heads = [blob for blob in blobs if blob.path.rpartition("/")[2] == FILE and _checked(blob.path)]
    names = {
        head.path.rpartition("/")[0]: _name_of(head, source, store)
        for head in heads
        if head.path.startswith(meant)
    }
    root = _chosen(source, name, names)
    chosen, below = names[root], f"{root}/" if root else ""
    inside = [blob for blob in blobs if blob.path.startswith(below)]
    plain = [blob for blob in inside if blob.mode.startswith("100")]
    if len(plain) > MOST_FILES or sum(blob.size for blob in plain) > MOST_BYTES:
        raise SkillTooLarge(chosen)
    target = quarantine / _TAKEN / chosen
    for blob in plain:
        path = _checked(blob.path.removeprefix(below))
        if path is not None:
            _write(target / path, read_blob(store, blob), executable=blob.mode == "100755")
    odd = tuple(_odd(blob, below) for blob in inside if not _is_taken(blob, below))
    licence = _licence(store, blobs)
    shutil.rmtree(store)
    return Taken(chosen, target, commit, odd, licence)


def _name_of(head: Blob, source: Source, store: Path) -> str:
    """Return the name of the skill with the SKILL.md *head*."""
    folder = head.path.rpartition("/")[0]
    if folder:
        return folder.rpartition("/")[2]
    said = read_head(read_blob(store, head), "").name if head.size <= MOST_BYTES else ""
    return _told(said, source.shown.rstrip("/").rpartition("/")[2].removesuffix(".git"))


def _chosen(source: Source, wanted: str, names: Mapping[str, str]) -> str:
    """Return the folder that is meant of *names*, which are those of skills by their folders.

    A skill is called by its name, or by its folder where others have the same name.
    """
    shared = Counter(names.values())
    folders = {name if shared[name] == 1 else folder: folder for folder, name in names.items()}
    if wanted in folders:
        return folders[wanted]
    if wanted in names:
        return wanted
    if wanted or len(folders) != 1:
        raise SkillNotThere(source, wanted, sorted(folders))
    return next(iter(names))


def _checked(path: str) -> str | None:
    """Return *path* if it may be written: crafted trees hold names that no checkout would make."""
    parts = path.split("/")
    bad = any(part in ("", ".", "..") or part.casefold() == ".git" for part in parts)
    if bad or len(parts) > _DEEPEST + 1 or not path.isprintable():
        return None
    return path


def _is_taken(blob: Blob, below: str) -> bool:
    return blob.mode.startswith("100") and _checked(blob.path.removeprefix(below)) is not None


def _odd(blob: Blob, below: str) -> SkillFinding:
    file = shown(blob.path.removeprefix(below)).strip("'")
    kinds = {"120000": "is a link", "160000": "is a submodule"}
    said = kinds.get(blob.mode, "has a name that is not written to a disk")
    return SkillFinding(LINK_OR_SPECIAL, "error", file, f"{file} {said}; it was left out")


def _licence(store: Path, blobs: Sequence[Blob]) -> tuple[str, str]:
    """Return the licence of the whole repository: the name of its file, and the text."""
    for blob in blobs:
        if _is_licence(blob.path) and blob.mode.startswith("100") and blob.size <= MOST_BYTES:
            return blob.path, read_blob(store, blob).decode("utf-8", "replace")
    return "", ""


def _write(path: Path, raw: bytes, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    path.chmod(0o755 if executable else 0o644)
