"""Facts that claims are held against."""

from darkfactory.changes.claims import judge_claims
from darkfactory.changes.known import Facts
from darkfactory.domain.change import FileDelta, HarnessResult, HarnessVerdict

PASS = HarnessResult("t", HarnessVerdict.PASS, passed=12, failed=0, exit_code=0)


FAIL = HarnessResult(
    "t", HarnessVerdict.FAIL, passed=10, failed=2, failing=("a::x", "b::y"), exit_code=1
)


SOURCE = FileDelta("src/calc.py", "M", 3, 1)


TEST = FileDelta("tests/test_calc.py", "M", 5, 0)


def verdicts(summary: str, facts: Facts) -> list[bool | None]:
    return [claim.holds for claim in judge_claims(summary, facts)]
