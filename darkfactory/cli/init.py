"""``df init``: write lanes.yaml, a first backlog and a starter skill; never overwrite."""

from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.factory.start_factory import Preset

app = new_app()


@app.command()
def init(
    *,
    preset: Annotated[Preset, typer.Option(help="How many lanes to begin with")] = Preset.SOLO,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Write lanes.yaml, starter skills and a first backlog; nothing is overwritten."""
    from darkfactory.factory.start_factory import start_factory

    written, kept = start_factory(repository_root(), preset)
    if json_:
        print_json({"written": written, "kept": kept})
        return
    for name in written:
        say(f"wrote {name}")
    for name in kept:
        say(f"kept {name}, which was there")
    hint("Next: look at lanes.yaml (harness.command first), then df triage")
