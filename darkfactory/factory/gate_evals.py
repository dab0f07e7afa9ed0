"""The gate over results: one verdict for each skill."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from darkfactory.errors import UsageError
from darkfactory.evals.condition import parse_condition
from darkfactory.evals.gating import GateVerdict, judge_gate, usual_pair
from darkfactory.evals.report import comparison_body
from darkfactory.evals.result import CellResult
from darkfactory.evals.suite import Suite
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_plan import Wish
from darkfactory.skills.library import FOLDER as SHELF

_NO_SKILL = "results"


class NoPair(UsageError):
    """Results that hold no two conditions to compare, or not the named ones."""

    code = "evals.pair"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"the results of {name} have {', '.join(known) or 'no condition'}",
            fix="name two that are there: --from CONDITION --to CONDITION",
        )


def judge_results(
    results: Sequence[CellResult], a: str | None, b: str | None, *, margin: float
) -> list[tuple[str, GateVerdict]]:
    """Return the gate's verdict on each skill of *results*, by its name.

    Raises:
        NoPair: If a skill's results do not hold both conditions.
    """
    groups: dict[str, list[CellResult]] = defaultdict(list)
    for one in results:
        groups[one.skill or _NO_SKILL].append(one)
    found = []
    for name, cells in sorted(groups.items()):
        usual = usual_pair(cells)
        pair = (a or usual[0], b or usual[1])
        known = sorted({one.condition for one in cells})
        if not set(pair) <= set(known):
            raise NoPair(name, known)
        found.append((name, judge_gate(cells, *pair, margin=margin)))
    return found


def wish_against(revision: str) -> Callable[[Lab, Suite], Wish]:
    """Return what makes the wish to hold the skill of a suite against its *revision*.

    A skill that is not there yet is held against sessions that have none.

    Raises:
        UnknownCondition: If *revision* can be none.
    """
    parse_condition(f"skill@{revision}")

    def wish(lab: Lab, suite: Suite) -> Wish:
        now, bare = ("mcp+skill", "mcp") if suite.mcp else ("skill", "baseline")
        is_new = lab.lacks(revision, f"{SHELF}/{suite.skill}")
        return Wish(conditions=(bare if is_new else f"{now}@{revision}", now))

    return wish


def gate_json(skill: str, one: GateVerdict) -> dict[str, Any]:
    """Return *one* as JSON."""
    return {
        "skill": skill,
        "verdict": str(one.verdict),
        "from": one.a,
        "to": one.b,
        "reasons": list(one.reasons),
        "warnings": list(one.warnings),
        "comparison": comparison_body(one.comparison) if one.comparison else None,
    }
