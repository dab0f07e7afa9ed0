"""The plan of a sweep as people see it."""

from darkfactory.cli.columns import Column, table
from darkfactory.cli.words import age
from darkfactory.workspaces.sizes import in_words
from darkfactory.workspaces.sweepings import GcPlan

_WIDTH = 80
_COLUMNS = (
    Column("KIND", spare=1),
    Column("SIZE", right=True),
    Column("AGE", right=True),
    Column("NAME"),
    Column("PROOF"),
)


def plan_screen(plan: GcPlan, *, width: int | None = _WIDTH) -> str:
    """Render what a sweep would take, each thing with the proof that it is ours and idle."""
    if not plan.items:
        return "nothing to sweep"
    rows = [
        (item.kind, in_words(item.bytes), age(item.age_seconds), item.name, item.proof)
        for item in plan.items
    ]
    return table(_COLUMNS, rows, width=width, whole=True)
