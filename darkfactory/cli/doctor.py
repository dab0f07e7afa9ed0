"""``df doctor``: tell what is missing or stuck, and the fix."""

import sys
from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.counting import counted

app = new_app()


@app.command()
def doctor(*, json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False) -> int:
    """Tell what is missing or stuck, and the fix; changes nothing."""
    from darkfactory.factory.doctor import check_up
    from darkfactory.factory.findings import Health

    found = []
    for finding in check_up(repository_root):
        found.append(finding)
        if not json_:
            from darkfactory.cli.doctor_render import finding_lines
            from darkfactory.cli.terminal import width

            say(finding_lines(finding, width=width()))
            sys.stdout.flush()
    wanting = sum(finding.state is Health.ATTENTION for finding in found)
    if json_:
        from dataclasses import asdict

        print_json({"ok": not wanting, "checks": [asdict(finding) for finding in found]})
    else:
        things = counted(wanting, "thing") if wanting else "nothing"
        hint(f"{things} {'need' if wanting > 1 else 'needs'} attention")
    return 1 if wanting else 0
