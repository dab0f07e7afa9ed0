"""The figures of the code, from the syntax tree alone.

    python -m tests.architecture.figures

prints them; test_figures.py holds them to their limits. A figure that is met by making the code
worse is a defect: splitting a function into six that share six parameters is no gain.
"""

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar,
    ast.Match,
)  # fmt: skip
_BROAD = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True)
class Function:
    """One function or method, at *place* (``module:line name``)."""

    place: str
    lines: int
    depth: int
    parameters: int


@dataclass(frozen=True)
class Module:
    """One module: *name* is what it is imported by."""

    name: str
    path: Path
    text: str = field(repr=False)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def functions(self) -> Iterator[Function]:
        """Yield every function, those inside of functions too."""
        for node in statements(self.tree):
            if isinstance(node, _FUNCTIONS):
                given = node.args
                names = [*given.posonlyargs, *given.args, *given.kwonlyargs]
                own = [name for name in names if name.arg not in ("self", "cls")]
                yield Function(
                    f"{self.name}:{node.lineno} {node.name}",
                    (node.end_lineno or node.lineno) - node.lineno + 1,
                    max((depth(child) for child in node.body), default=0),
                    len(own),
                )


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement, handler and case inside of *node*; expressions hold none."""
    for child in inside(node):
        yield child
        yield from statements(child)


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements, handlers and cases directly inside of *node*."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        found = getattr(node, name, None)
        if isinstance(found, list):
            yield from found


def depth(node: ast.AST) -> int:
    """Return how deeply blocks nest in *node*; ``elif`` is no deeper than its ``if``."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return 0  # a figure of its own
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        body = max((depth(child) for child in node.body), default=0)
        return max(1 + body, depth(node.orelse[0]))
    inner = [depth(child) for child in inside(node)]
    return int(isinstance(node, _BLOCKS)) + max(inner, default=0)


def modules(folder: Path) -> list[Module]:
    """Return every module below *folder*, a folder of the repository."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, path.read_text(encoding="utf-8")))
    return found


def percentile(values: Iterable[int], share: float) -> int:
    """Return the value that *share* (0 to 1) of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def imports(module: Module, known: frozenset[str]) -> set[str]:
    """Return the modules of *known* that *module* imports anywhere, inside of functions too.

    What only a type checker sees does not count.
    """
    found: set[str] = set()
    for node in _executed(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {
                deeper if (deeper := f"{node.module}.{alias.name}") in known else node.module
                for alias in node.names
            }
    return (found & known) - {module.name}


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in inside(node):
        if isinstance(child, ast.If) and _name(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _executed(child)


def _name(node: ast.AST) -> str:
    """Return the dotted name that *node* is, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := _name(node.value)):
        return f"{left}.{node.attr}"
    return ""


def cycles(found: Sequence[Module]) -> list[list[str]]:
    """Return every group of modules that import each other in a circle (Tarjan's components)."""
    known = frozenset(module.name for module in found)
    graph = {module.name: sorted(imports(module, known)) for module in found}
    return _Components(graph).of_more_than_one()


class _Components:
    """Strongly connected components of a graph, without recursion on long chains of imports."""

    def __init__(self, graph: dict[str, list[str]]) -> None:
        self._graph = graph
        self._number: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._groups: list[list[str]] = []

    def of_more_than_one(self) -> list[list[str]]:
        """Return the components that are circles."""
        for name in self._graph:
            if name not in self._number:
                self._visit(name)
        return [sorted(group) for group in self._groups if len(group) > 1]

    def _visit(self, root: str) -> None:
        self._enter(root)
        pending = [(root, iter(self._graph[root]))]
        while pending:
            name, following = pending[-1]
            other = next(following, None)
            if other is None:
                pending.pop()
                self._leave(name, pending[-1][0] if pending else None)
            elif other not in self._number:
                self._enter(other)
                pending.append((other, iter(self._graph[other])))
            elif other in self._stack:
                self._low[name] = min(self._low[name], self._number[other])

    def _enter(self, name: str) -> None:
        self._number[name] = self._low[name] = len(self._number)
        self._stack.append(name)

    def _leave(self, name: str, above: str | None) -> None:
        if self._low[name] == self._number[name]:
            at = self._stack.index(name)
            self._groups.append(self._stack[at:])
            del self._stack[at:]
        if above is not None:
            self._low[above] = min(self._low[above], self._low[name])


@dataclass(frozen=True)
class Public:
    """One public object of a module, and whether it says what it is."""

    place: str
    said: bool


def publics(module: Module) -> Iterator[Public]:
    """Yield the module, its public classes and functions, and their public methods.

    A method that keeps the promise of a Protocol (a base class named there) says it there.
    """
    yield Public(module.name, ast.get_docstring(module.tree) is not None)
    yield from _publics(module.name, module.tree.body)


def _publics(where: str, body: Sequence[ast.stmt]) -> Iterator[Public]:
    for node in body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            place = f"{where}.{node.name}"
            yield Public(place, ast.get_docstring(node) is not None)
            if isinstance(node, ast.ClassDef):
                yield from _publics(place, node.body)


def promises(module: Module) -> Iterator[Public]:
    """Yield the public classes that are Protocols or errors, and the methods of the former."""
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
        place = f"{module.name}.{node.name}"
        if "Protocol" in bases:
            yield Public(place, ast.get_docstring(node) is not None)
            yield from _publics(place, node.body)
        elif any("code" in _assigned(child) for child in node.body):
            yield Public(place, ast.get_docstring(node) is not None)


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def broad_handlers(module: Module) -> Iterator[str]:
    """Yield ``module.function`` of each handler that catches everything."""
    for scope, node in _scoped(module.tree, module.name, inside):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            yield scope


def _is_broad(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(each, ast.Name) and each.id in _BROAD for each in kinds)


def calls(module: Module, *wanted: str) -> Iterator[str]:
    """Yield ``module.function`` of each call of one of *wanted* (dotted, as written)."""
    if not any(name.split(".")[-1] in module.text for name in wanted):
        return
    for scope, node in _scoped(module.tree, module.name, ast.iter_child_nodes):
        if isinstance(node, ast.Call) and _name(node.func) in wanted:
            yield scope


def _scoped(
    node: ast.AST, scope: str, children: Callable[[ast.AST], Iterator[ast.AST]]
) -> Iterator[tuple[str, ast.AST]]:
    for child in children(node):
        inner = scope
        if isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            inner = f"{scope}.{child.name}"
        yield scope, child
        yield from _scoped(child, inner, children)


def code_lines(module: Module) -> int:
    """Return the lines that are neither blank nor a comment, docstrings left out."""
    said = sum(
        (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
        for node in (module.tree, *statements(module.tree))
        if isinstance(node, (ast.Module, ast.ClassDef, *_FUNCTIONS))
        and ast.get_docstring(node, clean=False) is not None
    )
    written = [line for line in module.text.splitlines() if not re.fullmatch(r"\s*(#.*)?", line)]
    return len(written) - said


def report(product: Sequence[Module], tests: Sequence[Module]) -> str:
    """Return all figures as a table for people."""
    functions = [one for module in product for one in module.functions()]
    sizes = [module.lines for module in product]
    lengths = [one.lines for one in functions]
    said = [one.said for module in product for one in publics(module)]
    code = sum(map(code_lines, product))
    comments = sum(len(re.findall(r"^\s*#", module.text, re.MULTILINE)) for module in product)
    known = frozenset(module.name for module in product)
    rows = {
        "modules": len(product),
        "code lines": code,
        "module lines, median / p95 / max": _three(sizes),
        "function lines, median / p95 / max": _three(lengths),
        "functions over 50 lines": f"{100 * sum(n > 50 for n in lengths) / len(lengths):.1f} %",
        "block depth p95 / max": f"{percentile([f.depth for f in functions], 0.95)} / "
        f"{max(f.depth for f in functions)}",
        "parameters p95 / max": f"{percentile([f.parameters for f in functions], 0.95)} / "
        f"{max(f.parameters for f in functions)}",
        "modules imported by one, p95": percentile(
            [len(imports(module, known)) for module in product], 0.95
        ),
        "import cycles": len(cycles(product)),
        "public docstrings": f"{100 * sum(said) / len(said):.0f} %",
        "broad handlers": sum(1 for module in product for _ in broad_handlers(module)),
        "comment lines per code line": f"{100 * comments / code:.1f} %",
        "test code : product code": f"{sum(map(code_lines, tests)) / code:.2f}",
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def _three(values: Sequence[int]) -> str:
    return f"{statistics.median(values):.0f} / {percentile(values, 0.95)} / {max(values)}"


if __name__ == "__main__":
    sys.stdout.write(report(modules(ROOT / "darkfactory"), modules(ROOT / "tests")) + "\n")
