"""``df skills restore``: a retired skill is brought back."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import flat, hint, print_json, say
from darkfactory.cli.skills_add import tell_wait


def restore(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A retired skill")],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Bring a retired skill back: its folder, its entry of the lock, a line of its history.

    Nothing is committed; lanes that still name it give it to new sessions from then on.
    """
    from darkfactory.factory.restore_skill import doubt_of_restored, restore_skill

    root = repository_root()
    version = restore_skill(root, name, who(), datetime.now(UTC), on_wait=tell_wait)
    doubt = doubt_of_restored(root, name)
    if json_:
        told = {"problem": doubt.problem, "fix": doubt.fix} if doubt else None
        body = {"skill": name, "skill_version": version, "path": f"skills/{name}", "doubt": told}
        print_json(body)
        return
    say(flat(f"skill {name} {version} is back in skills/{name}. Next: look at it, and commit it"))
    if doubt:
        hint(flat(f"{doubt.problem}. No session gets it so. Next: {doubt.fix}"))
