"""Read one assertion of a Python test: what it pins, how strictly, and whether it can fail."""

import ast
import re
from collections.abc import Sequence

from darkfactory.changes.cases import Check, Rank, shown

_CANNOT_FAIL = "cannot fail"
_CALLS = re.compile(r"(?:^|\.)(?:assert\w*|raises|warns|fail|expect\w*|verify\w*)$")
_EXACT = re.compile(r"(?:Equals?|Is|IsNone|Raises\w*|Regex|CountEqual|_with|has_calls|not_called)$")
_INEXACT = re.compile(
    r"(?:NotEqual|In|NotIn|Greater\w*|Less\w*|IsInstance|IsNot|_called_once|any_call|_awaited)$"
)
_TRUTH = re.compile(r"(?:^|\.)(?:assertTrue|assertFalse|assert_|assertIsNotNone|assert_called)$")
_WIDE = 0.1


def dotted(node: ast.AST | None) -> str:
    """Return the dotted name of *node*, empty where it has none."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> frozenset[str]:
    """Return every name and attribute that *node* speaks of."""
    return frozenset(
        one.id if isinstance(one, ast.Name) else one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Name | ast.Attribute)
    )


def check_of(node: ast.AST, helpers: frozenset[str]) -> Check | None:
    """Return the check that *node* is, None where it is none.

    Args:
        helpers: Names of functions that check something.
    """
    if isinstance(node, ast.Assert):
        return _condition(node.test, node.lineno, f"assert {ast.unparse(node.test)}")
    if not isinstance(node, ast.Call):
        return None
    name = dotted(node.func)
    if name.removeprefix("self.").removeprefix("cls.") in helpers:
        return _plain(node, Rank.EXACT)
    return _call(node, name) if _CALLS.search(name) else None


def is_wide(tolerance: float, before: float) -> bool:
    """Tell whether a *tolerance* lets nearly anything pass, *before* being the earlier one."""
    return tolerance >= _WIDE and tolerance > before * 10


def _call(node: ast.Call, name: str) -> Check:
    if _TRUTH.search(name) and node.args and not name.endswith("IsNotNone"):
        return _condition(node.args[0], node.lineno, ast.unparse(node))
    if name.endswith(("raises", "warns", "assertRaises")):
        expected = ast.unparse(node.args[0]) if node.args else ""
        return _plain(node, Rank.EXACT, about=name, expected=expected)
    sides = node.args[:2]
    if len(sides) == len("ab") and ast.dump(sides[0]) == ast.dump(sides[1]):
        return _plain(node, Rank.NOTHING, flaw=_CANNOT_FAIL)
    rank = _rank_of(name)
    if len(sides) == len("ab") and "Equal" in name and rank is Rank.EXACT:
        near = _almost(node) if "Almost" in name else 0.0
        return _compared(node, ast.unparse(node), sides, near)
    return _plain(node, rank)


def _rank_of(name: str) -> Rank:
    if _TRUTH.search(name):
        return Rank.TRUTH
    return Rank.PART if _INEXACT.search(name) and not name.endswith("_with") else Rank.EXACT


def _plain(
    node: ast.expr, rank: Rank, *, flaw: str = "", about: str = "", expected: str = ""
) -> Check:
    return Check(
        node.lineno, shown(ast.unparse(node)), rank, names_in(node), about, expected, flaw=flaw
    )


def _condition(test: ast.expr, line: int, text: str) -> Check:
    """Return the check that *test* holds."""
    names = names_in(test)
    if _is_always_true(test):
        return Check(line, shown(text), Rank.NOTHING, names, flaw=_CANNOT_FAIL)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [_condition(value, line, "") for value in test.values]
        weight = sum(part.weight for part in parts)
        return Check(line, shown(text), max(part.rank for part in parts), names, weight=weight)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _comparison(test, line, text)
    if isinstance(test, ast.Compare) and all(isinstance(op, ast.Eq | ast.Is) for op in test.ops):
        return Check(line, shown(text), Rank.EXACT, names, weight=len(test.ops))  # a == b == c
    calls = isinstance(test, ast.Call) and dotted(test.func) != "bool"
    some = isinstance(test, ast.BoolOp) or (calls and len(names) > 1)
    rank = Rank.PART if some else Rank.TRUTH
    narrows = isinstance(test, ast.Call) and dotted(test.func) == "isinstance"
    return Check(line, shown(text), rank, names, ast.unparse(test), narrows=narrows)


def _comparison(test: ast.Compare, line: int, text: str) -> Check:
    sides = [test.left, test.comparators[0]]
    if isinstance(test.ops[0], ast.Eq | ast.Is):
        found = _compared(test, text, sides, max(map(_approx, sides)))
        return Check(
            line,
            shown(text),
            _rank_of_equality(*sides),
            found.names,
            found.about,
            found.expected,
            found.weight,
            tolerance=found.tolerance,
        )
    nothing = isinstance(test.ops[0], ast.IsNot) and isinstance(sides[1], ast.Constant)
    rank = Rank.TRUTH if nothing else Rank.PART
    about = ast.unparse(sides[0])
    return Check(line, shown(text), rank, names_in(test), about, narrows=nothing)


def _rank_of_equality(about: ast.expr, expected: ast.expr) -> Rank:
    if isinstance(about, ast.Call) and dotted(about.func) == "type":
        return Rank.PART  # says what isinstance says
    return Rank.TRUTH if _is_bare(expected) else Rank.EXACT


def _compared(node: ast.expr, text: str, sides: Sequence[ast.expr], tolerance: float) -> Check:
    about, expected = sides
    if _is_literal(about) and not _is_literal(expected):  # the way round of some
        about, expected = expected, about
    weight = max(1, len(getattr(expected, "elts", ()) or getattr(expected, "keys", ())))
    return Check(
        node.lineno,
        shown(text),
        Rank.EXACT,
        names_in(node),
        ast.unparse(about),
        ast.unparse(_inner(expected)),
        weight,
        tolerance=tolerance,
    )


def _inner(node: ast.expr) -> ast.expr:
    """Return the value that ``approx(…)`` speaks of, *node* itself where it is none."""
    return node.args[0] if isinstance(node, ast.Call) and _approx(node) and node.args else node


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _is_bare(node: ast.expr) -> bool:
    """Tell whether equality to *node* says no more than truth does: ``True``, ``[]``, ``0``."""
    if isinstance(node, ast.Constant):
        return node.value is not None and (node.value is True or not node.value)
    return isinstance(node, ast.List | ast.Tuple | ast.Dict) and not ast.unparse(node).strip(
        "[](){}"
    )


def _approx(node: ast.expr) -> float:
    """Return how far ``approx(…)`` lets a value be off, relative to it; 0 where it is exact."""
    if not isinstance(node, ast.Call) or not dotted(node.func).endswith("approx"):
        return 0.0
    value = _number(node.args[0]) if node.args else None
    by_name = {one.arg: _number(one.value) for one in node.keywords}
    rel, absolute = by_name.get("rel"), by_name.get("abs")
    return max(rel or 1e-6, (absolute or 0.0) / abs(value) if value else 0.0)


def _almost(node: ast.Call) -> float:
    value = next((abs(found) for one in node.args[:2] if (found := _number(one))), 1.0)
    by_name = {one.arg: _number(one.value) for one in node.keywords}
    places = by_name.get("places")
    delta = by_name.get("delta")
    return (delta if delta is not None else 10.0 ** -(7 if places is None else places)) / value


def _number(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    is_number = isinstance(value, int | float) and abs(value) < 1e300  # noqa: PLR2004 - no overflow
    return float(value) if is_number else None


def _is_always_true(test: ast.expr) -> bool:
    """Tell whether *test* says nothing: a true constant, ``x == x``, ``… or True``."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple):
        return bool(test.elts)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_is_always_true(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        same = ast.dump(test.left) == ast.dump(test.comparators[0])
        return same and isinstance(test.ops[0], ast.Eq | ast.Is | ast.GtE | ast.LtE)
    return False
