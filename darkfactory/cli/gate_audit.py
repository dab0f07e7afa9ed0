"""``df gate audit``: look afterwards at what landed without a person."""

from typing import Annotated, Any

import typer

from darkfactory.cli import choices
from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.errors import UsageError


class AuditUnclear(UsageError):
    """An audit that says nothing, or two things at once."""

    code = "gate.audit_unclear"

    def __init__(self) -> None:
        super().__init__(
            "it is not clear what the audit says",
            fix="df gate audit CHANGE --fine, or --wrong -m TEXT; or df gate audit --trust LANE",
        )


def audit(
    change: Annotated[
        str | None,
        typer.Argument(
            metavar="[CHANGE]", help="Id of a landed change", autocompletion=choices.changes
        ),
    ] = None,
    *,
    fine: Annotated[bool, typer.Option("--fine", help="It was right that it landed")] = False,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="It should not have landed: its lane proposes from now")
    ] = False,
    trust: Annotated[
        str | None, typer.Option(metavar="LANE", help="Let a demoted lane land alone again")
    ] = None,
    message: Annotated[
        str, typer.Option("-m", "--message", metavar="TEXT", help="Your words, for the log")
    ] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Look afterwards at what landed without a person."""
    from darkfactory.factory.demotion import examine, trust_again
    from darkfactory.factory.line import open_line

    if (change is None) == (fine or wrong) or (fine and wrong) or (trust and change):
        raise AuditUnclear
    line = open_line(repository_root())
    if trust is not None:
        trust_again(line, trust, by=who())
    elif change is not None:
        room = line.gate()
        examine(room, line, room.find(change), fine=fine, by=who(), text=message)
    _report(line, as_json=json_)


def _report(line: Any, *, as_json: bool) -> None:
    """Say what is still to be looked at, and which lanes are demoted."""
    from darkfactory.factory.batch import landed_in_batches
    from darkfactory.factory.demotion import demotions, unexamined

    line.record.refresh()
    sampled = [
        {"id": one.id, "lane": one.lane, "title": one.title, "commit": one.landing["commit"]}
        for one in unexamined(line)
    ]
    lanes = demotions(line)
    batches = landed_in_batches(line)
    if as_json:
        rows = [{"lane": one.lane, "change": one.change, "reason": one.reason} for one in lanes]
        print_json({"sampled": sampled, "demoted": rows, "batches": batches})
        return
    told = [flat(f"{row['id']}  {row['lane']}  {row['title']}") for row in sampled]
    say("\n".join(told) or "no landing waits for an audit")
    if batches["landed"]:
        hint(
            f"{counted(batches['landed'], 'change')} landed by one yes to several, "
            f"{batches['opened']} of them opened before"
        )
    for one in lanes:
        hint(flat(one.words))
    if sampled:
        first = sampled[0]["id"]
        hint(f"Next: df gate show {first}, then df gate audit {first} --fine, or --wrong -m TEXT")
