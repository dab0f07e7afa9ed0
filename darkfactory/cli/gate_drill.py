"""``df gate drill``: known-bad changes among the real ones, and who catches them."""

from typing import Annotated, Any

import typer

from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say
from darkfactory.domain.counting import counted


def drill(
    *,
    count: Annotated[int, typer.Option(min=1, max=20, help="How many to put at the gate")] = 1,
    clear: Annotated[bool, typer.Option("--clear", help="Take away those nobody judged")] = False,
    report: Annotated[bool, typer.Option("--report", help="Tell who caught how many")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Put known-bad changes at the gate, which never land, and see who catches them."""
    from darkfactory.factory import drill as drills
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    if report:
        _report(drills.report(line), as_json=json_)
        return
    if clear:
        number, what = len(drills.remove(line)), "removed"
    else:
        number, what = len(drills.seed(line, count, by=who())), "seeded"
    if json_:
        print_json({what: number})
        return
    say(f"{counted(number, 'drill')} {what}")
    hint("Next: df gate; df gate drill --report tells who caught what")


def _report(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    lines = [_of(row) for row in found["reviewers"]] or ["no drill was judged yet"]
    for row in found["reviewers"]:
        lines += [f"  {text}" for text in row["missed"]]
    say("\n".join(map(flat, lines)))
    if found["open"]:
        hint(f"{counted(found['open'], 'drill')} still open")


def _of(row: dict[str, Any]) -> str:
    return f"{row['by']} caught {row['caught']} of {row['drills']} ({row['rate']:.0%})"
