"""``df evals from-history``: fixes that have landed become scenarios."""

from typing import Annotated

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import flat, hint, print_json, say

Changes = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHANGE...]",
        help="Landed changes, or their items [default: all that sessions with the skill made]",
        autocompletion=choices.changes,
    ),
]


def from_history(
    changes: Changes = None,
    *,
    skill: Annotated[str, typer.Option(metavar="NAME", help="Whose suite they go into")],
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Make a scenario of each landed fix: its task, its hidden tests, its code as the reference."""
    from darkfactory.factory.eval_history import scenarios_from_history
    from darkfactory.factory.line import open_line

    root = repository_root()
    made = scenarios_from_history(open_line(root), skill, changes or ())
    rows = [
        {"change": one.change, "path": str(one.folder.relative_to(root)), "left_out": one.why}
        for one in made
    ]
    written = [row for row in rows if not row["left_out"]]
    if json_:
        print_json({"scenarios": rows})
    else:
        say("\n".join(flat(f"{row['change']}  {row['left_out'] or row['path']}") for row in rows))
        hint(
            f"Read what an agent will be told, then: df evals selftest --skill {skill}"
            if written
            else "Nothing was written."
        )
    return 0 if written else 1
