"""``df skills``: the library of the repository, and what is wrong with it."""

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.output import hint, print_json, say
from darkfactory.cli.skills_add import add, lock
from darkfactory.cli.skills_restore import restore
from darkfactory.cli.skills_why import why

if TYPE_CHECKING:
    from darkfactory.skills.lint.report import Linted

app = new_app()
app.command()(add)
app.command()(lock)
app.command()(restore)
app.command()(why)


class Profile(StrEnum):
    """By whose measure a skill is judged."""

    spec = "spec"
    loads = "loads"
    factory = "factory"


class Format(StrEnum):
    """What the findings are written as."""

    text = "text"
    json = "json"
    sarif = "sarif"
    junit = "junit"


@app.callback()
def skills() -> None:
    """List, lint, add, restore and account for skills."""


@app.command("list")
def list_(*, json_: Annotated[bool, typer.Option("--json", help="Print JSON")] = False) -> None:
    """List the skills of the repository: versions, and how each stands by its evals."""
    from darkfactory.factory.put_skill import settle_library
    from darkfactory.factory.skill_standing import skill_standings

    settle_library(repository_root())
    rows = [
        {
            "name": skill.name,
            "version": skill.version,
            "path": str(skill.path),
            "description": skill.description,
            "lanes": list(skill.lanes),
            "non_negotiables": [rule.id for rule in skill.non_negotiables],
            "errors": len(skill.errors),
            "status": str(judged.standing),
            "reason": judged.reason,
            "next": judged.next or None,
        }
        for skill, judged in skill_standings(repository_root(), time.time())
    ]
    if json_:
        print_json({"skills": rows})
        return
    from darkfactory.cli.skills_render import skills_table
    from darkfactory.cli.terminal import width

    say(skills_table(rows, width=width()))


@app.command("lint")
def lint_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Skills, or folders of them; default: skills/"),
    ] = None,
    *,
    profile: Annotated[
        Profile,
        typer.Option(help="spec: the standard; loads: what agents need; factory: every rule"),
    ] = Profile.factory,
    format_: Annotated[Format, typer.Option("--format", help="How to print")] = Format.text,
    json_: Annotated[bool, typer.Option("--json", help="Same as --format json")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="First mend in SKILL.md what needs no judgement")
    ] = False,
    also: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="An optional rule to check too")
    ] = None,
    mirror: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Documentation that no body should repeat"),
    ] = None,
    net: Annotated[bool, typer.Option("--net", help="Ask whether links answer")] = False,
    price: Annotated[
        float | None,
        typer.Option(metavar="USD", min=0, help="What a million tokens cost, for Z006"),
    ] = None,
) -> int:
    """Hold skills against the rules of docs/skills.md; exit 1 when one has an error.

    Reads any folder, also outside of a repository, and runs nothing of what it reads.
    """
    from darkfactory.factory.lint_skills import lint_skills, mend_skills
    from darkfactory.factory.skill_project import Beside
    from darkfactory.skills.lint.engine import Choice
    from darkfactory.skills.lint.report import counts

    chosen = Choice(profile.value, frozenset(also or ()), strict)
    places = paths or [_library()]
    for path in mend_skills(places) if fix else ():
        hint(f"mended {path}")
    linted = lint_skills(places, chosen, Beside(tuple(mirror or ()), net, price))
    _show(linted, Format.json if json_ else format_)
    return 1 if counts(linted)["error"] else 0


def _library() -> Path:
    from darkfactory.factory.put_skill import settle_library
    from darkfactory.skills.library import FOLDER

    root = repository_root()
    settle_library(root)
    return root / FOLDER


def _show(linted: "list[Linted]", format_: Format) -> None:
    if format_ is Format.json:
        from darkfactory.skills.lint.report import lint_json

        print_json(lint_json(linted))
    elif format_ is Format.sarif:
        from darkfactory.skills.lint.sarif import sarif

        say(json.dumps(sarif(linted, Path.cwd()), indent=2))
    elif format_ is Format.junit:
        from darkfactory.skills.lint.junit import junit

        say(junit(linted))
    else:
        from darkfactory.cli.skills_render import lint_screen
        from darkfactory.cli.terminal import width

        say(lint_screen(linted, width=width()))
