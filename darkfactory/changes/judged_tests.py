"""Hold what an agent says of tests against the harness, the change and its own runs."""

import re
from collections.abc import Iterator

from darkfactory.changes.commands import Command
from darkfactory.changes.known import Facts, Verdict, listed
from darkfactory.changes.paths import is_test, touches_tests
from darkfactory.changes.unified import Line, changed_lines
from darkfactory.changes.wording import Statement
from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.counting import counted


def tests_pass(statement: Statement, facts: Facts) -> Verdict:
    """Return what the harness says of a claim that all tests pass."""
    result, amount = facts.harness, statement.subject
    if result is None:
        return "the harness has not run on the merged result", None
    if result.result is HarnessVerdict.PASS:
        return _counted(result, amount, facts)
    if result.result is HarnessVerdict.FAIL and not _all_of(result, amount):
        return f"the harness fails{_failing(result)}, on other tests than these, maybe", None
    if result.result is HarnessVerdict.FAIL:
        return f"the harness fails on the merged result{_failing(result)}{_own_run(facts)}", False
    return f"the harness could not tell: {result.note or result.result.value}", None


def _counted(result: HarnessResult, amount: str, facts: Facts) -> Verdict:
    """Hold a number of tests against those that passed; fewer may be a part of them."""
    if not amount or result.passed is None:
        return "the harness passes on the merged result", True
    fact = f"the harness passes {counted(result.passed, 'test')} on the merged result"
    if int(amount) == result.passed:
        return fact, True
    if int(amount) < result.passed:
        return f"{fact}; which {amount} are meant cannot be told", None
    if any(re.search(rf"\b{amount}\b", run.output) for run in _test_runs(facts)):
        return f"{fact}; its own last run of tests told of {amount}", None
    return f"{fact}, not {amount}", False


def _all_of(result: HarnessResult, amount: str) -> bool:
    """Tell whether *amount* tests may be all of them; no amount means all."""
    if not amount or result.passed is None or result.failed is None:
        return not amount
    return int(amount) >= result.passed + result.failed


def some_tests_pass(statement: Statement, facts: Facts) -> Verdict:
    """Return what the harness says where a claim is about some tests only."""
    fact, _ = tests_pass(Statement(statement.kind, statement.text), facts)
    return f"{fact}; which of its tests are meant cannot be told", None


def tests_expected(statement: Statement, facts: Facts) -> Verdict:
    """Return what the harness says where an agent only expects tests to pass."""
    fact, _ = tests_pass(Statement(statement.kind, statement.text), facts)
    return f"expected, not seen; {fact}", None


def tests_not_run(statement: Statement, facts: Facts) -> Verdict:
    """Hold the admission that tests were not run against the runs in the log."""
    own = _test_runs(facts)
    told, _ = tests_pass(Statement(statement.kind, statement.text), facts)
    harness = "" if facts.harness is None else f"; {told}"
    if not own:
        return f"its log has no run of tests{harness}", True
    fact = f"its log has a run of `{own[-1].command}` that exited {own[-1].exit_code}{harness}"
    passed = any(run.exit_code == 0 for run in own)
    return fact, False if passed and not statement.subject else None


def _failing(result: HarnessResult) -> str:
    return f": {listed(result.failing)}" if result.failing else ""


_TEST_COMMAND = re.compile(
    r"\b(?:pytest|unittest|jest|vitest|mocha|tox|nox|ctest|phpunit|rspec)\b|\btest\b"
)


def _test_runs(facts: Facts) -> list[Command]:
    return [run for run in facts.commands if _TEST_COMMAND.search(run.command)]


def _own_run(facts: Facts) -> str:
    """Return how the agent's own last run of tests ended: it may have told what it saw."""
    own = _test_runs(facts)
    if not own or own[-1].exit_code != 0:
        return ""
    return "; its own last run of tests exited 0"


_INLINE_TESTS = re.compile(r".*\.(?:rs|zig|d|nim|v|rkt|el)")
_LOOKS_LIKE_TESTS = re.compile(
    r".*(?:test|spec|check|case|fixture|snap|demo|eval).*", re.IGNORECASE
)
TEST_CODE = re.compile(
    r"\s*(?:(?:async )?def test|(?:test|it|describe)(?:\.\w+)?\(|func Test|#\[\w*:*test\]|@Test\b"
    r"|>>> |\[(?:Fact|Theory|TestMethod|Test)\]|TEST(?:_F|_P)?\()"
)


def tests_added(statement: Statement, facts: Facts) -> Verdict:
    """Look for added tests in the change; their number can be told by the diff only."""
    grown = [delta.path for delta in facts.deltas if is_test(delta.path) and delta.added != 0]
    if grown and statement.subject:
        seen = sum(line.added and bool(TEST_CODE.match(line.text)) for line in _lines(facts))
        fact = (
            f"tests were touched, with {counted(seen, 'line')} that begin a test: {listed(grown)}"
        )
        return fact, True if seen >= int(statement.subject) else None
    if grown:
        return f"tests were touched: {listed(grown)}", True
    paths = [path for delta in facts.deltas for path in delta.paths]
    if any(_INLINE_TESTS.fullmatch(path) or _LOOKS_LIKE_TESTS.fullmatch(path) for path in paths):
        return "the change holds files that may hold tests", None
    if any(line.added and TEST_CODE.match(line.text) for line in _lines(facts)):
        return "the change adds lines that look like tests", None
    return "the change touches no test file", False


def _lines(facts: Facts) -> Iterator[Line]:
    return changed_lines(facts.diff)


def tests_kept(_statement: Statement, facts: Facts) -> Verdict:
    """Look for existing tests among what was changed."""
    changed = touches_tests(delta for delta in facts.deltas if delta.status != "A")
    if changed:
        return f"existing tests were changed: {listed(changed)}", False
    return "the change touches no existing test file", True
