"""``df triage``: sort the backlog into lanes, with reasons."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say

if TYPE_CHECKING:
    from darkfactory.factory.line import Line
    from darkfactory.factory.triage_backlog import Triaged

app = new_app()


@app.command()
def triage(
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="SOURCE", help="Read this source instead of lanes.yaml's; - is stdin"
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="ITEM", help="Tell why one item is where it is")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Sort the backlog into lanes, with reasons; the plan is kept for `df run`."""
    from darkfactory.factory.line import open_line
    from darkfactory.factory.triage_backlog import present_plan, triage_backlog

    line = open_line(repository_root())
    if explain is not None and not source:
        found = present_plan(line)
    else:
        found = triage_backlog(line, source or (), stdin=sys.stdin)
    if explain is not None:
        _explain(line, found, explain, as_json=json_)
    elif json_:
        from darkfactory.triage.show import as_json

        replaced = asdict(found.change) if found.change else None
        print_json({**as_json(found.plan), "replaced": replaced})
    else:
        _show(found)


def _explain(line: "Line", found: "Triaged", item: str, *, as_json: bool) -> None:
    from darkfactory.factory.taken_paths import taken_paths
    from darkfactory.factory.untriaged import look_at_nuked_once, look_at_untriaged
    from darkfactory.triage.explain import explain_item, explanation_json

    assigned = line.record.assigned
    taken = taken_paths(line.record)
    told = explain_item(item, found.plan, found.backlog, line.settings, assigned, taken)
    stuck, again = look_at_untriaged(line, item), look_at_nuked_once(line, item)
    if as_json:
        stands = {"needs_triage": stuck, "nuked_once": again}
        shown = {name: asdict(why) if why else None for name, why in stands.items()}
        print_json({**explanation_json(told), **shown})
        return
    from darkfactory.cli.explain_render import explanation_screen
    from darkfactory.cli.terminal import width

    say(explanation_screen(told, stuck or again, width=width()))
    _say_change(found)


def _show(found: "Triaged") -> None:
    from darkfactory.cli.render import plan_table
    from darkfactory.cli.terminal import width
    from darkfactory.domain.counting import counted

    plan = found.plan
    say(plan_table(plan, width=width()))
    _say_change(found)
    for warning in plan.warnings:
        _hint(f"warning: {warning}")
    done = sum(item.closed for item in found.backlog.items)
    closed = f", {done} closed" if done else ""
    items = counted(len(plan.items), "item")
    said = f"{items} in lanes, {len(plan.unassigned)} in none{closed}"
    write = "write an item into the backlog, then df triage"
    hint(f"{said}. Next: {'df run' if plan.items or plan.unassigned else write}")


def _say_change(found: "Triaged") -> None:
    from darkfactory.factory.plan_change import change_lines

    for said in change_lines(found.change) if found.change else ():
        _hint(said)


def _hint(text: str) -> None:
    from darkfactory.cli.prose import wrapped
    from darkfactory.cli.terminal import width

    for line in wrapped("", text, width(), hang=2):
        hint(line)
