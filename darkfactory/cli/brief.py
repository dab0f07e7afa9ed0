"""``df brief``: one line a session, then where attention belongs."""

from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import print_json, say

app = new_app()


@app.command()
def brief(*, json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False) -> None:
    """Show one line a session: mission, state, evidence, blocker, next."""
    from darkfactory.factory.brief import brief_json, read_brief
    from darkfactory.factory.line import open_line

    found = read_brief(open_line(repository_root()))
    if json_:
        print_json(brief_json(found))
        return
    from darkfactory.cli.brief_render import brief_screen
    from darkfactory.cli.terminal import width

    say(brief_screen(found, width=width()))
