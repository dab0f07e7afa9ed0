"""``df triage``: sort the backlog into lanes, with reasons."""

import sys
from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.errors import UnknownItem

app = new_app()


@app.command()
def triage(
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="SOURCE", help="Read this source instead of lanes.yaml's; - is stdin"
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="ITEM", help="Tell why one item is where it is")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Sort the backlog into lanes, with reasons; the plan is kept for `df run`."""
    from darkfactory.factory.line import open_line
    from darkfactory.factory.triage_backlog import triage_backlog
    from darkfactory.triage.show import as_json
    from darkfactory.triage.show import explain as reasons_of

    plan = triage_backlog(open_line(repository_root()), source or (), stdin=sys.stdin)
    if explain is not None:
        reasons = reasons_of(plan, explain)
        if not reasons:
            raise UnknownItem(explain)
        if json_:
            print_json({"item": explain, "reasons": list(reasons)})
        else:
            say("\n".join(reasons))
        return
    if json_:
        print_json(as_json(plan))
        return
    from darkfactory.cli.render import plan_table
    from darkfactory.cli.terminal import width

    say(plan_table(plan, width=width()))
    for warning in plan.warnings:
        hint(f"warning: {warning}")
    hint(f"{len(plan.items)} items in lanes, {len(plan.unassigned)} in none. Next: df run")
