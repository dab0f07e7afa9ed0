"""What is fetched from somebody else's repository: objects, in a bare repository of ours.

There is no checkout, so no hook, filter, attribute, submodule or configuration of theirs counts.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from darkfactory.config.problems import shown
from darkfactory.errors import NotReady, UsageError
from darkfactory.gitio import GitFailed, git
from darkfactory.skills.folder import MOST_BYTES
from darkfactory.skills.source import Source

_SECONDS = 120
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
        every = (
            "any that git can name" if source.is_here else "a branch, a tag or a whole commit id"
        )
        super().__init__(
            f"{source.shown} has no revision {shown(source.revision or _HEAD)}",
            fix=f"name one that it has behind the @: {every}",
        )


@dataclass(frozen=True, slots=True)
class Blob:
    """One entry of a tree: *name* is that of its object, *path* where it would be checked out."""

    mode: str
    name: str
    size: int
    path: str


def fetch(source: Source, store: Path) -> str:
    """Fetch the one commit that is meant into a bare repository of ours; return its id.

    Raises:
        SourceUnreachable: If the repository cannot be had.
        UnknownRevision: If it does not have what is asked for.
    """
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


def blobs_of(store: Path, commit: str) -> list[Blob]:
    """Return what lies in the tree of *commit*, links and submodules among it."""
    listed = git("ls-tree", "-r", "-z", "-l", "--full-tree", commit, cwd=store).stdout
    found = []
    for line in listed.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if facts:
            mode, _, name, size = facts.decode("ascii").split()
            length = int(size) if size.isdigit() else MOST_BYTES + 1 if mode.startswith("1") else 0
            found.append(Blob(mode, name, length, path.decode("utf-8", "surrogateescape")))
    return found


def read_blob(store: Path, blob: Blob) -> bytes:
    """Return the bytes of *blob*."""
    return git("cat-file", "blob", blob.name, cwd=store).stdout
