"""``df assign``: put an item into a lane, whatever triage says."""

from typing import Annotated

import typer

from darkfactory.cli import choices
from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import hint, print_json

app = new_app()


@app.command()
def assign(
    item: Annotated[
        str,
        typer.Argument(metavar="ITEM", help="The item's id", autocompletion=choices.items),
    ],
    lane: Annotated[
        str,
        typer.Argument(metavar="LANE", help="A lane of lanes.yaml", autocompletion=choices.lanes),
    ],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Put an item into a lane, whatever triage says; the decision is recorded."""
    from darkfactory.factory.line import open_line
    from darkfactory.factory.plan_change import change_lines
    from darkfactory.factory.triage_backlog import assign as assign_item
    from darkfactory.triage.show import as_json

    found = assign_item(open_line(repository_root()), item, lane, by=who())
    if json_:
        print_json(as_json(found.plan))
    else:
        for line in change_lines(found.change) if found.change else ():
            hint(line)
        hint(f"{item} is in lane {lane} now. Next: df run")
