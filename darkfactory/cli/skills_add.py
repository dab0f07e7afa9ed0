"""``df skills add`` and ``lock``: what a person agrees to, and what they are shown before."""

import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli.context import repository_root, who
from darkfactory.cli.output import confirm, flat, hint, print_json, say, visible
from darkfactory.domain.counting import counted
from darkfactory.errors import AnswerNo

if TYPE_CHECKING:
    from darkfactory.factory.add_skill import Offer

_MOST_LINES = 400
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]


class SkillRefused(AnswerNo):
    """A skill that the lint keeps out."""

    code = "skill.refused"

    def __init__(self, name: str, errors: int) -> None:
        super().__init__(
            f"skill {name} is not taken over: the lint found {counted(errors, 'error')}",
            fix="ask its author to mend that, or copy by hand what you need and mend it yourself",
        )


def add(
    source: Annotated[str, typer.Argument(metavar="SOURCE[@REV]", help="A folder, or git")],
    *,
    skill: Annotated[
        str, typer.Option("--skill", metavar="NAME", help="Which one, where there are several")
    ] = "",
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Take a skill over from a folder or a git repository, once you have seen it.

    It is fetched into quarantine, where nothing of it runs, and held against the rules as somebody
    else's. You are shown its licence and what would change, and asked. Then its content is locked:
    sessions get it only as you agreed to it.
    """
    from darkfactory.factory.add_skill import accept_skill, offer_skill

    root, now = repository_root(), datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="df-skill-") as quarantine:
        offer = offer_skill(root, source, skill, Path(quarantine), now)
        if not json_:
            _show(offer)
            _hint_at_pin(offer)
        added = False
        try:
            if offer.errors:
                raise SkillRefused(offer.taken.name, len(offer.errors))
            if not offer.same and confirm(f"take skill {offer.taken.name} over", yes=yes):
                accept_skill(root, offer, who(), now, on_wait=tell_wait)
                added = True
        finally:
            if json_:  # what is kept out, or wants a yes, is shown as well
                print_json(_as_json(offer, added=added))
    if not (added or offer.same):
        hint("nothing was taken over")
    if added and not json_:
        name = offer.taken.name
        say(f"skill {name} is in skills/{name} and locked. Next: `skills: [{name}]` in lanes.yaml")
    return 0 if added or offer.same else 1


def lock(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Skills of the library")],
    *,
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Agree to skills as they are now: sessions get a locked skill only with that content."""
    from darkfactory.factory.add_skill import lock_skills
    from darkfactory.skills.library import skills_for

    root = repository_root()
    skills_for(names, root)  # what is not there is told before anybody is asked
    if not confirm(f"agree to {', '.join(map(flat, names))} as they are now", yes=yes):
        return 1
    locked = lock_skills(root, names, who(), datetime.now(UTC), on_wait=tell_wait)
    if json_:
        rows = [{"name": e.name, "version": e.version, "sha256": e.sha256} for e in locked]
        print_json({"locked": rows})
    else:
        say("\n".join(f"{e.name} {e.version} locked at {e.sha256[:12]}" for e in locked))
    return 0


def tell_wait() -> None:
    """Say that another command has the library."""
    hint("another command changes skills/: waiting for it")


def _show(offer: "Offer") -> None:
    from darkfactory.cli.skills_render import finding_lines

    taken = offer.taken
    at = f" at {taken.commit[:12]}" if taken.commit else ""
    say(f"skill {taken.name} {flat(offer.version)} from {flat(offer.source.shown)}{at}")
    say(f"licence: {flat(offer.licence) or 'none said'}")
    for found in offer.findings:
        if found.severity != "info":
            say("\n".join(finding_lines(found)))
    lines = [visible(line) for line in offer.diff.removesuffix("\n").split("\n")]
    say("\n".join(lines[:_MOST_LINES]) or _unchanged(offer))
    if len(lines) > _MOST_LINES:
        hint(f"… {len(lines) - _MOST_LINES} more lines; --json has all of them")


def _unchanged(offer: "Offer") -> str:
    if offer.same:
        return "nothing would change: the skill is there and locked as it is"
    return "no text would change, but who may run a file or the entry in skills.lock.json would"


def _hint_at_pin(offer: "Offer") -> None:
    """Say of a folder in a git work tree how a commit of it would be taken instead."""
    from darkfactory.skills.source import work_tree_of

    folder = offer.source.folder
    if folder and work_tree_of(folder):
        command = f"df skills add {shlex.quote(f'{folder}@HEAD')} --skill {offer.taken.name}"
        hint("this is a work tree of git: its files are taken as they lie there, and no commit is")
        hint(f"noted. Take what is committed, pinned: {flat(command)}")


def _as_json(offer: "Offer", *, added: bool) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "skill": offer.taken.name,
        "skill_version": offer.version,
        "source": offer.source.shown,
        "commit": offer.taken.commit or None,
        "licence": offer.licence or None,
        "findings": [asdict(found) for found in offer.findings],
        "diff": offer.diff,
        "added": added,
        "unchanged": offer.same,
    }
