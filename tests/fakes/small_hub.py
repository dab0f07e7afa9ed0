"""A gate in memory: a hub whose trees are sets of files, a harness that knows what breaks.

For questions that take thousands of landings. It keeps the promises of the real hub that landing
leans on: the same arguments give the same commit, and refs move together or not at all, each only
from its old value. Every durable step may kill whoever takes it, before or after.
"""

import hashlib
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.merging import Merged
from darkfactory.workspaces.refs import RefMoved, RefUpdate

Files = frozenset[tuple[str, str]]


class KilledError(BaseException):
    """The process is gone; nothing of ours may catch it."""


def never() -> bool:
    """Return that nobody is killed."""
    return False


@dataclass
class SmallHub:
    """Commits, trees and refs in memory; *kill* is asked before and after each move of refs."""

    kill: Callable[[], bool] = never
    base: str = "main"
    base_ref: str = "refs/heads/main"
    trees: dict[str, Files] = field(default_factory=dict)
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tree_of: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tips: list[str] = field(default_factory=list)

    def store(self, files: Files, parents: Sequence[str], message: str) -> str:
        """Return the commit of *files* on *parents*."""
        tree = _digest("tree", *sorted(map(repr, files)))
        self.trees[tree] = files
        return self.commit_tree(tree, parents, message, when=0)

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, *, when: int) -> str:
        commit = _digest("commit", tree, *parents, message, str(when))
        self.tree_of[commit], self.parents[commit] = tree, tuple(parents)
        return commit

    def commit(self, revision: str) -> str:
        return self.names.get(revision, revision)

    def tree(self, commit: str) -> str:
        return self.tree_of[self.commit(commit)]

    def files(self, commit: str) -> Files:
        """Return what the tree of *commit* holds."""
        return self.trees[self.tree(commit)]

    def ref(self, name: str) -> str | None:
        return self.names.get(name)

    def is_ancestor(self, older: str, newer: str) -> bool:
        seen, ahead = set(), [newer]
        while ahead:
            commit = ahead.pop()
            if commit == older:
                return True
            if commit not in seen:
                seen.add(commit)
                ahead += self.parents[commit]
        return False

    def merge_tree(self, ours: str, theirs: str) -> Merged:
        began = next(one for one in self._line(theirs) if self.is_ancestor(one, ours))
        return self.merge_onto(ours, theirs, began=began)

    def _line(self, commit: str) -> Iterator[str]:
        """Yield *commit* and what it is made of by its first parents."""
        yield commit
        while self.parents[commit]:
            commit = self.parents[commit][0]
            yield commit

    def first_parents(self, commit: str, *, at_most: int) -> list[str]:
        return list(islice(self._line(commit), at_most))

    def merge_onto(self, onto: str, head: str, *, began: str) -> Merged:
        before, ours, theirs = (dict(self.files(one)) for one in (began, onto, head))
        clashes = sorted(
            name
            for name in before.keys() | ours.keys() | theirs.keys()
            if before.get(name) not in (ours.get(name), theirs.get(name))
            and ours.get(name) != theirs.get(name)
        )
        merged = {**ours, **{n: text for n, text in theirs.items() if before.get(n) != text}}
        tree = _digest("tree", *sorted(map(repr, merged.items())))
        self.trees[tree] = frozenset(merged.items())
        return Merged(tree, tuple(clashes))

    def update_refs(self, updates: Sequence[RefUpdate], *, message: str = "") -> None:
        del message
        if self.kill():
            raise KilledError
        for update in updates:
            if self.names.get(update.name) != update.old:
                raise RefMoved(update.name)
        for update in updates:
            if update.new is None:
                del self.names[update.name]
                continue
            self.names[update.name] = update.new
            if update.name == self.base_ref:
                self.tips.append(update.new)
        if self.kill():
            raise KilledError


@dataclass
class SmallHarness:
    """Says fail where a tree holds a file of *bad*, or both of a pair of *together*."""

    hub: SmallHub
    bad: Collection[str] = ()
    together: Collection[tuple[str, str]] = ()
    flaky: Callable[[], bool] = never
    results: dict[str, HarnessResult] = field(default_factory=dict)
    runs: int = 0
    again: bool = False

    def is_green(self, commit: str) -> bool:
        """Tell whether *commit* is green, whatever a run says."""
        names = {name for name, _ in self.hub.files(commit)}
        clash = any(one in names and other in names for one, other in self.together)
        return not clash and names.isdisjoint(self.bad)

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        del lane
        return self.run(commit, "")

    def run(self, commit: str, command: str) -> HarnessResult:
        del command
        tree = self.hub.tree(commit)
        if tree in self.results and not self.again:
            return self.results[tree]
        self.runs += 1
        names = {name for name, _ in self.hub.files(commit)}
        failing = sorted(names & set(self.bad))
        failing += [f"{a}+{b}" for a, b in self.together if a in names and b in names]
        if not failing and self.flaky():
            failing = ["flaky"]
        verdict = HarnessVerdict.FAIL if failing else HarnessVerdict.PASS
        found = HarnessResult(tree, verdict, failing=tuple(failing), exit_code=bool(failing))
        self.results[tree] = found
        return found

    def known(self, commit: str, lane: Lane | None) -> HarnessResult | None:
        del lane
        return self.results.get(self.hub.tree(commit))

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> "SmallHarness":
        del unwanted
        other = SmallHarness.__new__(SmallHarness)
        other.__dict__ = {**self.__dict__, "again": again}
        return other


class DyingRoom(GateRoom):
    """A gate that may be killed before or after each word that it records."""

    kill: Callable[[], bool] = staticmethod(never)

    def record(self, type_: str, data: dict[str, Any], *, session: str | None = None) -> bool:
        if self.kill():
            raise KilledError
        counts = super().record(type_, data, session=session)
        if self.kill():
            raise KilledError
        return counts


def open_room(
    folder: Path, settings: Settings, hub: SmallHub, harness: SmallHarness, kill: Callable[[], bool]
) -> DyingRoom:
    """Return the gate as a new process finds it: all it knows is in the stream and the refs."""
    room = DyingRoom(StateFolder(folder), settings, cast("Hub", hub), harness)
    room.kill = kill
    hub.kill = kill
    return room


def chance(seed: int, share: float) -> Callable[[], bool]:
    """Return what says yes to a *share* of questions, the same ones for the same *seed*."""
    generator = random.Random(seed)  # noqa: S311 - a world, no secret
    return lambda: generator.random() < share


def _digest(*parts: str) -> str:
    return hashlib.sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()
