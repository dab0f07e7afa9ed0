"""How much attention a change deserves: a sum of named parts, none of which is hidden.

The number orders what people read. It says nothing about whether the change is right.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from darkfactory.changes import paths
from darkfactory.changes.cases import Sign
from darkfactory.changes.places import Place
from darkfactory.changes.secrets import Finding
from darkfactory.domain.change import FileDelta, Risk

_NAMED = 3
_LINES_FOR_FULL = 600
_FILES_FREE = 10
_WAFFLE_FROM = 0.3
_MIB = 1 << 20
_LEAST_SHOWN = 0.005


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a change; the tuples name what was found, mostly paths.

    *tampered* is what makes tests say less, *altered* what may but often is in order; *unread* is
    what was too much to be searched for either.
    *is_cut*: the diff was too long to be read to its end. *tests_gone* is how many tests it takes
    away, rows of parameters counted. *unread_bytes* is how much it brings that no diff shows.
    """

    deltas: tuple[FileDelta, ...] = ()
    protected: tuple[str, ...] = ()
    bypasses: tuple[Place, ...] = ()
    outside: tuple[str, ...] = ()
    secrets: tuple[Finding, ...] = ()
    tampered: tuple[Sign, ...] = ()
    altered: tuple[Sign, ...] = ()
    tests_gone: int = 0
    silenced: tuple[str, ...] = ()
    invisible: tuple[Place, ...] = ()
    unread: tuple[Place, ...] = ()
    large: tuple[str, ...] = ()
    unread_bytes: int = 0
    is_cut: bool = False
    links_out: tuple[str, ...] = ()
    waffle: float | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    weight: float
    reason: str


def risk(facts: RiskFacts) -> Risk:
    """Return the risk of a change with its reasons, heaviest first; more facts never lower it."""
    parts = [part for part in _parts(facts) if part.weight > 0]
    parts.sort(key=lambda part: (-part.weight, part.reason))
    score = min(1.0, sum(part.weight for part in parts))
    return Risk(round(score, 3), tuple(f"+{part.weight:.2f} {part.reason}" for part in parts))


def _parts(facts: RiskFacts) -> Iterator[_Part]:
    deltas = facts.deltas
    yield _size(deltas)
    yield _Part(_per(0.01, len(deltas) - _FILES_FREE, 0.10), f"{len(deltas)} files")
    checks = list(dict.fromkeys((*facts.protected, *_paths(deltas, paths.decides_checks))))
    weight = 0.35 if facts.protected else 0.25
    yield _named(weight, checks, "touches what is protected or runs the checks")
    bypasses = [str(place) for place in facts.bypasses]
    yield _named(0.40, bypasses, "may keep the checks from telling", separator="; ")
    unseen = [str(place) for place in facts.invisible]
    yield _named(0.40, unseen, "hides something from its reader", separator="; ")
    yield _named(0.15, _paths(deltas, paths.is_manifest), "changes dependencies")
    yield _named(0.05, _paths(deltas, paths.is_lock), "changes a lock file")
    yield _named(0.25, _paths(deltas, paths.is_migration), "changes a database's shape")
    deleted = [delta.path for delta in deltas if delta.status == "D" and paths.is_test(delta.path)]
    yield _named(0.20, deleted, "deletes test files")
    tampered = [str(sign) for sign in facts.tampered]
    yield _named(0.30, tampered, "weakens tests", separator="; ")
    unread = [str(place) for place in facts.unread]
    yield _named(0.25, unread, "may weaken tests", separator="; ")
    altered = [str(sign) for sign in facts.altered]
    yield _named(0.10, altered, "alters what tests ask for", separator="; ")
    yield _named(0.30, facts.silenced, "silences checks", separator="; ")
    found = [f"{one.kind} in {one.path}:{one.line}" for one in facts.secrets]
    yield _named(0.50, found, "adds what looks like a credential")
    yield _named(0.15, facts.outside, "leaves its lane", more=0.02, most=0.25)
    yield from _kinds(deltas)
    yield _named(0.10, facts.large, "adds large files", more=0.05, most=0.20)
    yield _unread(facts.unread_bytes)
    yield _Part(0.25 * facts.is_cut, "is longer than what is searched for credentials and the like")
    yield _named(0.40, facts.links_out, "links out of the tree")
    yield _waffle(facts.waffle)


def _kinds(deltas: Sequence[FileDelta]) -> Iterator[_Part]:
    """Yield what is unusual about the files themselves."""
    binary = [
        delta.path
        for delta in deltas
        if delta.added is None and not delta.is_submodule and not paths.is_generated(delta.path)
    ]
    yield _named(0.05, binary, "changes binary files", more=0.02, most=0.15)
    compiled = [path for path in binary if paths.is_compiled(path)]
    yield _named(0.25, compiled, "brings compiled code")
    programs = [delta.path for delta in deltas if delta.makes_executable]
    yield _named(0.10, programs, "makes files executable")
    modes = [
        delta.path
        for delta in deltas
        if delta.changes_mode and not delta.makes_executable and not delta.is_submodule
    ]
    yield _named(0.05, modes, "changes the kind or mode of files")
    yield _named(0.05, [delta.path for delta in deltas if delta.is_symlink], "has symlinks")
    modules = [delta.path for delta in deltas if delta.is_submodule]
    yield _named(0.30, modules, "changes submodules")


def _size(deltas: Sequence[FileDelta]) -> _Part:
    lines = paths.written_lines(deltas)
    weight = 0.30 * min(1.0, lines / _LINES_FOR_FULL)
    return _Part(_shown(weight), f"{lines} lines changed by hand")


def _unread(amount: int) -> _Part:
    """Return what bytes weigh that nobody reads: much from 1 MiB on, a bit more each doubling."""
    size = amount / _MIB
    weight = 0.20 * size if size < 1 else min(0.60, 0.20 + 0.05 * math.log2(size))
    return _Part(_shown(weight), f"{size:.2f} MiB that no diff shows")


def _shown(weight: float) -> float:
    """Return *weight*, or nothing where it would be shown as +0.00."""
    return weight if weight >= _LEAST_SHOWN else 0.0


def _waffle(score: float | None) -> _Part:
    if score is None or not score >= _WAFFLE_FROM:
        return _Part(0.0, "")
    return _Part(0.30 * min(1.0, score), f"the session's waffle score is {min(1.0, score):.2f}")


def _paths(deltas: Iterable[FileDelta], is_kind: Callable[[str], bool]) -> list[str]:
    return list(dict.fromkeys(path for delta in deltas for path in delta.paths if is_kind(path)))


def _per(weight: float, amount: int, most: float) -> float:
    return min(most, weight * max(0, amount))


def _named(
    weight: float,
    names: Sequence[str],
    reason: str,
    *,
    more: float = 0.0,
    most: float = 1.0,
    separator: str = ", ",
) -> _Part:
    """Return a part that weighs something when there are *names*, and a bit for each further."""
    if not names:
        return _Part(0.0, "")
    left = len(names) - _NAMED
    told = separator.join(names[:_NAMED]) + (f" and {left} more" if left > 0 else "")
    return _Part(min(most, weight + more * (len(names) - 1)), f"{reason}: {told}")
