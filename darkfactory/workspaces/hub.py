"""The hub: the factory's own bare repository, whose refs are the record of all work."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from darkfactory.domain.state import StateFolder
from darkfactory.errors import NotReady, UsageError
from darkfactory.gitio import GitAnswer, beside, git
from darkfactory.gitobjects import Objects, objects_of
from darkfactory.workspaces.base import (
    BaseMissing,
    BaseState,
    Relation,
    UserTip,
    exclude_state_folder,
    fetch_objects,
    is_branch_name,
    read_object_format,
    read_tip,
)
from darkfactory.workspaces.founding import found_hub
from darkfactory.workspaces.merging import Merged, memory_folder, merge_many, merge_one
from darkfactory.workspaces.refs import (
    HubLocked,
    RefMoved,
    RefUpdate,
    break_dead_locks,
    break_stale_locks,
    move_refs,
    read_refs,
)
from darkfactory.workspaces.soundness import HubDamaged, hub_trouble

_NO_LINE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # ends a line, or is no UTF-8

_FOLLOWED = (Relation.FORWARDED, Relation.REWRITTEN)
_THROWN_AWAY = ("-c", "core.fsync=none", "-c", "core.looseCompression=0")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class UnknownRevision(UsageError):
    """The hub has no commit of that name."""

    code = "revision.unknown"

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"no commit {revision!r} in the hub",
            fix="`df gate list` names the changes; `git branch` lists your branches",
        )


class ForeignHub(NotReady):
    """The hub was made for a repository with other object ids."""

    code = "hub.foreign"

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__(
            f"the hub holds {ours} objects, the repository {theirs} ones",
            fix="move .darkfactory/ away; the factory then starts anew for this repository",
        )


class OddPath(NotReady):
    """The repository lies where git could not write its place down."""

    code = "hub.path"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the path of the repository cannot be written in one line of UTF-8: {str(path)!r}",
            fix="move the repository to a folder with a plain name",
        )


class Author(NamedTuple):
    """Who a commit says it is from."""

    name: str
    email: str


FACTORY = Author("Dark Factory", "factory@localhost")


@dataclass(frozen=True, slots=True)
class Hub:
    """The bare repository of one factory. Safe to use from many threads and processes.

    *union* are patterns of files that merge by union where they conflict. With *aside*, what is
    stored goes into the first of these folders, and the others are read as well.
    """

    path: Path
    repository: Path
    base: str
    object_format: str = "sha1"
    union: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def base_ref(self) -> str:
        """The ref of the landed base."""
        return f"refs/heads/{self.base}"

    @property
    def given_ref(self) -> str:
        """The ref of the last commit of the landed base that the user's branch has had."""
        return f"refs/df/given/{self.base}"

    def sync_base(self) -> BaseState:
        """Bring the user's base branch here and move ours to it where no landing is lost by that.

        Only reads the user's repository. Where ours has landings that the user's lacks, ours stays.
        Where it has nothing but what its owner has dropped since (amended, reset), it follows; what
        began there still knows it (:meth:`began_at`).

        Raises:
            BaseUnborn: If the user's branch has no commit yet.
            BaseMissing: If the user's repository has no such branch.
            BasePartial: If the user's clone lacks objects.
            NoRepository: If the user's repository cannot be read.
            ForeignHub: If it has other object ids than the hub.
        """
        tip = read_tip(self.repository, self.base)
        while True:
            found = self._objects.find_all([self.base_ref, self._user_ref, self.given_ref])
            ours, known, given = (each and each.id for each in found)
            if known != tip.commit:
                self.fetch({self.base: tip})
            relation = self._relation(ours, known, tip.commit)
            moves = [RefUpdate(self._user_ref, tip.commit, known)]
            if relation in _FOLLOWED:
                moves.append(RefUpdate(self.base_ref, tip.commit, ours))
            if relation is Relation.REWRITTEN and ours:
                left = self._left_refs + ours
                moves.append(RefUpdate(left, ours, self.ref(left)))
            went_on = given is None or self.is_ancestor(given, tip.commit)
            if relation in _FOLLOWED or (went_on and relation is not Relation.DIVERGED):
                moves.append(RefUpdate(self.given_ref, tip.commit, given))
            changed = [move for move in moves if move.new != move.old]
            with contextlib.suppress(RefMoved):
                self.update_refs(changed, message="the user's branch")
                commit = ours if ours and relation not in _FOLLOWED else tip.commit
                return BaseState(self.base, commit, tip.commit, relation)

    def fetch(self, tips: Mapping[str, UserTip]) -> None:
        """Bring *tips*, the last commits of branches of the user's repository, here; moves no ref.

        Raises:
            BasePartial: If the user's clone lacks objects.
            ForeignHub: If it has other object ids than the hub.
        """
        for tip in tips.values():
            if tip.object_format != self.object_format:
                raise ForeignHub(self.object_format, tip.object_format)
        fetch_objects(self.path, self.repository, tips)

    def commit(self, revision: str) -> str:
        """Return the commit that *revision* names.

        Raises:
            UnknownRevision: If it names none.
        """
        return self._object(revision, "commit")

    def commits(self, names: Sequence[str]) -> list[str | None]:
        """Return the commit that each of *names* (full refs or ids) means here, None for none.

        Raises:
            GitFailed: If the hub cannot be read.
        """
        found = self._objects.find_all([f"{name}^{{commit}}" for name in names])
        return [each.id if each else None for each in found]

    def tree(self, commit: str) -> str:
        """Return the tree of *commit*.

        Raises:
            UnknownRevision: If there is no such commit.
        """
        return self._object(commit, "tree")

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Tell whether the commit *newer* is *older* or descends from it.

        Raises:
            GitFailed: If one of them is not here.
        """
        if _ID.fullmatch(older) and _ID.fullmatch(newer):  # nothing can change that
            return _known_ancestor(self, older, newer)
        return self._is_ancestor(older, newer)

    def first_parents(self, commit: str, *, at_most: int) -> list[str]:
        """Return *commit*, its first parent, the first parent of that and so on.

        Raises:
            GitFailed: If it is not here.
        """
        listing = ("rev-list", "--first-parent", f"--max-count={at_most}", commit)
        return self.git(*listing).text.splitlines()

    def began_at(self, head: str) -> str:
        """Return the last commit in the history of *head* that the base is or ever was at.

        Raises:
            GitFailed: If *head* is missing or has no history in common with the base.
        """
        base = self.commit(self.base_ref)
        left = self.refs(self._left_refs).values()
        if not left and self._objects.line_to(base, head) is not None:
            return base
        return self.git("merge-base", head, base, *left).text

    def ref(self, name: str) -> str | None:
        """Return the object of the ref of that full *name* as it is now, None if there is none.

        Raises:
            GitFailed: If the hub cannot be read.
        """
        found = self._objects.find(name)
        return found.id if found else None

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Return the object of each ref under one of *prefixes*, by full name.

        Raises:
            GitFailed: If the hub cannot be read.
        """
        return read_refs(self.path, *prefixes)

    def update_refs(self, updates: Sequence[RefUpdate], *, message: str = "df") -> None:
        """Apply all *updates* or none, each only if its old value holds.

        Lock files that a killed command left behind do not stop it.

        Raises:
            RefMoved: If an old value does not hold.
            HubLocked: If a living command holds a lock for too long.
        """
        try:
            move_refs(self.path, updates, message)
        except HubLocked:
            if not break_dead_locks(self.path):
                raise
            move_refs(self.path, updates, message)

    def merge_tree(self, ours: str, theirs: str) -> Merged:
        """Merge two commits without touching a file or a ref.

        Where files conflict that *union* lists, they keep the lines of both sides.

        Raises:
            GitFailed: If one is missing or they have no common history.
        """
        line = self._objects.line_to(ours, theirs)
        if line:  # theirs goes on from ours: nothing to merge
            return Merged(line[0].tree)
        return merge_one(self.git, (ours, theirs), self.union)

    def merge_onto(self, onto: str, head: str, *, began: str) -> Merged:
        """Merge what *head* has done since the commit *began* with *onto*, as :meth:`merge_tree`.

        Where *onto* does not descend from *began*, nothing else of that comes along.

        Raises:
            GitFailed: If one is missing or they have no common history.
        """
        if self.is_ancestor(began, onto):
            return self.merge_tree(onto, head)
        # git before 2.40 cannot be told a merge base: one that has just this parent has this base.
        stand_in = self.commit_tree(self.tree(onto), (began,), "stand-in", when=0)
        return self.merge_tree(stand_in, head)

    def merge_trees(self, pairs: Sequence[tuple[str, str]]) -> list[Merged]:
        """Merge each of *pairs* as :meth:`merge_tree` does, all by one process, without messages.

        Those in which a listed path conflicts by one more.

        Raises:
            GitFailed: If one is missing or they have no common history.
        """
        return merge_many(self.git, pairs, self.union)

    @contextlib.contextmanager
    def trying(self) -> "Iterator[Hub]":
        """Give this hub for merges that nobody needs afterwards: what they store is thrown away.

        It is kept in memory where there is room, for a merge writes files, and is not compressed.
        """
        with tempfile.TemporaryDirectory(prefix="df-merges-", dir=memory_folder()) as at:
            yield replace(self, aside=(at, *self.aside))

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        when: int,
        author: Author = FACTORY,
    ) -> str:
        """Store a commit and return it; the same arguments always give the same commit.

        Raises:
            GitFailed: If *tree* or a parent is not here.
        """
        name = re.sub(r"[<>\x00-\x1f]", "", author.name).strip(" .,:;\"'") or FACTORY.name
        email = re.sub(r"[<>\x00-\x20]", "", author.email) or FACTORY.email
        stamp = f"@{when} +0000"
        return self.git(
            *("commit-tree", tree, *(part for parent in parents for part in ("-p", parent))),
            *("-F", "-"),
            stdin=message.replace("\0", "").encode("utf-8", "replace"),
            env={
                "GIT_AUTHOR_NAME": name,
                "GIT_AUTHOR_EMAIL": email,
                "GIT_AUTHOR_DATE": stamp,
                "GIT_COMMITTER_DATE": stamp,
            },
        ).text

    def disk_bytes(self, commit: str) -> int:
        """Return what the objects of *commit* take that no branch of the hub has as well.

        Raises:
            GitFailed: If one of them is not here.
        """
        only_there = ("--not", "--branches", "--glob=refs/df/user")
        return int(self.git("rev-list", "--disk-usage", "--objects", commit, *only_there).text)

    def look_anew(self) -> None:
        """Forget what was read of a hub that lay here before."""
        self._objects.close()

    def verify(self, *, thorough: bool = False) -> tuple[str, ...]:
        """Return what is broken: objects that a ref needs and that are not here.

        A *thorough* look also reads each of them to its end.

        Raises:
            GitMissing: If there is no git program.
        """
        answer = self.git(
            *("fsck", "--no-dangling", "--no-progress"),
            *(() if thorough else ("--connectivity-only",)),
            accept=range(256),
            timeout_seconds=3600,
        )
        return tuple((answer.text + "\n" + answer.stderr).split("\n")) if answer.status else ()

    def break_stale_locks(self) -> tuple[str, ...]:
        """Remove the lock files of killed commands; only for who holds the factory's lock.

        Raises:
            OSError: If one cannot be removed.
        """
        return break_stale_locks(self.path)

    def git(
        self,
        *arguments: str,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        accept: Sequence[int] = (0,),
        timeout_seconds: float = 300,
    ) -> GitAnswer:
        """Run git on the hub; see :func:`darkfactory.gitio.git`.

        Raises:
            GitFailed: If it exits with a status not in *accept* or does not end in time.
        """
        if self.aside:
            arguments = (*_THROWN_AWAY, *arguments)
            env = {**beside(self.aside[0], *self.aside[1:], self.path / "objects"), **(env or {})}
        return git(
            f"--git-dir={self.path}",
            *arguments,
            cwd=cwd,
            env=env,
            stdin=stdin,
            accept=accept,
            timeout_seconds=timeout_seconds,
        )

    @property
    def _left_refs(self) -> str:
        return f"refs/df/left/{self.base}/"

    @property
    def _user_ref(self) -> str:
        return f"refs/df/user/{self.base}"

    @property
    def _objects(self) -> Objects:
        return objects_of(f"--git-dir={self.path}")

    def _object(self, revision: str, kind: str) -> str:
        if _ID.fullmatch(revision):  # no ref can move what it means: ask once
            return _known_object(self, revision, kind)
        return self._look_up(revision, kind)

    def _look_up(self, revision: str, kind: str) -> str:
        found = self._objects.find(f"{revision}^{{{kind}}}")
        if found is None:
            raise UnknownRevision(revision)
        return found.id

    def _is_ancestor(self, older: str, newer: str) -> bool:
        if self._objects.line_to(older, newer) is not None:
            return True
        answer = self.git("merge-base", "--is-ancestor", older, newer, accept=(0, 1))
        return answer.status == 0

    def _relation(self, ours: str | None, known: str | None, user: str) -> Relation:
        if ours == user:
            return Relation.SAME
        if ours is None:
            return Relation.FORWARDED
        if self.is_ancestor(ours, user):
            return Relation.FORWARDED
        if known and self.is_ancestor(ours, known) and not self._has_landed(ours, beyond=user):
            return Relation.REWRITTEN
        return Relation.AHEAD if self.is_ancestor(user, ours) else Relation.DIVERGED

    def _has_landed(self, ours: str, *, beyond: str) -> bool:
        """Tell whether *ours* holds a landing that *beyond* lacks."""
        only_ours = (f"--merged={ours}", f"--no-merged={beyond}")
        return bool(self.git("for-each-ref", "--count=1", *only_ours, "refs/df/landed").text)


def plain_place(state: StateFolder) -> tuple[Path, Path]:
    """Return where the hub and the repository of *state* lie.

    Raises:
        OddPath: If git could not write these places down.
    """
    path, repository = state.hub.absolute(), state.repository.absolute()
    if _NO_LINE.search(str(path)):
        raise OddPath(repository)
    return path, repository


@lru_cache(maxsize=1024)
def _known_object(hub: Hub, revision: str, kind: str) -> str:
    return hub._look_up(revision, kind)  # noqa: SLF001 - a method's memory, kept outside the value


@lru_cache(maxsize=4096)
def _known_ancestor(hub: Hub, older: str, newer: str) -> bool:
    return hub._is_ancestor(older, newer)  # noqa: SLF001 - a method's memory, as above


def open_hub(state: StateFolder, base: str, *, union: tuple[str, ...] = ()) -> Hub:
    """Return the hub of the factory in *state*; the first call makes it and excludes its folder.

    Raises:
        NoRepository: If the folder around *state* is not a git repository.
        BaseMissing: If *base* cannot be the name of a branch.
        OddPath: If the path of the repository has a line end or is not UTF-8.
        HubDamaged: If there is something, but git could not work there.
        DiskFull: If the disk has no room for it.
    """
    path, repository = plain_place(state)
    if not os.path.lexists(path):
        if not is_branch_name(base):
            raise BaseMissing(base)
        exclude_state_folder(repository)
        found_hub(path, read_object_format(repository), base)
    return existing_hub(state, base, union=union)


def existing_hub(state: StateFolder, base: str, *, union: tuple[str, ...] = ()) -> Hub:
    """Return the hub of the factory in *state*, which has been made.

    Raises:
        OddPath: If the path of the repository has a line end or is not UTF-8.
        HubDamaged: If the hub is gone, or lacks what git needs to work there.
    """
    path, repository = plain_place(state)
    trouble = hub_trouble(path)
    if trouble:
        raise HubDamaged(path, trouble)
    config = (path / "config").read_text(encoding="utf-8")
    is_sha256 = re.search(r"objectformat\s*=\s*sha256", config, re.IGNORECASE)
    return Hub(path, repository, base, "sha256" if is_sha256 else "sha1", union)
