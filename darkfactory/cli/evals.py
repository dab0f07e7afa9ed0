"""``df evals``: scenarios under conditions by agents, and what that proves of a skill."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.evals_history import from_history
from darkfactory.cli.output import confirm, hint, print_json, say
from darkfactory.domain.counting import counted
from darkfactory.evals.compare import MARGIN

if TYPE_CHECKING:
    from darkfactory.evals.result import CellResult
    from darkfactory.factory.eval_plan import EvalRun, Wish
    from darkfactory.factory.run_evals import Progress
    from darkfactory.factory.study import Study

app = new_app()
app.command("from-history")(from_history)

_AT_ONCE = 4
Skill = Annotated[str | None, typer.Option(metavar="NAME", help="The suite of this skill only")]
Scenarios = Annotated[
    list[str] | None,
    typer.Option("--scenario", metavar="ID", help="This scenario only; repeatable"),
]
Conditions = Annotated[
    list[str] | None, typer.Option("--condition", metavar="NAME", help="This condition; repeatable")
]
Agents = Annotated[
    list[str] | None, typer.Option("--agent", metavar="NAME", help="This agent only; repeatable")
]
Repeats = Annotated[int | None, typer.Option(min=1, max=100, metavar="N", help="Repeats of a cell")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of the order of a new run")]
Old = Annotated[str | None, typer.Option(metavar="REV", help="Where skill@old is taken from")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE.jsonl]...", help="Results; default: the last run of each"),
]
AtOnce = Annotated[
    int, typer.Option("--at-once", min=1, max=64, metavar="N", help="Sessions at once")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask what it may cost")]
Margin = Annotated[
    float, typer.Option(min=0, max=1, help="Differences up to this one make no difference")
]


@app.callback()
def evals() -> None:
    """Try skills on scenarios, under several conditions and by several agents."""


@app.command("plan")
def plan(
    *,
    skill: Skill = None,
    scenario: Scenarios = None,
    condition: Conditions = None,
    agent: Agents = None,
    repeats: Repeats = None,
    seed: Seed = None,
    old: Old = None,
    json_: Json = False,
) -> None:
    """Tell how many cells a run has, how many are known, and what the rest may cost."""
    from darkfactory.factory.study import open_study

    wish = _wish(scenario, condition, agent, repeats, seed, old)
    with open_study(repository_root(), skill, wish) as study:
        rows = [study.outlook(run) for run in study.runs]
    if json_:
        print_json({"runs": rows})
        return
    from darkfactory.cli.evals_render import plan_screen
    from darkfactory.cli.terminal import width

    say(plan_screen(rows, width=width()))


@app.command("run")
def run(
    *,
    skill: Skill = None,
    scenario: Scenarios = None,
    condition: Conditions = None,
    agent: Agents = None,
    repeats: Repeats = None,
    seed: Seed = None,
    old: Old = None,
    at_once: AtOnce = _AT_ONCE,
    unconfined: Annotated[
        bool, typer.Option("--unconfined", help="Accept what this host cannot enforce; recorded")
    ] = False,
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Run the cells that have no result yet; a rerun goes on where the last one ended.

    Each cell is a session of its own, in a workspace of its own. Exit 1 when one could not be
    graded.
    """
    from darkfactory.factory.study import open_study

    wish = _wish(scenario, condition, agent, repeats, seed, old)
    with open_study(repository_root(), skill, wish) as study:
        ask_first(study, yes=yes)
        done = _run_all(study, at_once, unconfined=unconfined, json_=json_)
    unproven = sum(not cell.proves for _, progress in done for cell in progress.results)
    for one, progress in done:
        hint(
            f"{one.suite.skill}: {counted(len(progress.results), 'cell')}, {progress.ran} of them "
            f"run now, in {one.results}"
        )
    _next(unproven)
    return 1 if unproven else 0


@app.command("report")
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
    """Tell what results prove: differences with their interval, an exact test and a verdict."""
    from darkfactory.evals.report import report_body
    from darkfactory.factory.eval_exports import Targets, export

    results = _results(files, skill)
    body = report_body(results, margin=margin)
    written = export(results, Targets(html, junit, jsonl, inspect), margin=margin)
    if json_:
        print_json(body)
    else:
        from darkfactory.cli.evals_render import report_screen
        from darkfactory.cli.terminal import width

        say(report_screen(body, width=width()))
    for path in written:
        hint(f"wrote {path}")


@app.command("gate")
def gate(
    files: Files = None,
    *,
    skill: Skill = None,
    against: Annotated[
        str | None, typer.Option(metavar="REV", help="Run what is needed against this revision")
    ] = None,
    a: Annotated[
        str | None, typer.Option("--from", metavar="CONDITION", help="What is held against")
    ] = None,
    b: Annotated[
        str | None, typer.Option("--to", metavar="CONDITION", help="What is judged")
    ] = None,
    margin: Margin = MARGIN,
    unsure: Annotated[
        int, typer.Option(min=0, max=3, metavar="STATUS", help="Exit status of too little data")
    ] = 2,
    at_once: AtOnce = _AT_ONCE,
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Tell whether a skill got worse: exit 0 no, 1 yes, 2 too little data, 3 cells are missing."""
    from darkfactory.evals.gating import Gate
    from darkfactory.factory.gate_evals import gate_json, judge_results

    results = _against(skill, against, at_once, yes=yes) if against else _results(files, skill)
    verdicts = judge_results(results, a, b, margin=margin)
    if json_:
        print_json({"gates": [gate_json(name, one) for name, one in verdicts]})
    else:
        from darkfactory.cli.evals_render import gate_screen

        say(gate_screen(verdicts))
    statuses = {Gate.PASS: 0, Gate.REGRESSION: 1, Gate.UNSURE: unsure, Gate.BROKEN: 3}
    found = {one.verdict for _, one in verdicts}
    worst = (Gate.REGRESSION, Gate.BROKEN, Gate.UNSURE, Gate.PASS)
    return next(statuses[one] for one in worst if one in found)


@app.command("import")
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


@app.command("selftest")
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


def _wish(
    scenario: list[str] | None,
    condition: list[str] | None,
    agent: list[str] | None,
    repeats: int | None,
    seed: int | None,
    old: str | None,
) -> "Wish":
    from darkfactory.factory.eval_plan import Wish

    return Wish(
        tuple(scenario or ()), tuple(condition or ()), tuple(agent or ()), repeats, seed, old
    )


def ask_first(study: "Study", *, yes: bool) -> None:
    """Ask before sessions begin that cost something; mock agents cost nothing."""
    from darkfactory.cli.evals_render import plan_screen
    from darkfactory.cli.terminal import width

    rows = [study.outlook(run) for run in study.runs]
    cells = sum(row["priced"] for row in rows)
    if not cells or yes:
        return
    hint(plan_screen(rows, width=width()))
    if not confirm(f"run {counted(cells, 'session')} of real agents", yes=False):
        raise typer.Exit(1)


def _against(
    skill: str | None, revision: str, at_once: int, *, yes: bool
) -> "Sequence[CellResult]":
    """Return the results of the skills as they are and at *revision*; what is missing is run."""
    from darkfactory.factory.eval_plan import Wish
    from darkfactory.factory.gate_evals import pair_against
    from darkfactory.factory.study import open_study

    def wish(has_servers: bool) -> Wish:  # noqa: FBT001 - a callback
        return Wish(conditions=pair_against(revision, has_servers=has_servers))

    with open_study(repository_root(), skill, wish) as study:
        ask_first(study, yes=yes)
        done = _run_all(study, at_once, unconfined=False, json_=False)
    return [cell for _, progress in done for cell in progress.results]


def _run_all(
    study: "Study", at_once: int, *, unconfined: bool, json_: bool
) -> "list[tuple[EvalRun, Progress]]":
    """Do what is open; whoever leaves is told what goes on."""
    tell = tell_cells(json_=json_)
    try:
        return [
            (one, study.run(one, at_once=at_once, unconfined=unconfined, tell=tell))
            for one in study.runs
        ]
    except KeyboardInterrupt:
        hint("\nSessions that work go on; the same command takes them up. Nothing is lost.")
        raise


def tell_cells(*, json_: bool) -> Any:
    """Return what tells each result: a line for people, or JSON."""
    from darkfactory.cli.evals_render import cell_line
    from darkfactory.evals.result import result_line

    def tell(result: "CellResult", done: int, of: int) -> None:
        if json_:
            say(result_line(result))
        else:
            hint(cell_line(result, done, of))

    return tell


def _next(unproven: int) -> None:
    if unproven:
        hint(f"{counted(unproven, 'cell')} could not be graded: the same command tries again")
    hint("Next: df evals report")


def _results(files: list[Path] | None, skill: str | None) -> "Sequence[CellResult]":
    from darkfactory.factory.eval_results import last_results, named_results

    if files:
        return named_results(files)
    return last_results(repository_root(), skill)
