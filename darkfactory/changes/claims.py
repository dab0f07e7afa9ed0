"""Hold what an agent says of its work against what is known of it.

Only a clear contradiction is False. A claim that nothing proves or refutes stays open: people are
told less rather than something wrong.
"""

import re
from collections.abc import Callable

from darkfactory.changes.judged_files import (
    file_changed,
    file_created,
    file_deleted,
    file_kept,
    only_changed,
)
from darkfactory.changes.judged_tests import (
    some_tests_pass,
    tests_added,
    tests_expected,
    tests_kept,
    tests_not_run,
    tests_pass,
)
from darkfactory.changes.known import Facts, Verdict
from darkfactory.changes.statements import claims_in
from darkfactory.changes.wording import Kind, Statement
from darkfactory.domain.change import Claim


def judge_claims(summary: str, facts: Facts) -> tuple[Claim, ...]:
    """Return each claim of *summary* with the fact that proves or refutes it, in its order."""
    return tuple(
        Claim(statement.text, *_JUDGES[statement.kind](statement, facts))
        for statement in claims_in(summary)
    )


def _command_passed(statement: Statement, facts: Facts) -> Verdict:
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


_JUDGES: dict[Kind, Callable[[Statement, Facts], Verdict]] = {
    Kind.TESTS_PASS: tests_pass,
    Kind.SOME_TESTS_PASS: some_tests_pass,
    Kind.TESTS_EXPECTED: tests_expected,
    Kind.TESTS_NOT_RUN: tests_not_run,
    Kind.TESTS_ADDED: tests_added,
    Kind.TESTS_KEPT: tests_kept,
    Kind.FILE_CHANGED: file_changed,
    Kind.FILE_CREATED: file_created,
    Kind.FILE_DELETED: file_deleted,
    Kind.FILE_KEPT: file_kept,
    Kind.ONLY_CHANGED: only_changed,
    Kind.COMMAND_PASSED: _command_passed,
}
