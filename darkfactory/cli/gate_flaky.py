"""``df gate flaky``: the checks that failed and then passed on the very same tree."""

from typing import Annotated

import typer

from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.counting import counted


def flaky(
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """List the checks that failed and then passed on the same tree."""
    from darkfactory.cli.gate_tables import flaky_table
    from darkfactory.cli.terminal import width
    from darkfactory.factory.line import open_line
    from darkfactory.factory.show_gate import flaky_checks

    found = flaky_checks(open_line(repository_root()))
    if json_:
        print_json(found)
        return
    say(flaky_table(found["flaky"], width=width()))
    made = counted(found["retests"], "second run")
    hint(f"{made} of red changes so far, {found['green']} of them green on the same tree")
