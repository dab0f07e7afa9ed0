"""``df demo``: make a small repository and run the whole line on it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.output import hint, print_json, say

app = new_app()


@app.command()
def demo(
    folder: Annotated[Path | None, typer.Argument(help="A new folder for the demo")] = None,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Make a small repository with bugs, let mock agents work it, show the gate."""
    from darkfactory.cli.gate_render import gate_table
    from darkfactory.cli.render import plan_table
    from darkfactory.cli.terminal import width
    from darkfactory.factory.demo import NAME, make_demo
    from darkfactory.factory.line import open_line
    from darkfactory.factory.show_gate import gate_rows
    from darkfactory.factory.triage_backlog import triage_backlog

    root = (folder or _free(Path(NAME))).absolute()
    make_demo(root)
    if not json_:
        say(f"a repository with bugs: {root}")
        sys.stdout.flush()  # what follows takes seconds
    os.chdir(root)
    line = open_line(root)
    plan = triage_backlog(line).plan
    if not json_:
        say(f"\n$ df triage\n{plan_table(plan, width=width())}\n\n$ df run")
        sys.stdout.flush()
    status = _run(line, quiet=json_)
    rows = gate_rows(line)
    if json_:
        print_json({"folder": str(root), "changes": rows})
        return status
    say(f"\n$ df gate\n{gate_table(rows, width=width())}")
    hint(f"\nNext: cd {root} && df gate show {rows[0]['id'] if rows else ''}")
    return status


def _run(line: Any, *, quiet: bool) -> int:
    from darkfactory.cli.board import reporter
    from darkfactory.cli.closing_render import closing_screen
    from darkfactory.cli.terminal import width
    from darkfactory.factory.closing import read_closing
    from darkfactory.factory.run_command import run_line
    from darkfactory.factory.run_lanes import RunOptions
    from darkfactory.factory.run_lock import run_lock

    options = RunOptions(lanes=8)

    with run_lock(line.state):
        if quiet:
            summary = run_line(line, options, _unheard, _unheard, _unheard)
            return 0 if summary.good else 1
        with reporter(line, as_json=False) as report:
            summary = run_line(line, options, report.event, report.note, report.step)
        say(closing_screen(read_closing(line), width=width()))
    return 0 if summary.good else 1


def _unheard(_told: object) -> None:
    """Take what nobody is to hear."""


def _free(wanted: Path) -> Path:
    """Return *wanted*, or the first numbered sibling that does not exist."""
    number, path = 1, wanted
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    return path
