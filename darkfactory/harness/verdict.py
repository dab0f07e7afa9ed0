"""Turn the end of a run into a result: the exit status decides, the output informs."""

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.harness.output import parse_output, plain
from darkfactory.harness.run import RawRun

_TAIL_CHARACTERS = 16_000
# Nothing that belongs to a run stops it with these: a person, the kernel short of memory.
_FROM_OUTSIDE = {129: "SIGHUP", 130: "SIGINT", 137: "SIGKILL", 143: "SIGTERM"}
_NO_PROGRAM = {126: "could not be executed", 127: "was not found"}


def result_of(tree: str, raw: RawRun) -> HarnessResult:
    """Return the result for *tree* of the run *raw*."""
    verdict, why = _verdict(raw)
    parsed = parse_output(raw.output, raw.exit_code)
    return HarnessResult(
        tree=tree,
        result=verdict,
        passed=parsed.passed,
        failed=parsed.failed,
        failing=() if verdict is HarnessVerdict.PASS else parsed.failing,
        seconds=round(raw.seconds, 3),
        exit_code=raw.exit_code,
        output=plain(raw.output)[-_TAIL_CHARACTERS:],
        complete=parsed.complete and verdict in (HarnessVerdict.PASS, HarnessVerdict.FAIL),
        note="; ".join(part for part in (why, parsed.note) if part),
    )


def _verdict(raw: RawRun) -> tuple[HarnessVerdict, str]:
    if raw.timed_out:
        return HarnessVerdict.TIMEOUT, f"not done after {raw.seconds:.0f} s"
    if raw.problem or raw.exit_code is None:
        return HarnessVerdict.ERROR, raw.problem
    if raw.exit_code == 0:
        return HarnessVerdict.PASS, ""
    if raw.exit_code in _FROM_OUTSIDE:
        by = _FROM_OUTSIDE[raw.exit_code]
        return HarnessVerdict.ERROR, f"ended from outside by {by} (exit status {raw.exit_code})"
    if raw.exit_code in _NO_PROGRAM:
        said = plain(raw.output).strip().rpartition("\n")[2][-200:]
        return HarnessVerdict.ERROR, f"a program {_NO_PROGRAM[raw.exit_code]}: {said}"
    return HarnessVerdict.FAIL, ""
