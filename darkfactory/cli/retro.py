"""``df retro``: what the last days came to, beside the days before."""

from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import print_json, say

app = new_app()


@app.command()
def retro(
    *,
    since: Annotated[str, typer.Option(metavar="SPAN", help="12h, 7d, 4w")] = "7d",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Tell what the last days came to, beside the days before.

    Each metric is a numerator over a denominator of the record; docs/retro.md defines them. This
    version has metrics only: it finds nothing by itself and proposes no changes of skills.
    """
    from darkfactory.factory.hold_retro import hold_retro, retro_json
    from darkfactory.factory.line import open_line

    held = retro_json(hold_retro(open_line(repository_root()), since))
    if json_:
        print_json(held)
        return
    from darkfactory.cli.retro_render import retro_screen
    from darkfactory.cli.terminal import width

    say(retro_screen(held, since, width=width()))
