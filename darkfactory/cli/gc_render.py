"""The plan of a sweep as people see it."""

from darkfactory.cli.render import age, table
from darkfactory.workspaces.sweepings import GcPlan

_WIDTH = 80


def plan_screen(plan: GcPlan, *, width: int = _WIDTH) -> str:
    """Render what a sweep would take, each thing with the proof that it is ours and idle."""
    if not plan.items:
        return "nothing to sweep"
    rows = [(item.kind, age(item.age_seconds), item.name, item.proof) for item in plan.items]
    return table(("KIND", "AGE", "NAME", "PROOF"), rows, width=width)
