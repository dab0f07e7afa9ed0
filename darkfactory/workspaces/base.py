"""The user's own repository: read its branches, keep out of everything else."""

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from darkfactory.errors import NotReady, UsageError
from darkfactory.gitio import GitFailed, git, reading
from darkfactory.gitobjects import objects_of

STATE_LINE = ".darkfactory/"

# A person who runs the factory in a checkout that belongs to another user (a container, sudo) has
# decided to trust it: its lanes.yaml names the commands to run. Nothing of git's runs there anyway.
_TRUST = ("-c", "safe.directory=*")
_SHA1_DIGITS = 40


class Relation(StrEnum):
    """How the hub's base stands to the user's branch of that name."""

    SAME = "same"
    FORWARDED = "forwarded"
    REWRITTEN = "rewritten"
    AHEAD = "ahead"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class BaseState:
    """The base branch after a look at the user's: *commit* is the hub's, *user* the user's."""

    branch: str
    commit: str
    user: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class UserTip:
    """The last commit of one branch of the user's repository, and what kind of repository it is."""

    commit: str
    object_format: str


class NoRepository(NotReady):
    """The folder is not a git repository that can be read."""

    code = "base.no_repository"

    def __init__(self, path: Path, said: str) -> None:
        super().__init__(
            f"{path} is not a readable git repository: {said.partition(chr(10))[0]}",
            fix="see that `git status` works there, with the git that `df doctor` names",
        )


class BaseMissing(UsageError):
    """The user's repository has no branch of that name."""

    code = "base.missing"

    def __init__(self, branch: str, *, detached: bool = False) -> None:
        head = "HEAD is detached, and " if detached else ""
        super().__init__(
            f"{head}there is no branch {branch!r} in this repository",
            fix="name an existing branch as `base:` in lanes.yaml (`git branch` lists them)",
        )


class BaseUnborn(NotReady):
    """The branch is checked out but has no commit yet."""

    code = "base.unborn"

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"branch {branch!r} has no commit yet",
            fix="make a first commit: git commit --allow-empty -m 'Start'",
        )


class BasePartial(NotReady):
    """The user's clone lacks objects of the branch, so that nobody can work from it."""

    code = "base.partial"

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"this clone has only a part of the objects of {branch!r} (a partial clone)",
            fix="fetch the rest: git fetch --refetch --no-filter",
        )


def read_tip(repository: Path, branch: str) -> UserTip:
    """Return the last commit of *branch* in the user's *repository*.

    Raises:
        NoRepository: If *repository* cannot be read by git.
        BaseMissing: If there is no such branch.
        BaseUnborn: If it is the checked-out branch of a repository without commits.
    """
    if not is_branch_name(branch):
        raise BaseMissing(branch)
    revision = f"refs/heads/{branch}^{{commit}}"
    with contextlib.suppress(GitFailed):  # why it cannot be read is said below
        if found := objects_of(*_TRUST, "-C", os.fspath(repository)).find(revision):
            return _tip(found.id)
    answer = _ask(repository, "rev-parse", "--show-object-format", revision, accept=(0, 128))
    lines = answer.splitlines()
    if not lines:
        raise NoRepository(repository, "git does not know it")
    if re.fullmatch("[0-9a-f]{40,64}", lines[-1]):
        return UserTip(lines[-1], lines[0])
    checked_out = checked_out_branch(repository)
    if checked_out == branch:
        raise BaseUnborn(branch)
    raise BaseMissing(branch, detached=checked_out is None)


def _tip(commit: str) -> UserTip:
    return UserTip(commit, "sha1" if len(commit) == _SHA1_DIGITS else "sha256")


def read_branches(repository: Path) -> dict[str, UserTip]:
    """Return the last commit of each branch of the user's *repository* by its short name.

    Those that were fetched from elsewhere are among them as ``origin/NAME``; a local branch of that
    name goes before.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    asked = "--format=%(refname) %(objecttype) %(objectname) %(symref)"
    told = _ask(repository, "for-each-ref", asked, "refs/heads", "refs/remotes")
    found: dict[str, UserTip] = {}
    for line in told.splitlines():
        ref, kind, commit, symbolic = line.split(" ")
        if kind == "commit" and not symbolic:
            found.setdefault(ref.split("/", 2)[2], _tip(commit))
    return found


def read_object_format(repository: Path) -> str:
    """Return ``sha1`` or ``sha256``, the kind of object ids of the user's *repository*.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    return _ask(repository, "rev-parse", "--show-object-format")


def checked_out_branch(repository: Path) -> str | None:
    """Return the branch that the user's *repository* has checked out; None: a detached HEAD.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    head = _ask(repository, "symbolic-ref", "-q", "HEAD", accept=(0, 1))
    return head.removeprefix("refs/heads/") or None


def fetch_objects(git_dir: Path, repository: Path, tips: Mapping[str, UserTip]) -> None:
    """Bring *tips* of branches, with their history, from the user's *repository* into *git_dir*.

    Moves no ref.

    Shallow history stays shallow.

    Raises:
        BasePartial: If the user's clone is a partial one and lacks what is needed.
        GitFailed: If git cannot fetch.
    """
    # -c does not reach the upload-pack that fetch starts over there; a configuration file does.
    trust = {"GIT_CONFIG_GLOBAL": str(git_dir / "trust.config")}
    try:
        git(
            *(f"--git-dir={git_dir}", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"),
            *("--no-recurse-submodules", "--update-shallow", "--stdin", str(repository.resolve())),
            env=trust,
            stdin="".join(f"{tip.commit}\n" for tip in tips.values()).encode(),
            timeout_seconds=3600,
        )
    except GitFailed as error:
        if _is_partial(repository):
            raise BasePartial(", ".join(tips)) from error
        raise


def exclude_state_folder(repository: Path) -> bool:
    """Make the user's git ignore the state folder; return whether a line was written for it.

    This is the one file of the user's repository that the factory writes to.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    shared = _ask(repository, "rev-parse", "--path-format=absolute", "--git-common-dir")
    path = Path(shared) / "info" / "exclude"
    path.parent.mkdir(exist_ok=True)
    found = path.read_bytes() if path.exists() else b""
    if STATE_LINE.encode() in (line.strip() for line in found.splitlines()):
        return False
    gap = b"" if not found or found.endswith(b"\n") else b"\n"
    with path.open("ab", buffering=0) as file:
        file.write(gap + STATE_LINE.encode() + b"\n")
    return True


def tracks_state_folder(repository: Path) -> bool:
    """Tell whether the user's *repository* has files of the state folder in its index.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    return bool(_ask(repository, "ls-files", "--", STATE_LINE))


def _ask(repository: Path, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
    if not repository.is_dir():
        raise NoRepository(repository, "no such folder")
    try:
        answer = git(*_TRUST, *arguments, cwd=repository, accept=accept)
    except GitFailed as error:
        raise NoRepository(repository, error.said.removeprefix("fatal: ")) from error
    return answer.text


def lacks_objects(repository: Path, tip: UserTip) -> bool:
    """Tell whether the user's *repository* is a partial clone without some objects of *tip*.

    Raises:
        NoRepository: If *repository* cannot be read by git.
    """
    if not _is_partial(repository):
        return False
    listing = ("rev-list", "--objects", "--missing=print", tip.commit)
    with reading(*_TRUST, *listing, cwd=repository) as objects:
        return any(line.startswith(b"?") for line in objects)


def _is_partial(repository: Path) -> bool:
    keys = r"^(extensions\.partialclone|remote\..*\.promisor)$"
    return bool(_ask(repository, "config", "--get-regexp", keys, accept=(0, 1)))


def is_branch_name(name: str) -> bool:
    """Tell whether git would take *name* for a branch (git-check-ref-format, no process)."""
    parts = name.split("/")
    return not (
        re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{", name)
        or name.startswith("-")
        or name.endswith(".")
        or name == "@"
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    )
