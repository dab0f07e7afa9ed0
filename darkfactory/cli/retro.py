"""``df retro``: what the last days came to, and what they would teach the skills."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say

if TYPE_CHECKING:
    from darkfactory.factory.line import Line

app = new_app()

Since = Annotated[str, typer.Option(metavar="SPAN", help="12h, 7d, 4w")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before real agents run")]
Proposal = Annotated[
    str, typer.Argument(metavar="ID", help="Id of a proposal, as df retro lists it")
]


@app.callback(invoke_without_command=True)
def retro(
    context: typer.Context,
    *,
    since: Since = "7d",
    draft_with: Annotated[
        str | None,
        typer.Option(
            metavar="AGENT",
            help="Have this agent word an edit for what no rule can word",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --draft-with: ask anew where it was asked before")
    ] = False,
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Tell what the last days came to, beside the days before, and what they would teach skills.

    Metrics, findings and proposals are reckoned from the record alone; docs/retro.md defines them.
    """
    if context.invoked_subcommand is not None:
        return
    from darkfactory.factory.hold_retro import hold_retro, retro_json
    from darkfactory.factory.line import open_line

    line = open_line(repository_root())
    held = hold_retro(line, since)
    drafts = None
    if draft_with is not None:
        from darkfactory.cli.retro_draft import have_drafted

        drafts = have_drafted(line, held.learned, draft_with, again=again, yes=yes)
        held = hold_retro(line, since)
    elif again:
        raise typer.BadParameter("it goes with --draft-with AGENT", param_hint="--again")
    told = retro_json(held)
    if json_:
        print_json(told if drafts is None else {**told, "drafts": drafts})
    else:
        from darkfactory.cli.retro_render import retro_screen
        from darkfactory.cli.terminal import width

        say(retro_screen(told, since, width=width()))
    if not all(one["answered"] for one in drafts or ()):
        raise typer.Exit(1)


@app.command()
def accept(
    proposal: Proposal,
    *,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove", help="Run the skill's scenarios before and after; no worse, and it lands"
        ),
    ] = False,
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Let a proposed edit of a skill enter the gate as a change; asked again, go on with it."""
    from darkfactory.factory.judge_proposal import accept as accept_proposal
    from darkfactory.factory.line import open_line
    from darkfactory.factory.prove_edit import has_scenarios

    line = open_line(repository_root())
    done = accept_proposal(line, proposal, by=who(), again=prove)
    _tell_scenarios(done)
    if done.get("proposal", {}).get("flags"):
        hint(flat(f"Flagged: {', '.join(done['proposal']['flags'])}"))
    can_prove = prove and has_scenarios(line, done["skill"])
    proof = _prove(line, done, yes=yes, quiet=json_) if can_prove else None
    change = done["change"]
    if json_:
        print_json({**done, "proof": proof})
    elif proof is None:
        say(flat(f"{change['id']} waits for a verdict: {change['title']}"))
        hint(_unproved(line, done))
    else:
        say("\n".join(map(flat, _proved(proof, change["id"]))))
    landed = proof["landed"] if proof is not None else not prove
    return 0 if landed else 1


def _prove(line: "Line", done: dict[str, Any], *, yes: bool, quiet: bool) -> dict[str, Any]:
    """Hold the edit against the skill as it was; return the verdict and what became of it."""
    from darkfactory.cli.evals import ask_first, tell_cells
    from darkfactory.cli.steps import steps
    from darkfactory.factory.gate_evals import gate_json
    from darkfactory.factory.prove_edit import prove_edit, scenarios_shown

    skill = done["skill"]
    with steps(quiet=quiet) as note:
        found = prove_edit(
            line,
            skill,
            done["change"]["id"],
            shown=scenarios_shown(line, done["id"]),
            by=who(),
            ask=lambda study: ask_first(study, yes=yes),
            tell=tell_cells(json_=False),
            note=note,
        )
    apart = found.judged.held_out
    return {
        **gate_json(skill, found.judged.whole),
        "held_out": gate_json(skill, apart) if apart else None,
        "landed": found.landed,
    }


def _unproved(line: "Line", done: dict[str, Any]) -> str:
    from darkfactory.factory.prove_edit import has_scenarios

    if has_scenarios(line, done["skill"]):
        return f"No eval tells yet what it changes. Next: df retro accept {done['id']} --prove"
    show = f"df gate show {done['change']['id']}"
    return f"The skill has no scenarios that could tell what it changes. Next: {show}"


def _proved(proof: dict[str, Any], change: str) -> list[str]:
    words = "landed" if proof["landed"] else f"waits for a verdict: df gate show {change}"
    told = [f"evals: {proof['verdict']}; {change} {words}", *proof["reasons"], *proof["warnings"]]
    apart = proof["held_out"]
    if apart is None:
        return told
    seen = "scenarios that the drafting agent never saw"
    return [*told, f"{seen}: {apart['verdict']}", *apart["reasons"]]


def _tell_scenarios(done: dict[str, Any]) -> None:
    """Name the landed work that shows what the edit is for, where it could be a scenario."""
    changes = done.get("scenarios_from")
    if changes:
        command = f"df evals from-history --skill {done['skill']} {' '.join(changes)}"
        hint(f"What showed it landed with its tests. To try edits on it: {command}")


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
