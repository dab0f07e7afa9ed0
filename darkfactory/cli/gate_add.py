"""``df gate add``: let branches of the repository enter as changes."""

import shlex
from typing import Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say

Branches = Annotated[
    list[str],
    typer.Argument(
        metavar="BRANCH...", help="Branches of the repository", autocompletion=choices.branches
    ),
]


def add(
    branches: Branches,
    *,
    item: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The item it is for [default: the branch's name]",
            autocompletion=choices.items,
        ),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What it is called [default: its item's title]"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="For scripts; nothing is asked here")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Let branches enter as changes: work of people and of other tools."""
    from darkfactory.factory.add_branches import add_branches
    from darkfactory.factory.line import open_line

    del yes  # nothing lands by this
    line = open_line(repository_root())
    result = add_branches(line, branches, by=who(), item=item, title=title)
    if json_:
        print_json(result)
    else:
        say("\n".join(map(flat, _lines(result))))
        for text in result["warnings"]:
            hint(flat(text))
        hint(_next(result))
    return 1 if result["refused"] else 0


def add_again(change: dict[str, Any]) -> str:
    """Return the command that gives a *change* that entered as a branch its next revision."""
    named = [] if change["item"] == change["branch"] else ["--item", change["item"]]
    return shlex.join(["df", "gate", "add", change["branch"], *named])


def _lines(result: dict[str, Any]) -> list[str]:
    """Return what became of each branch, a line each."""
    told = [
        f"{row['id']} {_SAID.get(row['state'], row['state'])}, "
        f"revision {row['revision']}: {row['title']}"
        for row in result["changes"]
    ]
    return told + [f"{row['branch']} refused: {row['reason']}" for row in result["refused"]]


def _next(result: dict[str, Any]) -> str:
    waiting = [row["id"] for row in result["changes"] if row["state"] == "waiting_taste"]
    if waiting:
        return f"Next: df gate show {waiting[0]}"
    if result["changes"]:
        return "Next: df gate land"
    return result["refused"][0]["fix"]  # type: ignore[no-any-return]


_SAID = {"waiting_taste": "waits for a verdict", "queued": "keeps its approval"}
