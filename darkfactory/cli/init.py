"""``df init``: write lanes.yaml, a first backlog and a starter skill; never overwrite."""

from dataclasses import asdict
from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.config.presets import Preset

app = new_app()


@app.command()
def init(
    *,
    preset: Annotated[Preset, typer.Option(help="How many lanes to begin with")] = Preset.SOLO,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Write lanes.yaml, starter skills and a first backlog; nothing is overwritten."""
    from darkfactory.factory.start_factory import start_factory

    started = start_factory(repository_root(), preset)
    if json_:
        print_json(asdict(started))
        return
    for name in started.written:
        say(f"wrote {name}")
    for name in started.kept:
        say(f"kept {name}, which was there")
    for text in started.hints:
        hint(text)
    write = ", write a first item into backlog.yaml" if "backlog.yaml" in started.written else ""
    hint(f"Next: look at lanes.yaml (harness.command first){write}, then df triage")
