"""``df gate flaky``: the checks that failed and then passed on the very same tree."""

from typing import Annotated

import typer

from darkfactory.cli.columns import Column, table
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.cli.words import day_and_time
from darkfactory.domain.counting import counted, listed

_COLUMNS = (
    Column("CHECK"),
    Column("TIMES", right=True),
    Column("LAST"),
    Column("TREE", spare=1),
    Column("WITH"),
)
_TREE = 12


def flaky(
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """List the checks that failed and then passed on the same tree."""
    from darkfactory.cli.terminal import width
    from darkfactory.factory.line import open_line
    from darkfactory.factory.show_gate import flaky_checks

    found = flaky_checks(open_line(repository_root()))
    if json_:
        print_json(found)
        return
    rows = [
        (
            row["check"],
            str(row["times"]),
            day_and_time(row["last"]),
            row["tree"][:_TREE],
            listed(row["changes"]),
        )
        for row in found["flaky"]
    ]
    say(table(_COLUMNS, rows, width=width()) if rows else "no check was seen to be flaky")
    made = counted(found["retests"], "second run")
    hint(f"{made} of red changes so far, {found['green']} of them green on the same tree")
