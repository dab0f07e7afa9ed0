"""Queries of Python sources: ``call:open[mode=w]``, ``import:requests``, ``def:``, ``class:``."""

import ast
import builtins
import inspect
import re
import warnings
from collections.abc import Iterator
from fnmatch import fnmatchcase

_QUERY = re.compile(r"(call|import|def|class):([\w.*?]+)(?:\[([\w.]+=[^\]]*)\])?")


def query_problem(query: str) -> str | None:
    """Return why *query* is none, as the rest of a sentence, or None."""
    found = _QUERY.fullmatch(query)
    if found is None:
        return (
            "must be like call:NAME, call:NAME[ARGUMENT=VALUE], import:NAME, def:NAME, class:NAME"
        )
    if found[3] and found[1] != "call":
        return f"can name an argument of a call, not of {found[1]}"
    return None


def count_in(query: str, source: str) -> int | None:
    """Return how often *query* is found in *source*; None where that is not Python."""
    found = _QUERY.fullmatch(query)
    if found is None:
        raise ValueError(query)
    kind, name, filters = found[1], found[2], _filters(found[3])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source)
            return sum(_fits(node, kind, name, filters) for node in ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _filters(written: str | None) -> dict[str, str]:
    parts = (part.partition("=") for part in (written or "").split(",") if part)
    return {key.strip(): value.strip() for key, _, value in parts}


def _fits(node: ast.AST, kind: str, name: str, filters: dict[str, str]) -> bool:
    if kind == "call":
        return (
            isinstance(node, ast.Call)
            and fnmatchcase(ast.unparse(node.func), name)
            and all(_argument(node, key) == value for key, value in filters.items())
        )
    return any(fnmatchcase(found, name) for found in _names(node, kind))


def _names(node: ast.AST, kind: str) -> Iterator[str]:
    if kind == "import" and isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif kind == "import" and isinstance(node, ast.ImportFrom):
        yield "." * node.level + (node.module or "")
    elif (kind == "def" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)) or (
        kind == "class" and isinstance(node, ast.ClassDef)
    ):
        yield node.name


def _argument(call: ast.Call, key: str) -> str | None:
    """Return the constant that *call* is given for *key*: a name, or a place counted from 0."""
    for keyword in call.keywords:
        if keyword.arg == key:
            return _constant(keyword.value)
    places = _builtin_names(ast.unparse(call.func))
    place = int(key) if key.isdigit() else places.index(key) if key in places else None
    if place is None or place >= len(call.args):
        return None
    return _constant(call.args[place])


def _builtin_names(function: str) -> list[str]:
    """Return what a builtin calls its arguments: they may be given by place."""
    try:
        return list(inspect.signature(getattr(builtins, function, None)).parameters)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def _constant(node: ast.expr) -> str | None:
    return str(node.value) if isinstance(node, ast.Constant) else None
