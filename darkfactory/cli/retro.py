"""``df retro``: what the last days came to, and what they would teach the skills."""

from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say

app = new_app()

Since = Annotated[str, typer.Option(metavar="SPAN", help="12h, 7d, 4w")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Proposal = Annotated[
    str, typer.Argument(metavar="ID", help="Id of a proposal, as df retro lists it")
]


@app.callback(invoke_without_command=True)
def retro(context: typer.Context, *, since: Since = "7d", json_: Json = False) -> None:
    """Tell what the last days came to, beside the days before, and what they would teach skills.

    Metrics, findings and proposals are reckoned from the record alone; docs/retro.md defines them.
    """
    if context.invoked_subcommand is not None:
        return
    from darkfactory.factory.hold_retro import hold_retro, retro_json
    from darkfactory.factory.line import open_line

    held = retro_json(hold_retro(open_line(repository_root()), since))
    if json_:
        print_json(held)
        return
    from darkfactory.cli.retro_render import retro_screen
    from darkfactory.cli.terminal import width

    say(retro_screen(held, since, width=width()))


@app.command()
def accept(proposal: Proposal, *, json_: Json = False) -> None:
    """Let a proposed edit of a skill enter the gate as a change."""
    from darkfactory.factory.judge_proposal import accept as accept_proposal
    from darkfactory.factory.line import open_line

    done = accept_proposal(open_line(repository_root()), proposal, by=who())
    if json_:
        print_json(done)
        return
    change, told = done["change"], done["proposal"]
    say(flat(f"{change['id']} waits for a verdict: skill {told['skill']} {told['to']}"))
    hint(f"No eval tells yet what it changes. Next: df gate show {change['id']}")


@app.command()
def reject(
    proposal: Proposal,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is remembered")],
    json_: Json = False,
) -> None:
    """Do not want a proposed edit; it comes back only when twice as many sessions show it."""
    from darkfactory.factory.judge_proposal import reject as reject_proposal
    from darkfactory.factory.line import open_line

    done = reject_proposal(open_line(repository_root()), proposal, by=who(), reason=reason)
    if json_:
        print_json(done)
        return
    say(flat(f"{proposal} is rejected: {reason}"))
