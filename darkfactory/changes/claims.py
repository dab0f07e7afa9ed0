"""Hold what an agent says of its work against what is known of it.

Only a clear contradiction is False. A claim that nothing proves or refutes stays open: people are
told less rather than something wrong.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from darkfactory.changes.commands import Command
from darkfactory.changes.paths import is_test, touches_tests
from darkfactory.changes.statements import claims_in
from darkfactory.changes.unified import changed_lines
from darkfactory.changes.wording import Kind, Statement
from darkfactory.domain.change import Claim, FileDelta, HarnessResult, HarnessVerdict

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known: the *harness* on the merged result, the change itself, the agent's commands.

    *diff* may be cut or empty; it can only save a claim, never refute one.
    """

    harness: HarnessResult | None = None
    deltas: tuple[FileDelta, ...] = ()
    commands: tuple[Command, ...] = ()
    diff: str = ""


def judge_claims(summary: str, facts: Facts) -> tuple[Claim, ...]:
    """Return each claim of *summary* with the fact that proves or refutes it, in its order."""
    return tuple(
        Claim(statement.text, *_JUDGES[statement.kind](statement, facts))
        for statement in claims_in(summary)
    )


_Judgement = tuple[str, bool | None]


def _tests_pass(statement: Statement, facts: Facts) -> _Judgement:
    result = facts.harness
    if result is None:
        return "the harness has not run on the merged result", None
    if result.result is HarnessVerdict.PASS:
        return "the harness passes on the merged result", True
    if result.result is HarnessVerdict.FAIL and not _all_of(result, statement.subject):
        return f"the harness fails{_failing(result)}, on other tests than these, maybe", None
    if result.result is HarnessVerdict.FAIL:
        return f"the harness fails on the merged result{_failing(result)}{_own_run(facts)}", False
    return f"the harness could not tell: {result.note or result.result.value}", None


def _all_of(result: HarnessResult, amount: str) -> bool:
    """Tell whether *amount* tests may be all of them; no amount means all."""
    if not amount or result.passed is None or result.failed is None:
        return not amount
    return int(amount) >= result.passed + result.failed


def _some_tests_pass(statement: Statement, facts: Facts) -> _Judgement:
    fact, _ = _tests_pass(statement, facts)
    return f"{fact}; which of its tests are meant cannot be told", None


def _failing(result: HarnessResult) -> str:
    if not result.failing:
        return ""
    more = len(result.failing) - _NAMED
    names = ", ".join(result.failing[:_NAMED])
    return f": {names}" + (f" and {more} more" if more > 0 else "")


_TEST_COMMAND = re.compile(
    r"\b(?:pytest|unittest|jest|vitest|mocha|tox|nox|ctest|phpunit|rspec)\b|\btest\b"
)


def _own_run(facts: Facts) -> str:
    """Return how the agent's own last run of tests ended: it may have told what it saw."""
    own = [command for command in facts.commands if _TEST_COMMAND.search(command.command)]
    if not own or own[-1].exit_code != 0:
        return ""
    return "; its own last run of tests exited 0"


_INLINE_TESTS = re.compile(r".*\.(?:rs|zig|d|nim|v|rkt|el)")
_LOOKS_LIKE_TESTS = re.compile(
    r".*(?:test|spec|check|case|fixture|snap|demo|eval).*", re.IGNORECASE
)
_TEST_CODE = re.compile(
    r"\s*(?:(?:async )?def test|(?:test|it|describe)(?:\.\w+)?\(|func Test|#\[\w*:*test\]|@Test\b"
    r"|>>> |\[(?:Fact|Theory|TestMethod|Test)\]|TEST(?:_F|_P)?\()"
)


def _tests_added(_statement: Statement, facts: Facts) -> _Judgement:
    grown = [delta.path for delta in facts.deltas if is_test(delta.path) and delta.added != 0]
    if grown:
        return f"tests were touched: {', '.join(grown[:_NAMED])}", True
    paths = [path for delta in facts.deltas for path in delta.paths]
    if any(_INLINE_TESTS.fullmatch(path) or _LOOKS_LIKE_TESTS.fullmatch(path) for path in paths):
        return "the change holds files that may hold tests", None
    if any(line.added and _TEST_CODE.match(line.text) for line in changed_lines(facts.diff)):
        return "the change adds lines that look like tests", None
    return "the change touches no test file", False


def _tests_kept(_statement: Statement, facts: Facts) -> _Judgement:
    changed = touches_tests(delta for delta in facts.deltas if delta.status != "A")
    if changed:
        return f"existing tests were changed: {', '.join(changed[:_NAMED])}", False
    return "the change touches no existing test file", True


def _file_changed(statement: Statement, facts: Facts) -> _Judgement:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", True
    if statement.subject.startswith(("/", "..", "~")):
        return f"{statement.subject} lies outside of the tree", None
    return f"the change does not touch {statement.subject}", False


def _file_created(statement: Statement, facts: Facts) -> _Judgement:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", True
    # It may have been for a trial, or may be ignored by git.
    return f"{statement.subject} is not part of the change", None


def _file_deleted(statement: Statement, facts: Facts) -> _Judgement:
    touched = _touched(statement.subject, facts)
    if any(delta.status in "DR" for delta in touched):
        return f"the change deletes {statement.subject}", True
    if touched:
        return f"the change touches {statement.subject} and does not delete it", None
    # A file that was made and removed again leaves no trace in the change.
    return f"the change does not touch {statement.subject}", None


def _file_kept(statement: Statement, facts: Facts) -> _Judgement:
    touched = _touched(statement.subject, facts)
    if touched:
        return f"the change touches {touched[0].path}", False
    return f"the change does not touch {statement.subject}", True


def _touched(subject: str, facts: Facts) -> list[FileDelta]:
    """Return the deltas that *subject*, a path as people write it, may mean."""
    wanted = subject.removeprefix("./").casefold()
    return [delta for delta in facts.deltas if any(_means(wanted, path) for path in delta.paths)]


def _means(wanted: str, path: str) -> bool:
    found = path.casefold()
    name = found.rpartition("/")[2]
    return (
        found == wanted
        or found.endswith(f"/{wanted}")
        or wanted.endswith(f"/{found}")
        or ("." not in wanted and name.partition(".")[0] == wanted)
    )


def _command_passed(statement: Statement, facts: Facts) -> _Judgement:
    claimed = " ".join(statement.subject.split())
    tool = claimed.partition(" ")[0]
    runs = [run for run in facts.commands if run.exit_code is not None]
    same = [run for run in runs if _runs(run.command, claimed)]
    if not same:
        return f"no run of `{claimed}` with an exit status is recorded", None
    last = same[-1]
    fact = f"`{claimed}` last exited {last.exit_code}"
    if last.exit_code == 0:
        return fact, None if "|" in last.command else True
    later = runs[runs.index(last) + 1 :]
    if any(run.exit_code == 0 and _runs(run.command, tool) for run in later):
        return f"{fact}, and a later run of {tool} exited 0", None
    return fact, False


def _runs(command: str, claimed: str) -> bool:
    """Tell whether *command* is *claimed*, maybe with more around it."""
    return bool(re.search(rf"(?<![\w./-]){re.escape(claimed)}(?![\w-])", " ".join(command.split())))


_JUDGES: dict[Kind, Callable[[Statement, Facts], _Judgement]] = {
    Kind.TESTS_PASS: _tests_pass,
    Kind.SOME_TESTS_PASS: _some_tests_pass,
    Kind.TESTS_ADDED: _tests_added,
    Kind.TESTS_KEPT: _tests_kept,
    Kind.FILE_CHANGED: _file_changed,
    Kind.FILE_CREATED: _file_created,
    Kind.FILE_DELETED: _file_deleted,
    Kind.FILE_KEPT: _file_kept,
    Kind.COMMAND_PASSED: _command_passed,
}
