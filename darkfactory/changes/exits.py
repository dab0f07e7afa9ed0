"""Lines that end the whole process with success, so that tests which would fail are never run.

An exit with a fixed status other than 0 cannot be mistaken for success and is left alone.
"""

import ast
import posixpath
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

from darkfactory.changes.places import Place
from darkfactory.changes.unified import Line

_WIDEST = 1000
_SHOWN = 60
_FAILS = r"(?:-[1-9]|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]|EXIT_FAILURE)"
_MAY_BE_0 = rf"\b(?!\s*\(\s*{_FAILS}\s*\)|\s+{_FAILS}\s*(?:$|;|if\b|unless\b))"


def _ends(*calls: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(calls)}){_MAY_BE_0}")


_SCRIPT = _ends(
    r"\bprocess\s*\??\.\s*(?:exit|reallyExit)",
    r"\bprocess\[['\"](?:exit|reallyExit)",
    r"\b(?:Deno|Bun)\.exit",
    r"\bprocess\.exitCode\s*=\s*(?:0|undefined)",
)
_C = _ends(r"\b(?:_exit|_Exit|quick_exit|exit)(?=\s*\()")
_JVM = _ends(r"\bSystem\.exit", r"\bexitProcess", r"\bRuntime\b.*\.halt")
_RUST = _ends(r"\bprocess::exit", r"\b_exit(?=\s*\()", r"::exit(?=\s*\()")
_NET = _ends(r"\bEnvironment\.Exit")
_RUBY = _ends(r"\bexit(?=!)", r"^\s*exit", r"\b(?:Kernel|Process)\.exit")
_BY_ENDING = {
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"), _SCRIPT),
    **dict.fromkeys((".vue", ".svelte"), _SCRIPT),
    **dict.fromkeys((".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".swift"), _C),
    **dict.fromkeys((".java", ".kt", ".kts", ".scala", ".groovy"), _JVM),
    **dict.fromkeys((".cs", ".fs", ".vb"), _NET),
    ".rs": _RUST,
    ".go": _ends(r"\b(?:os|syscall)\.Exit(?!\(m\.Run\(\)\))"),
    ".rb": _RUBY,
    ".php": _ends(r"\b(?:exit|die)(?=\s*[(;])"),
    ".ex": _ends(r"\bSystem\.(?:halt|stop)"),
    ".exs": _ends(r"\bSystem\.(?:halt|stop)"),
    ".lua": _ends(r"\bos\.exit"),
    ".pl": _ends(r"\bexit"),
    ".dart": _ends(r"\bexit(?=\s*\()"),
}
# Whenever it is reached: not even Python's own clean-up runs after these.
_PYTHON_AT_ONCE = _ends(
    r"(?<!def )(?<!self\.)(?<!cls\.)\b_exit", r"\bos\.exec[lv]p?e?", r"\bpytest\.exit"
)
_PYTHON_EXIT = re.compile(r"\b(?:exit|quit|SystemExit)\b")
_PYTHON = (".py", ".pyw", ".pyi")
_COMMENT = re.compile(r"\s*(?:#|//|\*|--(?!\w))")


def exits(lines: Iterable[Line], text_of: Callable[[str], str | None]) -> tuple[Place, ...]:
    """Return the *lines*, of those added, that may end the process that runs the tests.

    In Python ``sys.exit`` counts where it runs at import: elsewhere the test that reaches it fails.

    Args:
        text_of: Returns a file as the change leaves it, None where it cannot be read.
    """
    found: list[Place] = []
    python: dict[str, list[Line]] = {}
    for line in lines:
        if not line.added or _COMMENT.match(line.text):
            continue
        is_python = line.path.endswith(_PYTHON)
        ends = _PYTHON_AT_ONCE if is_python else _BY_ENDING.get(posixpath.splitext(line.path)[1])
        if ends and ends.search(line.text[:_WIDEST]):
            found.append(_place(line))
        elif is_python:
            python.setdefault(line.path, []).append(line)
    for path, several in python.items():
        doubtful = [line for line in several if _PYTHON_EXIT.search(line.text[:_WIDEST])]
        at_import = _exits_at_import(path, text_of(path)) if doubtful else None
        if at_import is not None:
            doubtful = [line for line in several if line.number in at_import]
        found += map(_place, doubtful)
    return tuple(found)


def _place(line: Line) -> Place:
    told = " ".join(line.text.split())
    return Place(line.path, line.number, f"may end the run of the tests: {told[:_SHOWN]!r}")


def _exits_at_import(path: str, text: str | None) -> frozenset[int] | None:
    """Return the lines of a Python file that exit when it is imported, None if that is unknown."""
    if posixpath.basename(path) == "__main__.py":
        return frozenset()
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the code that is read, not of ours
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = {"exit", "quit", *_aliases(tree)}
    found = (node for node in _at_import(tree) if _may_succeed(node, names))
    return frozenset(number for node in found for number in _lines_of(node))


def _lines_of(node: ast.AST) -> range:
    if not isinstance(node, ast.stmt | ast.expr):
        return range(0)
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Yield the names under which a file knows ``sys.exit`` besides its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            yield from (one.asname or one.name for one in node.names if one.name == "exit")
        elif isinstance(node, ast.Assign) and _name(node.value) in ("exit", "quit"):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))


def _at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what runs when a file is imported, functions that are called then included."""
    functions = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += _defaults(node)
            continue
        if isinstance(node, ast.If) and _is_main_guard(node.test):
            waiting += node.orelse
            continue
        called = _name(node.func) if isinstance(node, ast.Call) else ""
        if called in functions:
            waiting += functions.pop(called).body
        waiting += ast.iter_child_nodes(node)


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.expr]:
    """Return what of a function runs when it is defined."""
    values = [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
    return values if isinstance(node, ast.Lambda) else [*values, *node.decorator_list]


def _is_main_guard(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    return any(_name(side) == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )


def _may_succeed(node: ast.AST, names: set[str]) -> bool:
    """Tell whether *node* ends the process, and not with a fixed status other than 0."""
    if isinstance(node, ast.Raise):
        raised = node.exc
        if _name(raised) == "SystemExit":
            return True
        node = raised if isinstance(raised, ast.Call) else node
        names = {"SystemExit"}
    if not isinstance(node, ast.Call) or _name(node.func) not in names:
        return False
    status = node.args[0] if node.args else None
    if isinstance(status, ast.Constant):
        value = status.value  # a text is printed, and the status is 1
        return value % 256 == 0 if isinstance(value, int) else not value
    return not isinstance(status, ast.JoinedStr)


def _name(node: ast.AST | None) -> str:
    """Return the last part of a dotted name, empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
