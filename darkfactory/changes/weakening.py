"""Tests that a change removes or makes say less, and switches that silence the checks.

A first form, on purpose simple: Python is read as a syntax tree, test by test; everything else is
counted in its text, over all test files together, so that moving a test is no loss.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from darkfactory.changes.paths import decides_checks, is_test
from darkfactory.changes.unified import changed_lines

_NAMED = 3


@dataclass(frozen=True, slots=True)
class FileText:
    """A test file on both sides of a change; None: it is not there, or could not be read."""

    path: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class _Count:
    """What one side of the tests holds: checks and cases of each test by name, and skip marks."""

    tests: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    unnamed: int = 0
    checks: int = 0
    skips: int = 0

    def add(self, other: "_Count") -> None:
        for name, checks in other.tests.items():
            self.tests[name] = self.tests.get(name, 0) + checks
        for name, cases in other.cases.items():
            self.cases[name] = self.cases.get(name, 0) + cases
        self.unnamed += other.unnamed
        self.checks += other.checks
        self.skips += other.skips


def weakened(files: Sequence[FileText]) -> tuple[str, ...]:
    """Return what the tests lose, one sentence a loss."""
    return tuple(_losses(*_totals(files)))


def tests_gone(files: Sequence[FileText]) -> int:
    """Return how many tests there are fewer, each row of parameters counted."""
    before, after = (sum(total.cases.values()) + total.unnamed for total in _totals(files))
    return max(0, before - after)


def _totals(files: Sequence[FileText]) -> tuple[_Count, _Count]:
    before, after = _Count(), _Count()
    for file in files:
        for total, side in zip((before, after), _sides(file), strict=True):
            total.add(side)
    return before, after


def _sides(file: FileText) -> tuple[_Count, _Count]:
    """Return what both sides hold, read the same way on both."""
    texts = (file.before, file.after)
    if file.path.endswith(".py"):
        try:
            before, after = (_count_tree(_tree(text or "")) for text in texts)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        else:
            return before, after
    return _count_text(texts[0] or ""), _count_text(texts[1] or "")


def _losses(before: _Count, after: _Count) -> Iterator[str]:
    gone = [name for name in before.tests if name not in after.tests]
    fewer = len(before.tests) + before.unnamed - len(after.tests) - after.unnamed
    if fewer > 0:
        yield f"{fewer} fewer tests" + (f": {_list(gone)}" if gone else "")
    looser = [
        f"{name} ({checks} to {after.tests[name]})"
        for name, checks in before.tests.items()
        if after.tests.get(name, checks) < checks
    ]
    if looser:
        yield f"tests that check less: {_list(looser)}"
    elif after.checks < before.checks and fewer <= 0:
        yield f"{before.checks - after.checks} fewer checks in the tests"
    if after.skips > before.skips:
        yield f"{after.skips - before.skips} more skipped or expected to fail"


def _list(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code that is read, not of ours
        return ast.parse(text)


_SKIPS = re.compile(r"(?:^|\.)(?:skip|skip[iI]f|skipUnless|skipTest|xfail|expectedFailure)$")
_CHECKS = re.compile(
    r"(?:^|\.)(?:assert\w*|raises|warns|fail\w*|expect\w*|approx_equal|verify\w*)$"
)


def _count_tree(tree: ast.Module) -> _Count:
    count = _Count()
    for name, test in _tests(tree.body, ""):
        checks = sum(1 for node in ast.walk(test) if _is_check(node))
        cases = _cases(test)
        count.tests[name] = count.tests.get(name, 0) + cases * checks
        count.cases[name] = count.cases.get(name, 0) + cases
    for node in ast.walk(tree):
        count.checks += _is_check(node)
        count.skips += isinstance(node, ast.Attribute | ast.Name) and bool(
            _SKIPS.search(_dotted(node))
        )
    return count


def _tests(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            yield prefix + node.name, node


def _cases(test: ast.AST) -> int:
    """Return how many rows *test* is parametrised with, as far as they are written out."""
    rows = 1
    for mark in getattr(test, "decorator_list", ()):
        if isinstance(mark, ast.Call) and _dotted(mark.func).endswith("parametrize"):
            lists = [one for one in mark.args[1:2] if isinstance(one, ast.List | ast.Tuple)]
            rows *= max(1, len(lists[0].elts)) if lists else 1
    return rows


def _is_check(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not _is_always_true(node.test)
    if not isinstance(node, ast.Call) or not _CHECKS.search(_dotted(node.func)):
        return False
    same = len(node.args) > 1 and ast.dump(node.args[0]) == ast.dump(node.args[1])
    return not same and not (len(node.args) == 1 and _is_always_true(node.args[0]))


def _is_always_true(test: ast.expr) -> bool:
    """Tell whether *test* says nothing: a constant, ``x == x``, ``… or True``."""
    if isinstance(test, ast.Constant):
        return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_is_always_true(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        same = ast.dump(test.left) == ast.dump(test.comparators[0])
        return same and isinstance(test.ops[0], ast.Eq | ast.Is | ast.GtE | ast.LtE)
    return False


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


_TEXT_COMMENT = re.compile(r"^\s*(?://|#(?!\[)|\*|--).*$", re.MULTILINE)
_TEXT_TEST = re.compile(
    r"\b(?:it|test)(?:\.each\b[^(]*\([^)]*\))?\s*\(|\bfunc Test\w+\(|#\[\w*:*test\b|@Test\b"
    r"|@ParameterizedTest\b|\bdef test_?\w*|\bfunction test\w+\(|^\s*it ['\"]|\bTEST(?:_[FP])?\("
    r"|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b|@test ['\"]|^\s*(?:Scenario|Example):",
    re.MULTILINE,
)
_TEXT_CHECK = re.compile(
    r"\bassert\w*[!.( ]|\bexpect\w*[!.( ]|\bshould\b|\brequire\.\w+\("
    r"|\bt\.(?:Error|Fatal|Fail)\w*\("
    r"|\bXCTAssert\w*|\bEXPECT_\w+|\bASSERT_\w+|^\s*Then ",
    re.MULTILINE,
)
_TEXT_SKIP = re.compile(
    r"\b(?:it|test|describe|context)\.(?:skip|only|todo|fixme|failing)\b|\b[xf](?:it|describe|test)\("
    r"|\b[tb]\.Skip\w*\(|#\[ignore\b|@Ignore\b|@Disabled\b|\bSkip\s*=|markTest(?:Skipped|Incomplete)"
    r"|\bskip\s+['\"]|\bGTEST_SKIP|\bpytest\.mark\.(?:skip\w*|xfail)|\bunittest\.skip|\bxfail\b",
)


def _count_text(text: str) -> _Count:
    code = _TEXT_COMMENT.sub("", text)
    return _Count(
        unnamed=len(_TEXT_TEST.findall(code)),
        checks=len(_TEXT_CHECK.findall(code)),
        skips=len(_TEXT_SKIP.findall(code)),
    )


_SILENCED = re.compile(
    r"\|\|\s*(?:true|:|exit 0)(?=\s*(?:$|[;#)\"'&]))|\bcontinue-on-error:\s*true"
    r"|\ballow_failure:\s*true|--passWithNoTests|--deselect[= ]|--ignore(?:-glob)?=|-k ['\"]?not "
    r"|\bset \+e\b|\bexit 0\s*$"
    r"|\b(?:sys\.exit|os\._exit|process\.exit)\(0?\)|--no-verify|\ballow_module_level\s*=\s*True"
    r"|\bexitstatus\s*=\s*0|\bfunc TestMain\(|\bdef load_tests\b|\b__test__\s*=\s*False"
    r"|\bpytest_(?:collection_modifyitems|ignore_collect|pyfunc_call|runtest_protocol)\b"
    r"|\bcollect_ignore\b|\btestPathIgnorePatterns\b|\bfail_under\s*=|--exitfirst=0|\|\|\s*echo\b"
)


def silenced(diff: str) -> tuple[str, ...]:
    """Return the places where *diff* adds, to tests or to what runs them, a way to pass anyway."""
    return tuple(
        f"{line.path}:{line.number} adds {match[0].strip()!r}"
        for line in changed_lines(diff)
        if line.added
        and (is_test(line.path) or decides_checks(line.path) or line.path.endswith(".sh"))
        and (match := _SILENCED.search(line.text[:1000]))
    )
