"""``df gate batch`` and ``undo``: one yes to several changes of a lane, and taking a yes back."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import can_ask, confirm, flat, hint, print_json, say
from darkfactory.domain.counting import counted


def batch(
    lane: Annotated[
        str,
        typer.Argument(metavar="LANE", help="A lane that allows it", autocompletion=choices.lanes),
    ],
    *,
    message: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="Your words, for the log")
    ] = "",
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Say yes; what was drawn has to be opened all the same"),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Say one yes to several small changes of a lane."""
    from darkfactory.cli.gate_tables import batch_screen
    from darkfactory.cli.steps import steps
    from darkfactory.cli.terminal import width
    from darkfactory.factory.batch import approve_batch, land_batch, offer_batch
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    with steps(quiet=json_) as note:
        offered = offer_batch(line, lane, by=who(), note=note)
    told = offered.told()
    if not json_:
        say(batch_screen(told, width=width()))
    if not (told["changes"] and not told["to_open"] and _is_sure(told, yes=yes, as_json=json_)):
        if json_:
            print_json({"batch": told})
        _hint_next(told)
        return 0 if json_ and not yes else 1
    approved = approve_batch(line, lane, by=who(), batch=offered.batch.id, text=message)
    hint(
        f"{counted(len(approved), 'change')} approved; df gate undo {told['id']} takes back what "
        "has not landed"
    )
    with steps(quiet=json_) as note:
        result = land_batch(line, approved, note=note)
    return _report(told, result, as_json=json_)


def undo(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="CHANGE...",
            help="Ids of changes, of their items, or of a batch",
            autocompletion=choices.changes,
        ),
    ],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Take a yes back, as long as it has not landed."""
    from darkfactory.factory.batch import undo as take_back
    from darkfactory.factory.line import open_line

    result = take_back(open_line(repository_root()), names, by=who())
    if json_:
        print_json(result)
    else:
        lines = [f"{name} waits for a verdict again" for name in result["undone"]]
        lines += [f"{row['id']} stays as it is: {row['reason']}" for row in result["refused"]]
        say("\n".join(map(flat, lines)))
    return 1 if result["refused"] else 0


def _is_sure(told: Mapping[str, Any], *, yes: bool, as_json: bool) -> bool:
    if as_json and not yes:
        return False
    return confirm(f"approve {counted(len(told['changes']), 'change')} at once", yes=yes)


def _hint_next(told: Mapping[str, Any]) -> None:
    """Say what keeps a batch from being approved."""
    lane, waits = told["lane"], told["to_open"]
    if waits:
        drawn = f"{counted(len(waits), 'change')} drawn to be opened before"
        hint(f"{drawn}. Next: df gate show {waits[0]}, then df gate batch {lane}")
    elif told["changes"]:
        how = "" if can_ask() else " --yes"
        hint(f"nothing is approved. Next: df gate batch {lane}{how}")
    else:
        hint("nothing may be approved together. Next: df gate")


def _report(told: Mapping[str, Any], result: dict[str, Any], *, as_json: bool) -> int:
    from darkfactory.cli.gate_render import landing_lines

    if as_json:
        print_json({"batch": dict(told), **result})
    else:
        say("\n".join(landing_lines(result)) or "nothing is approved")
    for text in result["warnings"]:
        hint(text)
    return 1 if result["bounced"] or result["refused"] else 0
