"""Read the tests of a Python file from its syntax tree."""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from darkfactory.changes.cases import Case, Check, Skip
from darkfactory.changes.checks_python import check_of, dotted, names_in

_TIMES_UNKNOWN = 4
_SWALLOWED = "is swallowed, so it cannot fail"
_STAND_IN = "asks only a stand-in that the test has made itself"
_UNREACHED = "is never reached"
_CATCHES = frozenset({"", "AssertionError", "Exception", "BaseException"})
_SKIPS = re.compile(
    r"(?:^|\.)(?:skip|skip[iI]f|skipUnless|skipTest|SkipTest|xfail|expectedFailure"
    r"|importorskip|flaky)$"
)
_SURROUNDINGS = re.compile(
    r"\bplatform\b|\bos\.name\b|version_info|\bwhich\(|find_spec|\bplatform_"
    r"|\bPY(?:THON)?_?\d\w*|(?i:\b(?:is_)?(?:win|windows|linux|mac|macos|darwin|posix|pypy)\b)"
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Where:
    """What holds for the statements of a block."""

    flaw: str = ""
    times: int = 1
    guarded: bool = False


@lru_cache(maxsize=32)
def parsed(text: str | None) -> ast.Module | None:
    """Return the syntax tree of *text*, None where it is none or too deep to be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the code that is read, not of ours
            return ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def python_cases(path: str, tree: ast.Module, helpers: frozenset[str]) -> tuple[Case, ...]:
    """Return the tests of a file, and the functions that check for them, in their order.

    Args:
        helpers: The names of functions that check something, of all files.
    """
    whole = tuple(_module_skips(tree))
    found: list[Case] = [Case(path, "", 1, skips=whole, is_test=False)]
    for name, function, marks in _functions(tree.body, "", ()):
        case = _case(path, name, function, helpers)
        if case.is_test:
            found.append(replace(case, skips=(*whole, *marks, *case.skips)))
        elif function.name in helpers:
            found.append(case)
    return tuple(found)


def _functions(
    body: Iterable[ast.stmt], prefix: str, marks: tuple[Skip, ...]
) -> Iterator[tuple[str, _Function, tuple[Skip, ...]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            inner = (*marks, *_marks(node.decorator_list), *_module_skips(node))
            if not node.bases and not node.name.startswith("Test"):
                inner = (*inner, Skip(node.lineno, f"class {node.name} is no TestCase"))
            yield from _functions(node.body, f"{prefix}{node.name}.", inner)
        elif isinstance(node, _FUNCTIONS):
            yield prefix + node.name, node, marks
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions([*node.body, *node.orelse], prefix, marks)


def helper_names(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the functions that assert something and are no tests."""
    return frozenset(
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, _FUNCTIONS)
        and not node.name.startswith("test")
        and any(isinstance(one, ast.Assert) for one in ast.walk(node))
    )


def _case(path: str, name: str, function: _Function, helpers: frozenset[str]) -> Case:
    own = helpers - {function.name}
    calls = {dotted(one.func) for one in ast.walk(function) if isinstance(one, ast.Call)}
    return Case(
        path=path,
        name=name,
        line=function.lineno,
        checks=tuple(_checks_of_stand_ins(function, own)),
        skips=(*_marks(function.decorator_list), *_skip_calls(function)),
        rows=tuple(_rows(function.decorator_list)),
        calls=frozenset(call.rpartition(".")[2] for call in calls if call),
        is_test=function.name.startswith("test"),
    )


def _checks_of_stand_ins(function: _Function, helpers: frozenset[str]) -> Iterator[Check]:
    """Yield the checks of *function*; what asks only a stand-in of its own cannot fail."""
    made = tuple(f"{name}(" for name in _stand_ins(function))
    for check in _checks(function.body, _Where(), helpers):
        asks = bool(made) and check.about.startswith(made)
        yield replace(check, flaw=_STAND_IN) if asks and not check.flaw else check


def _stand_ins(function: _Function) -> Iterator[str]:
    for node in function.body:
        value = node.value if isinstance(node, ast.Assign) else None
        made = isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2]
        if made in ("Mock", "MagicMock", "create_autospec"):
            yield from (dotted(one) for one in node.targets)  # type: ignore[attr-defined]


def _checks(body: Iterable[ast.stmt], where: _Where, helpers: frozenset[str]) -> Iterator[Check]:
    for node in body:
        yield from _checks_of(node, where, helpers)
        if isinstance(node, ast.Return):
            where = replace(where, flaw=_UNREACHED)


def _checks_of(node: ast.stmt, where: _Where, helpers: frozenset[str]) -> Iterator[Check]:
    for one in _own_expressions(node):
        found = check_of(one, helpers)
        if found is not None:
            weight = found.weight * where.times
            flaw = where.flaw or found.flaw
            yield replace(found, flaw=flaw, weight=weight, guarded=where.guarded)
    for block, inner in _blocks(node, where):
        yield from _checks(block, inner, helpers)


def _own_expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement that asserts, or the calls that it makes outside of its blocks."""
    if isinstance(node, ast.Assert):
        yield node
        return
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.withitem):
            yield from (one for one in ast.walk(child) if isinstance(one, ast.Call))


def _blocks(node: ast.stmt, where: _Where) -> Iterator[tuple[list[ast.stmt], _Where]]:
    match node:
        case ast.Try() | ast.TryStar():
            swallows = any(map(_swallows, node.handlers))
            yield node.body, replace(where, flaw=_SWALLOWED) if swallows else where
            for handler in node.handlers:
                yield handler.body, where
            yield node.orelse, where
            yield node.finalbody, where
        case ast.If():
            never = isinstance(node.test, ast.Constant) and not node.test.value
            inner = replace(where, guarded=where.guarded or not node.orelse)
            yield node.body, replace(where, flaw=_UNREACHED) if never else inner
            yield node.orelse, where
        case ast.For() | ast.AsyncFor():
            listed = isinstance(node.iter, ast.List | ast.Tuple | ast.Set)
            times = len(node.iter.elts) if listed else _TIMES_UNKNOWN  # type: ignore[attr-defined]
            yield node.body, replace(where, times=where.times * max(1, times))
        case ast.With() | ast.AsyncWith():
            suppressed = any(_suppresses(item.context_expr) for item in node.items)
            yield node.body, replace(where, flaw=_SWALLOWED) if suppressed else where
        case ast.While() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.body, where
        case _:
            return


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes a failed assertion and lets the test go on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(dotted(kind).rpartition(".")[2] in _CATCHES for kind in kinds):
        return False
    for node in (one for stmt in handler.body for one in ast.walk(stmt)):
        if isinstance(node, ast.Raise | ast.Assert):
            return False
        if isinstance(node, ast.Call) and re.search(r"fail|assert", dotted(node.func)):
            return False
    return True


def _suppresses(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not dotted(node.func).endswith("suppress"):
        return False
    return any(dotted(kind).rpartition(".")[2] in _CATCHES - {""} for kind in node.args)


def _marks(decorators: Iterable[ast.expr]) -> Iterator[Skip]:
    for mark in decorators:
        name = dotted(mark.func if isinstance(mark, ast.Call) else mark)
        if _SKIPS.search(name):
            text = ast.unparse(mark)
            conditional = bool(re.search(r"if|unless", name.lower())) or _has_condition(mark)
            upon = conditional and bool(_SURROUNDINGS.search(text))
            yield Skip(mark.lineno, f"@{text}", upon or name.endswith("flaky"))
        elif name.endswith("parametrize") and _is_empty(mark):
            yield Skip(mark.lineno, f"@{ast.unparse(mark)}")


def _has_condition(mark: ast.expr) -> bool:
    """Tell whether ``xfail`` is given what it depends on."""
    return isinstance(mark, ast.Call) and dotted(mark.func).endswith("xfail") and bool(mark.args)


def _is_empty(mark: ast.expr) -> bool:
    """Tell whether a test is parametrised with nothing, and so never run."""
    listed = mark.args[1] if isinstance(mark, ast.Call) and len(mark.args) > 1 else None
    return isinstance(listed, ast.List | ast.Tuple) and not listed.elts


def _skip_calls(function: _Function) -> Iterator[Skip]:
    for node in ast.walk(function):
        if isinstance(node, ast.If) and _SURROUNDINGS.search(ast.unparse(node.test)):
            yield from (replace(one, conditional=True) for one in _called_skips(node.body))
    yield from _called_skips(function.body)


def _called_skips(body: Iterable[ast.stmt]) -> Iterator[Skip]:
    for node in (one for stmt in body for one in ast.walk(stmt)):
        if isinstance(node, ast.Call) and _SKIPS.search(dotted(node.func)):
            name = dotted(node.func)
            yield Skip(node.lineno, ast.unparse(node), name.endswith("importorskip"))


def _module_skips(tree: ast.Module | ast.ClassDef) -> Iterator[Skip]:
    """Yield what skips all of a module or class: ``pytestmark``, ``pytest.skip`` at import."""
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
        if value is None:
            continue
        is_mark = isinstance(node, ast.Assign) and "pytestmark" in names_in(node.targets[0])
        is_call = isinstance(node, ast.Expr) and isinstance(value, ast.Call)
        if is_mark:
            marks = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            yield from _marks(marks)
        elif is_call and _SKIPS.search(dotted(value.func)):  # type: ignore[attr-defined]
            name = dotted(value.func)  # type: ignore[attr-defined]
            yield Skip(node.lineno, ast.unparse(node), name.endswith("importorskip"))


def _rows(decorators: Iterable[ast.expr]) -> Iterator[str]:
    """Yield the rows that a test is parametrised with, of the longest list where there are more."""
    longest: list[ast.expr] = []
    for mark in decorators:
        if isinstance(mark, ast.Call) and dotted(mark.func).endswith("parametrize"):
            lists = [one.elts for one in mark.args[1:2] if isinstance(one, ast.List | ast.Tuple)]
            longest = max([longest, *lists], key=len)
    yield from map(ast.unparse, longest)
