"""``df status``: lanes, sessions with evidence, gate and budgets."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say

if TYPE_CHECKING:
    from darkfactory.factory.status import Status

app = new_app()


@app.command()
def status(*, json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False) -> None:
    """Show lanes, sessions with evidence, gate and budgets."""
    from darkfactory.factory.line import open_line
    from darkfactory.factory.status import read_status, status_json

    found = read_status(open_line(repository_root()))
    if json_:
        print_json(status_json(found))
        return
    from darkfactory.cli.render import status_screen
    from darkfactory.cli.sparkline import marks_of
    from darkfactory.cli.terminal import width

    say(status_screen(found, width=width(), marks=marks_of(sys.stdout)))
    if found.calibration_problem:
        hint(f"warning: `df run` starts nothing: {found.calibration_problem}")
    hint(f"Next: {_next(found)}")


def _next(found: "Status") -> str:
    """Return the command that a person goes on with."""
    if found.gate.waiting:
        return "df gate"
    if not found.planned:
        return "df triage"
    return "df brief" if found.running or not any(lane.todo for lane in found.lanes) else "df run"
