"""The tree that a session left, and the checks of it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from darkfactory.domain.globs import matching
from darkfactory.skills.checks.patterns import finds
from darkfactory.skills.checks.python_query import count_in
from darkfactory.skills.checks.verdict import Judged, Undecided

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(-?\d+)\]")
_SHOWN = 5
_MOST_TEXT = 64 << 20
_MOST_PYTHON = 1 << 20  # its tree takes a hundred times the memory


@dataclass(frozen=True, slots=True)
class Changed:
    """One file that differs from where the session began; None: its lines are not counted."""

    path: str
    added: int | None = None
    removed: int | None = None


class Tree(Protocol):
    """The files that a session left. Paths are relative, with ``/``; answers do not change."""

    def paths(self) -> Sequence[str]:
        """Return the path of every file."""
        ...

    def text(self, path: str) -> str | None:
        """Return the text of the file *path*; None: there is none, or it is too long to read."""
        ...

    def changed(self) -> Sequence[Changed]:
        """Return what differs from where the session began, files that are gone included."""
        ...


def judge_exists(body: Any, tree: Tree) -> Judged:
    """Judge that each of the patterns *body* names a file."""
    missing = [glob for glob in _globs(body) if not _named((glob,), tree)]
    return Judged(not missing, f"missing: {_few(missing)}" if missing else "all are there")


def judge_absent(body: Any, tree: Tree) -> Judged:
    """Judge that no file has one of the names *body*."""
    there = _named(_globs(body), tree)
    return Judged(not there, f"there: {_few(there)}" if there else "none is there")


def judge_text(body: Any, text: str) -> Judged:
    """Judge *text* by the patterns of *body*: all, any, none."""
    wanted = {"all": body} if isinstance(body, str) else body
    for pattern in _globs(wanted.get("all", ())):
        if not finds(pattern, text):
            return Judged(False, f"{pattern!r} is not there")
    for pattern in _globs(wanted.get("none", ())):
        if finds(pattern, text):
            return Judged(False, f"{pattern!r} is there")
    several = _globs(wanted.get("any", ()))
    if several and not any(finds(pattern, text) for pattern in several):
        return Judged(False, f"none of {_few(several)} is there")
    return Judged(True, "the text is as it should be")


def judge_files(body: Mapping[str, Any], tree: Tree) -> Judged:
    """Judge the files that *body* names, taken as one text."""
    named = _named(_globs(body["path"]), tree)
    if not named:
        return Judged(False, f"no file is called {_few(_globs(body['path']))}")
    texts, size = [], 0
    for path in named:
        texts.append(_read(tree, path))
        size += len(texts[-1])
        if size > _MOST_TEXT:
            raise Undecided(f"{_few(_globs(body['path']))} are more text than can be read")
    return judge_text(body, "\n".join(texts))


def judge_json(body: Mapping[str, Any], tree: Tree) -> Judged:
    """Judge one value of a JSON file."""
    if body["path"] not in tree.paths():
        return Judged(False, f"there is no {body['path']}")
    text = _read(tree, body["path"])
    try:
        value = _at(json.loads(text), body["query"])
    except (ValueError, RecursionError):
        return Judged(False, f"{body['path']} is not JSON")
    except LookupError:
        return Judged(False, f"{body['path']} has no {body['query']}")
    if "equals" in body and not _same(value, body["equals"]):
        return Judged(False, f"{body['query']} has another value")
    if "regex" in body and not finds(body["regex"], value if isinstance(value, str) else ""):
        return Judged(False, f"{body['query']} does not fit {body['regex']!r}")
    return Judged(True, f"{body['query']} is as it should be")


def judge_ast(body: Mapping[str, Any], tree: Tree) -> Judged:
    """Judge how often a query is found in Python files."""
    found = 0
    for path in _named(_globs(body["path"]), tree):
        text = _read(tree, path)
        if len(text) > _MOST_PYTHON:
            raise Undecided(f"{path} is too long to be read as Python")
        here = count_in(body["query"], text)
        if here is None:
            return Judged(False, f"{path} is not Python")
        found += here
    limits = body.get("count", {"min": 1})
    passed = limits.get("min", 0) <= found <= limits.get("max", found)
    return Judged(passed, f"{body['query']} is found {found} times")


def judge_git(body: Mapping[str, Any], tree: Tree) -> Judged:
    """Judge what a session changed."""
    changed = tree.changed()
    paths = [each.path for each in changed]
    touched = [path for path in paths if matching(path, _globs(body.get("untouched", ())))]
    if touched:
        return Judged(False, f"touched: {_few(touched)}")
    others = [path for path in paths if not matching(path, _globs(body.get("only", ("**",))))]
    if others:
        return Judged(False, f"touched: {_few(others)}")
    missed = [glob for glob in _globs(body.get("touched", ())) if not _any(paths, glob)]
    if missed:
        return Judged(False, f"not touched: {_few(missed)}")
    return _sized(body, changed)


def _sized(body: Mapping[str, Any], changed: Sequence[Changed]) -> Judged:
    sizes = {
        "max_files": len(changed),
        "max_added": sum(each.added or 0 for each in changed),
        "max_removed": sum(each.removed or 0 for each in changed),
    }
    for key, size in sizes.items():
        if size > body.get(key, size):
            return Judged(False, f"{size} are more than {key}: {body[key]}")
    return Judged(True, f"{len(changed)} files changed", exercised=bool(changed))


def _read(tree: Tree, path: str) -> str:
    text = tree.text(path)
    if text is None:
        raise Undecided(f"{path} is too long to be read")
    return text


def _any(paths: Sequence[str], glob: str) -> bool:
    return any(matching(path, (glob,)) for path in paths)


def _globs(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _named(globs: Sequence[str], tree: Tree) -> list[str]:
    return [path for path in tree.paths() if matching(path, globs)]


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _same(value: Any, wanted: Any) -> bool:
    """Tell whether both are equal, also in kind: in Python ``True`` equals 1."""
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _at(value: Any, query: str) -> Any:
    """Return what lies at *query*, such as ``$.jobs[0].name``.

    Raises:
        LookupError: If nothing does.
    """
    for name, place in _STEP.findall(query.removeprefix("$")):
        if name and not isinstance(value, dict):
            raise LookupError(name)
        if place and not isinstance(value, list):
            raise LookupError(place)
        value = value[int(place) if place else name]
    return value
