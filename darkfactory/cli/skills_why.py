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
    """Tell which sessions had a skill, what became of its rules, and what it cost week by week.

    The cost is what was sent of it, in tokens of four characters: its catalogue entry with every
    request, SKILL.md and references with each from their reading on.
    """
    from darkfactory.factory.skill_history import skill_history, why_json

    told = why_json(skill_history(name, state_folder()))
    if json_:
        print_json(told)
        return
    from darkfactory.cli.skills_why_render import why_screen
    from darkfactory.cli.terminal import width

    say(why_screen(told, width=width()))
