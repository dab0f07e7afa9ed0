"""Take skills from elsewhere into a folder of ours, so that nothing of theirs runs or reaches out.

From git only objects are fetched: there is no checkout, so no hook, filter, attribute, submodule or
configuration of theirs counts, and a link is never made. Plain folders are read file by file.
"""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.config.problems import shown
from darkfactory.domain.skill import SkillFinding
from darkfactory.errors import AnswerNo, NotReady, UsageError
from darkfactory.gitio import GitFailed, git
from darkfactory.skills.folder import (
    LINK_OR_SPECIAL,
    MOST_BYTES,
    MOST_FILES,
    TOO_LARGE,
    skill_files,
)
from darkfactory.skills.frontmatter import FILE
from darkfactory.skills.reading import read_plain
from darkfactory.skills.source import Source, work_tree_of

_SECONDS = 120
_DEEPEST = 8
_HEAD, _FETCHED = "HEAD", "refs/quarantine/skill"
_NO_REVISION = re.compile(
    r"couldn't find remote ref|invalid refspec|not our ref|unadvertised object|no such remote ref"
    r"|Needed a single revision|unknown revision"
)


class SourceUnreachable(NotReady):
    """A place that skills cannot be taken from now."""

    code = "skill.unreachable"

    def __init__(self, source: Source, said: str) -> None:
        at = f" at {source.revision}" if source.revision else ""
        super().__init__(
            f"{source.shown}{at} cannot be fetched: {said}",
            fix="check the address, the network, and that you may read it",
        )


class UnknownRevision(UsageError):
    """A revision that a repository does not have."""

    code = "skill.revision"

    def __init__(self, source: Source) -> None:
        every = "any that git can name" if source.is_here else "a branch, a tag or a whole commit id"
        super().__init__(
            f"{source.shown} has no revision {shown(source.revision or _HEAD)}",
            fix=f"name one that it has behind the @: {every}",
        )


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


@dataclass(frozen=True, slots=True)
class _Blob:
    mode: str
    name: str
    size: int
    path: str


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
    folders = {os.path.basename(path): path for path in _skill_folders(source.folder)}
    chosen = folders[_chosen(source, name, sorted(folders))]
    files, odd = skill_files(Path(chosen), whole=True)
    if any(found.rule == TOO_LARGE for found in odd):
        raise SkillTooLarge(os.path.basename(chosen))
    target = quarantine / os.path.basename(chosen)
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
    commit = _fetch(source, store)
    blobs = _blobs(store, commit)
    meant = f"{source.below}/" if source.below else ""
    roots = {_root(blob.path) for blob in blobs if blob.path.rpartition("/")[2] == FILE}
    roots = {root for root in roots if f"{root}/".startswith(meant)}
    names = {_name_of(root, source): root for root in sorted(roots, reverse=True)}
    chosen = _chosen(source, name, sorted(names))
    root = names[chosen]
    below = f"{root}/" if root else ""
    inside = [blob for blob in blobs if blob.path.startswith(below)]
    plain = [blob for blob in inside if blob.mode.startswith("100")]
    if len(plain) > MOST_FILES or sum(blob.size for blob in plain) > MOST_BYTES:
        raise SkillTooLarge(chosen)
    target = quarantine / chosen
    for blob in plain:
        path = _checked(blob.path.removeprefix(below))
        if path is not None:
            _write(target / path, _read(store, blob), executable=blob.mode == "100755")
    odd = tuple(_odd(blob, below) for blob in inside if not _is_taken(blob, below))
    licence = _licence(store, blobs)
    shutil.rmtree(store)
    return Taken(chosen, target, commit, odd, licence)


def _fetch(source: Source, store: Path) -> str:
    """Fetch the one commit that is meant into a bare repository of ours; return its id."""
    git("init", "--quiet", "--bare", os.fspath(store))
    wanted = source.revision or _HEAD
    try:
        _fetch_refs(source, store, "--depth=1", f"{wanted}:{_FETCHED}")
        return git("rev-parse", f"{_FETCHED}^{{commit}}", cwd=store).text
    except GitFailed as error:
        if _NO_REVISION.search(error.said) is None:
            said = [line for line in error.said.splitlines() if not line.startswith("warning:")]
            raise SourceUnreachable(source, said[0] if said else "git says no word why") from error
    if not source.is_here:
        raise UnknownRevision(source)
    return _resolved(source, store)


def _resolved(source: Source, store: Path) -> str:
    """Return the commit that git takes the revision of *source* for, asked in *store* alone."""
    heads = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+{_HEAD}:{_FETCHED}")
    try:
        _fetch_refs(source, store, *heads)
        git("symbolic-ref", _HEAD, _FETCHED, cwd=store)
        return git("rev-parse", "--verify", f"{source.revision}^{{commit}}", cwd=store).text
    except GitFailed as error:
        raise UnknownRevision(source) from error


def _fetch_refs(source: Source, store: Path, *words: str) -> None:
    options = [word for word in words if word.startswith("--")]
    git(
        *("-c", "protocol.allow=never"),
        *(word for name in ("https", "http", "ssh", "git", "file") for word in _allowed(name)),
        *("-c", "http.followRedirects=initial", "-c", "fetch.fsckObjects=false"),
        *("fetch", "--quiet", "--no-tags", *options, "--no-recurse-submodules"),
        *(f"--filter=blob:limit={MOST_BYTES}", "--no-write-fetch-head", "--"),
        *(source.git, *(word for word in words if word not in options)),
        cwd=store,
        env=_surroundings(source),
        timeout_seconds=_SECONDS,
    )


def _allowed(protocol: str) -> tuple[str, str]:
    return "-c", f"protocol.{protocol}.allow=always"


def _surroundings(source: Source) -> dict[str, str]:
    """Return what git needs of the user's environment: for ssh the keys, for all the proxy."""
    names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE"]
    given = {name: os.environ[name] for name in names if name in os.environ}
    if source.by_ssh:
        given["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
        for name in ("HOME", "SSH_AUTH_SOCK"):
            given.update({name: os.environ[name]} if name in os.environ else {})
    return given


def _blobs(store: Path, commit: str) -> list[_Blob]:
    listed = git("ls-tree", "-r", "-z", "-l", "--full-tree", commit, cwd=store).stdout
    found = []
    for line in listed.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if facts:
            mode, _, name, size = facts.decode("ascii").split()
            length = int(size) if size.isdigit() else MOST_BYTES + 1 if mode.startswith("1") else 0
            found.append(_Blob(mode, name, length, path.decode("utf-8", "surrogateescape")))
    return found


def _read(store: Path, blob: _Blob) -> bytes:
    return git("cat-file", "blob", blob.name, cwd=store).stdout


def _root(path: str) -> str:
    return path.rpartition("/")[0]


def _name_of(root: str, source: Source) -> str:
    """Return the name of the skill whose folder is *root*; the top is named after its place."""
    return root.rpartition("/")[2] or source.shown.rstrip("/").rpartition("/")[2].removesuffix(
        ".git"
    )


def _chosen(source: Source, name: str, found: Sequence[str]) -> str:
    if name in found:
        return name
    if name or len(found) != 1:
        raise SkillNotThere(source, name, found)
    return found[0]


def _checked(path: str) -> str | None:
    """Return *path* if it may be written: crafted trees hold names that no checkout would make."""
    parts = path.split("/")
    bad = any(part in ("", ".", "..") or part.casefold() == ".git" for part in parts)
    if bad or len(parts) > _DEEPEST + 1 or not path.isprintable():
        return None
    return path


def _is_taken(blob: _Blob, below: str) -> bool:
    return blob.mode.startswith("100") and _checked(blob.path.removeprefix(below)) is not None


def _odd(blob: _Blob, below: str) -> SkillFinding:
    file = shown(blob.path.removeprefix(below)).strip("'")
    kinds = {"120000": "is a link", "160000": "is a submodule"}
    said = kinds.get(blob.mode, "has a name that is not written to a disk")
    return SkillFinding(LINK_OR_SPECIAL, "error", file, f"{file} {said}; it was left out")


def _licence(store: Path, blobs: Sequence[_Blob]) -> tuple[str, str]:
    """Return the licence of the whole repository: the name of its file, and the text."""
    for blob in blobs:
        if _is_licence(blob.path) and blob.mode.startswith("100") and blob.size <= MOST_BYTES:
            return blob.path, _read(store, blob).decode("utf-8", "replace")
    return "", ""


def _write(path: Path, raw: bytes, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    path.chmod(0o755 if executable else 0o644)
