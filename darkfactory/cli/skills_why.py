"""``df skills why``: which sessions had a skill, and what it cost them."""

from typing import Annotated

import typer

from darkfactory.cli.context import state_folder
from darkfactory.cli.output import print_json, say


def why(
    name: Annotated[str, typer.Argument(metavar="ID", help="The name of a skill")],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Tell which sessions had a skill, what they made of it and what it cost them.

    The cost is what was sent of it, in tokens of four characters: its catalogue entry with every
    request, SKILL.md and references with each from their reading on.
    """
    from darkfactory.factory.skill_history import sessions_with, why_json

    uses = sessions_with(name, state_folder())
    if json_:
        print_json(why_json(name, uses))
        return
    from darkfactory.cli.skills_render import uses_table
    from darkfactory.cli.terminal import width

    say(uses_table(name, uses, width=width()))
