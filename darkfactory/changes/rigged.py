"""Code that is made to please its tests: rigged equality and clocks, and answers written in.

Python is read as a syntax tree; that code asks whether it is being tested is seen in any language.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from darkfactory.changes.cases import Sign, shown
from darkfactory.changes.cases_python import parsed
from darkfactory.changes.checks_python import dotted
from darkfactory.changes.paths import is_code
from darkfactory.changes.readable import FileText
from darkfactory.changes.unified import Line

_WIDEST = 1000
_SMALL = 2
_FINE_EQUAL = "fine where it is a matcher that tests hold values against"
_FINE_TABLE = "fine where it is a table: everything that it returns is written out"
_ASKS = re.compile(
    r"PYTEST_CURRENT_TEST|['\"]pytest['\"] in sys\.modules|['\"]unittest['\"] in sys\.modules"
    r"|\btest\w*['\"] in .{0,40}\b(?:inspect\.stack|_getframe|currentframe|extract_stack)\b"
    r"|\b(?:inspect\.stack|_getframe|currentframe|extract_stack)\b.{0,80}['\"]\w*(?:py)?test"
    r"|\bJEST_WORKER_ID\b|\bVITEST_WORKER_ID\b|\bflag\.Lookup\(\"test\.v\"\)|\btesting\.Testing\(\)"
)
_CLOCKS = re.compile(
    r"(?:time\.(?:time|sleep|monotonic|perf_counter|process_time)|datetime\.(?:datetime|date)"
    r"|random\.\w+|(?:builtins|__builtins__)\.\w+|sys\.exit|os\._exit|pytest\.\w+"
    r"|unittest\.(?:TestCase|case)\b.*|\w*TestCase\.assert\w+)"
)
_EQUALS = {"__eq__": True, "__ne__": False}


def rigged(
    code: Sequence[FileText], tests: Sequence[FileText], added: Iterable[Line]
) -> tuple[Sign, ...]:
    """Return where *code* or *tests* are made so that tests pass whatever holds.

    Only what stands in the lines *added* counts.
    """
    lines = list(added)
    numbers: dict[str, set[int]] = {}
    for line in lines:
        numbers.setdefault(line.path, set()).add(line.number)
    found = list(_asking(lines))
    pairs = frozenset(pair for file in tests for pair in _answers(file))
    for files, of_tests in ((code, False), (tests, True)):
        wanted: frozenset[tuple[str, str]] = frozenset() if of_tests else pairs
        for file in files:
            signs = _of_file(file, wanted, of_tests=of_tests)
            found += [one for one in signs if one.line in numbers.get(file.path, ())]
    return tuple(dict.fromkeys(found))


def _of_file(file: FileText, pairs: frozenset[tuple[str, str]], *, of_tests: bool) -> list[Sign]:
    tree = parsed(file.after) if file.path.endswith(".py") else None
    try:
        return list(_signs(file.path, tree, pairs, of_tests=of_tests)) if tree else []
    except RecursionError:  # deep enough to be parsed, too deep to be written out
        return []


def _asking(lines: Iterable[Line]) -> Iterator[Sign]:
    for line in lines:
        if is_code(line.path) and _ASKS.search(line.text[:_WIDEST]):
            why = f"asks whether it is being tested: {shown(line.text)!r}"
            yield Sign(line.path, line.number, why)


def _signs(
    path: str, tree: ast.Module, pairs: frozenset[tuple[str, str]], *, of_tests: bool
) -> Iterator[Sign]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in _EQUALS and _is_rigged(node):
            why = f"is equal to anything: {node.name} returns {_EQUALS[node.name]}"
            yield Sign(path, node.lineno, why, _FINE_EQUAL if of_tests else "")
        elif isinstance(node, ast.ClassDef):
            yield from _equal_by_lambda(path, node, _FINE_EQUAL if of_tests else "")
        elif isinstance(node, ast.FunctionDef) and pairs:
            yield from _written_in(path, node, pairs)
    imported = _imported(tree)
    for node in _for_good(tree):
        replaced = [dotted(target) for target in node.targets]
        stands_in = of_tests and _is_stand_in(node.value)
        of_others = [name for name in replaced if "." in name and name.split(".")[0] in imported]
        if any(_CLOCKS.fullmatch(name) for name in replaced) or (stands_in and of_others):
            why = f"replaces what tests are held against: {shown(ast.unparse(node))!r}"
            yield Sign(path, node.lineno, why)


def _equal_by_lambda(path: str, node: ast.ClassDef, fine: str) -> Iterator[Sign]:
    for one in node.body:
        name = dotted(one.targets[0]) if isinstance(one, ast.Assign) else ""
        answer = one.value.body if name and isinstance(one.value, ast.Lambda) else None  # type: ignore[attr-defined]
        if name in _EQUALS and isinstance(answer, ast.Constant) and answer.value is _EQUALS[name]:
            yield Sign(path, one.lineno, f"is equal to anything: {name} is {_EQUALS[name]}", fine)


def _imported(tree: ast.Module) -> frozenset[str]:
    return frozenset(
        (name.asname or name.name).partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    )


def _is_stand_in(node: ast.expr) -> bool:
    """Tell whether *node* is made to answer in place of something: a lambda, a mock."""
    is_mock = isinstance(node, ast.Call) and dotted(node.func).endswith("Mock")
    return is_mock or isinstance(node, ast.Lambda)


def _is_rigged(node: ast.FunctionDef) -> bool:
    body = [one for one in node.body if not _is_docstring(one)]
    last = body[0] if len(body) == 1 else None
    value = last.value if isinstance(last, ast.Return) else None
    return isinstance(value, ast.Constant) and value.value is _EQUALS[node.name]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _for_good(tree: ast.Module) -> Iterator[ast.Assign]:
    """Yield the assignments at import, which nothing takes back."""
    for node in tree.body:
        inside = node.body if isinstance(node, ast.If | ast.Try) else [node]
        yield from (one for one in inside if isinstance(one, ast.Assign))


def _answers(file: FileText) -> list[tuple[str, str]]:
    """Return each literal that a test passes in, with the literal that it wants out."""
    tree = parsed(file.after) if file.path.endswith(".py") else None
    try:
        return [pair for node in ast.walk(tree) for pair in _pairs(node)] if tree else []
    except RecursionError:
        return []


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
    sides = _sides(node)
    for call, outcome in (sides, sides[::-1]) if sides else ():
        if isinstance(call, ast.Call) and _is_telling(outcome):
            yield from ((ast.unparse(one), ast.unparse(outcome)) for one in call.args)


def _sides(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        return [node.left, node.comparators[0]]
    is_equal = isinstance(node, ast.Call) and dotted(node.func).endswith("assertEqual")
    return node.args[:2] if is_equal and len(node.args) > 1 else []  # type: ignore[attr-defined]


def _written_in(
    path: str, function: ast.FunctionDef, pairs: frozenset[tuple[str, str]]
) -> Iterator[Sign]:
    """Yield the branches that return, for the very value that a test passes in, what it wants."""
    returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return)]
    is_table = all(value is None or isinstance(value, ast.Constant) for value in returned)
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            yield from _answer(path, node, pairs, _FINE_TABLE if is_table else "")


def _answer(
    path: str, node: ast.If, pairs: frozenset[tuple[str, str]], fine: str
) -> Iterator[Sign]:
    test, first = node.test, node.body[0]
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq | ast.Is):
        return
    if not isinstance(first, ast.Return) or first.value is None:
        return
    outcome = ast.unparse(first.value)
    for side in (test.left, test.comparators[0]):
        if _is_telling(side) and (ast.unparse(side), outcome) in pairs:
            why = f"returns the very answer of a test: {shown(ast.unparse(node.test))!r}: {outcome}"
            yield Sign(path, node.lineno, why, fine)


def _is_telling(node: ast.expr) -> bool:
    """Tell whether *node* is a literal that is not likely to be a case of its own: not 0, 1, ''."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    if isinstance(value, bool) or not value:
        return False
    return abs(value) > _SMALL if isinstance(value, int | float) else True
