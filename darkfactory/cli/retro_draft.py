"""``df retro --draft-with``: an agent words what no rule can."""

from typing import TYPE_CHECKING, Any

import typer

from darkfactory.cli.output import confirm, flat, hint
from darkfactory.domain.counting import counted

if TYPE_CHECKING:
    from darkfactory.factory.draft_skills import Asked
    from darkfactory.factory.learn import Learned
    from darkfactory.factory.line import Line


def have_drafted(
    line: "Line", learned: "Learned", agent: str, *, again: bool, yes: bool
) -> list[dict[str, Any]]:
    """Ask about what nobody was asked yet; return what came of each as JSON."""
    from darkfactory.factory.draft_skills import draft, plan_drafts

    plan = plan_drafts(line, learned, agent, again=again)
    if plan.known:
        hint(f"{counted(plan.known, 'finding')} asked about before; --again asks anew.")
    if not plan.wanted:
        hint("There is nothing to word.")
        return []
    if plan.priced and not yes:
        what = f"run {counted(plan.priced, 'session')} of {agent} to word edits"
        if not confirm(what, yes=False):
            raise typer.Exit(1)
    return [asked_json(one) for one in draft(line, learned, plan, tell=_tell)]


def asked_json(one: "Asked") -> dict[str, Any]:
    """Return what came of asking in the shape of the contract."""
    return {
        "finding": one.finding,
        "session": one.session or None,
        "proposal": one.proposal or None,
        "dropped": one.why or None,
        "answered": not one.trouble,
    }


def _tell(one: "Asked") -> None:
    words = f"no answer: {one.why}" if one.trouble else f"dropped: {one.why}"
    hint(flat(f"{one.finding}  {one.proposal or words}"))
