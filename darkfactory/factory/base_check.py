"""Look at the base before anybody works on it: checks that cannot run judge nothing."""

from collections.abc import Callable

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.errors import NotReady
from darkfactory.factory.line import Line
from darkfactory.gate.conflicts import compare
from darkfactory.workspaces.base import Relation

CHECKED = "base.checked"
"""Tells that the harness did not run on the base, and later that it does."""

HARNESS_FIX = "mend harness.command in lanes.yaml, or install what it needs"
_NAMED = 3


class HarnessBroken(NotReady):
    """A harness that does not run on the base, so that no agent's work could ever be judged."""

    code = "harness.broken"

    def __init__(self, command: str, branch: str, note: str) -> None:
        super().__init__(
            f"the harness `{command}` does not run on {branch}, before any change: {note}",
            fix=f"{HARNESS_FIX}; `df run --force` starts agents without a verdict in sight",
        )


def check_base(
    line: Line, note: Callable[[str], None], step: Callable[[str], None], *, judges: bool
) -> bool:
    """Look at the base that work begins from, and tell whether its checks are green.

    Args:
        judges: Whether work of this run is judged by these checks, and nobody does without.

    Raises:
        HarnessBroken: If work is judged by them and they cannot run.
    """
    base = line.hub.sync_base()
    if base.relation is Relation.REWRITTEN:
        note(f"{base.branch} was rewritten; work goes on from its new commit {base.commit[:12]}")
    compare(line.gate("run"))
    command = line.settings.harness.command
    if line.tester.known(base.commit, None) is None:
        step(f"checking {base.branch} as it is: {command}")
    result = line.tester(base.commit, None)
    _remember(line, base.commit, command, result)
    if result.result is HarnessVerdict.ERROR and judges:
        raise HarnessBroken(command, base.branch, result.note)
    if not result.green:
        note(f"the base is red: on {base.branch}, before any change, the harness {_said(result)}")
    return result.green


def _remember(line: Line, commit: str, command: str, result: HarnessResult) -> None:
    broken = result.result is HarnessVerdict.ERROR
    with line.lock:
        line.record.refresh()
        if broken or line.record.broken_base is not None:
            data = {"commit": commit, "command": command, "result": result.result}
            line.record.writer("run").write(CHECKED, {**data, "note": result.note})


def _said(result: HarnessResult) -> str:
    """Return a red result in words: what fails, as far as its output tells."""
    shown = ", ".join(result.failing[:_NAMED])
    more = f" and {len(result.failing) - _NAMED} more" if len(result.failing) > _NAMED else ""
    words = {HarnessVerdict.FAIL: "fails", HarnessVerdict.TIMEOUT: "is too slow"}
    name = words.get(result.result, "is broken")
    return f"{name} ({shown}{more})" if shown else f"{name} ({result.note or result.exit_code})"
