"""What a skill, as it is, does in its scenarios: with it against the same without it. Pure."""

from collections.abc import Sequence

from darkfactory.evals.compare import Comparison, compare
from darkfactory.evals.condition import UnknownCondition, parse_condition
from darkfactory.evals.result import CellResult


def lift(results: Sequence[CellResult], tree: str) -> Comparison | None:
    """Return what the skill whose content has the hash *tree* changes in *results* of one run.

    Of several pairs of conditions the one with most scenarios counts; None where there is none.
    """
    proven = [one for one in results if one.proves]
    found = [
        compared
        for name in sorted({one.condition for one in proven if one.tree == tree})
        for without in [_without(name)]
        if without is not None
        for compared in [compare(_of(proven, name, without, tree), without, name)]
        if compared is not None
    ]
    return max(found, key=lambda one: (one.scenarios, one.b), default=None)


def _without(name: str) -> str | None:
    """Return the condition that lacks nothing of *name* but the skill, None if it gives none."""
    try:
        condition = parse_condition(name)
    except UnknownCondition:  # of results that another tool has written
        return None
    if condition.skill != "native" or condition.distractors:
        return None
    return "mcp" if condition.mcp else "baseline"


def _of(results: Sequence[CellResult], name: str, without: str, tree: str) -> list[CellResult]:
    return [
        one
        for one in results
        if one.condition == without or (one.condition == name and one.tree == tree)
    ]
