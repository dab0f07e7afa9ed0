"""``df gate add``: let branches of the repository enter as changes."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say

if TYPE_CHECKING:
    from darkfactory.gate.enter import NotTaken
    from darkfactory.gate.record import Change

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
    told: list[str] = []
    # A reader that goes away must not end what is half done: only a terminal is told at once.
    tell = say if sys.stdout.isatty() and not json_ else told.append
    result = add_branches(
        line, branches, by=who(), item=item, title=title, tell=lambda made: tell(flat(_line(made)))
    )
    if json_:
        print_json(result)
    else:
        for text in told:
            say(text)
        for text in result["warnings"]:
            hint(flat(text))
        hint(_next(result))
    return 1 if result["refused"] else 0


def add_again(change: dict[str, Any]) -> str:
    """Return the command that gives a *change* that entered as a branch its next revision."""
    named = [] if change["item"] == change["branch"] else ["--item", change["item"]]
    return shlex.join(["df", "gate", "add", change["branch"], *named])


def _line(made: "Change | NotTaken") -> str:
    """Return what became of a branch."""
    from darkfactory.gate.enter import NotTaken

    if isinstance(made, NotTaken):
        return f"{made.branch} refused: {made.why}"
    said = _SAID.get(made.state.value, made.state.value)
    return f"{made.id} {said}, revision {made.revision}: {made.title}"


def _next(result: dict[str, Any]) -> str:
    waiting = [row["id"] for row in result["changes"] if row["state"] == "waiting_taste"]
    if waiting:
        return f"Next: df gate show {waiting[0]}"
    if result["changes"]:
        return "Next: df gate land"
    return result["refused"][0]["fix"]  # type: ignore[no-any-return]


_SAID = {"waiting_taste": "waits for a verdict", "queued": "keeps its approval"}
