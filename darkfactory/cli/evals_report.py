"""``df evals report``, ``import`` and ``selftest``: what needs no agent."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkfactory.cli.context import repository_root, root_here
from darkfactory.cli.evals_options import Files, Json, Margin, Skill
from darkfactory.cli.output import hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.evals.compare import MARGIN

if TYPE_CHECKING:
    from darkfactory.evals.result import CellResult


def report(
    files: Files = None,
    *,
    skill: Skill = None,
    margin: Margin = MARGIN,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one page too")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit too")] = None,
    jsonl: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the cells too")] = None,
    inspect: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write logs for Inspect's viewer too")
    ] = None,
    json_: Json = False,
) -> None:
    """Tell what results prove: differences with their interval, an exact test and a verdict.

    Below it stands what to do about non-negotiables that sessions with the skill broke.
    """
    from darkfactory.evals.report import latest, report_body
    from darkfactory.factory.eval_advice import advice_of
    from darkfactory.factory.eval_exports import Targets, export

    results = latest(results_of(files, skill))
    advice = advice_of(results, root_here())
    body = report_body(results, margin=margin, advice=advice)
    targets = Targets(html, junit, jsonl, inspect)
    written = export(results, targets, margin=margin, advice=advice)
    if json_:
        print_json(body)
    else:
        from darkfactory.cli.evals_render import report_screen
        from darkfactory.cli.terminal import width

        say(report_screen(body, width=width()))
    for path in written:
        hint(f"wrote {path}")


def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="evals.json, or results")],
    *,
    skill: Annotated[str, typer.Option(metavar="NAME", help="The skill that it is about")],
    json_: Json = False,
) -> None:
    """Take scenarios of agentskills, or results of any tool, into this repository."""
    from darkfactory.factory.import_evals import import_evals

    done = import_evals(repository_root(), source, skill)
    if json_:
        scenarios = [str(path) for path in done.scenarios]
        results = done.results and str(done.results)
        print_json({"scenarios": scenarios, "results": results, "rows": done.rows})
        return
    for path in done.scenarios:
        say(f"wrote {path}")
    if done.results:
        say(f"wrote {counted(done.rows, 'result')} to {done.results}")
        hint(f"Next: df evals report --skill {skill}")
    else:
        hint(f"Next: give each a check that counts, then df evals selftest --skill {skill}")


def selftest(*, skill: Skill = None, json_: Json = False) -> int:
    """Try the graders of scenarios on their references and mutants; exit 1 on a problem.

    Needs no agent: the reference must pass, each mutant must fail its check, and each check must be
    failed by something.
    """
    from dataclasses import asdict

    from darkfactory.factory.selftest_evals import selftest as try_graders

    problems = try_graders(repository_root(), skill)
    if json_:
        print_json({"problems": [asdict(one) for one in problems]})
    else:
        from darkfactory.cli.evals_render import problems_screen

        say(problems_screen(problems))
    return 1 if problems else 0


def results_of(files: list[Path] | None, skill: str | None) -> "Sequence[CellResult]":
    """Return the results in *files*, or those of the last run of each skill."""
    from darkfactory.factory.eval_results import given_results, last_results

    if files:
        return given_results(files)
    return last_results(repository_root(), skill)
