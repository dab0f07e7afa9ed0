"""``df doctor``: tell what is missing or stuck, and the fix."""

import sys
from typing import Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import confirm, hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.errors import UsageError

app = new_app()


class NotThisWay(UsageError):
    """``--yes`` without what it would agree to."""

    code = "doctor.yes"

    def __init__(self) -> None:
        super().__init__("--yes agrees to --mend only", fix="add --mend, or leave --yes out")


@app.command()
def doctor(
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Bring back what the record has lost")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> int:
    """Tell what is missing or stuck, and the fix; changes nothing without --mend."""
    if mend:
        return _mend(yes=yes, json_=json_)
    if yes:
        raise NotThisWay
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


def _mend(*, yes: bool, json_: bool) -> int:
    from darkfactory.factory.line import look_at_line
    from darkfactory.factory.mend import mend

    line = look_at_line(repository_root())
    what = "bring back what the record has lost, and write off what is nowhere"
    if not confirm(what, yes=yes):
        return 1
    done = mend(line)
    if json_:
        print_json({"mended": done.body()})
    else:
        from darkfactory.cli.doctor_render import mended_lines

        say(mended_lines(done))
        hint("Next: df doctor")
    return 0 if done.is_whole else 1
