"""``df evals``: scenarios under conditions by agents, and what that proves of a skill."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkfactory.cli.apps import new_app
from darkfactory.cli.context import repository_root
from darkfactory.cli.evals_history import from_history
from darkfactory.cli.evals_options import (
    AT_ONCE,
    Agents,
    AtOnce,
    Conditions,
    Files,
    Fresh,
    Json,
    Judge,
    Margin,
    Old,
    Repeats,
    Scenarios,
    Seed,
    Skill,
    Yes,
)
from darkfactory.cli.evals_report import import_, report, results_of, selftest
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
app.command("import")(import_)
app.command("report")(report)
app.command("selftest")(selftest)


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
    judge: Judge = "",
    fresh: Fresh = False,
    json_: Json = False,
) -> None:
    """Tell how many cells a run has, how many are known, and what the rest may cost."""
    from darkfactory.factory.study import open_study

    wish = _wish(scenario, condition, agent, repeats, seed, old, judge, fresh=fresh)
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
    judge: Judge = "",
    fresh: Fresh = False,
    at_once: AtOnce = AT_ONCE,
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

    wish = _wish(scenario, condition, agent, repeats, seed, old, judge, fresh=fresh)
    with open_study(repository_root(), skill, wish) as study:
        ask_first(study, yes=yes)
        done = _run_all(study, at_once, unconfined=unconfined, json_=json_)
    unproven = sum(not cell.proves for _, progress in done for cell in progress.results)
    for one, progress in done:
        hint(
            f"{one.suite.skill}: {counted(len(progress.results), 'cell')}, {progress.ran} of them "
            f"run now, in {one.results}"
        )
    if unjudged := sum(one.unjudged for one, _ in done):
        hint(f"{counted(unjudged, 'check')} left out that a model judges: --judge AGENT asks one")
    _next(unproven)
    return 1 if unproven else 0


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
    at_once: AtOnce = AT_ONCE,
    yes: Yes = False,
    json_: Json = False,
) -> int:
    """Tell whether a skill got worse: exit 0 no, 1 yes, 2 too little data, 3 cells are missing."""
    from darkfactory.evals.gating import Gate
    from darkfactory.factory.eval_results import NoResults
    from darkfactory.factory.gate_evals import gate_json, judge_results

    results = _against(skill, against, at_once, yes=yes) if against else results_of(files, skill)
    if not results:
        raise NoResults(skill)
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


def _wish(
    scenario: list[str] | None,
    condition: list[str] | None,
    agent: list[str] | None,
    repeats: int | None,
    seed: int | None,
    old: str | None,
    judge: str,
    *,
    fresh: bool,
) -> "Wish":
    from darkfactory.factory.eval_plan import Wish

    return Wish(
        tuple(scenario or ()),
        tuple(condition or ()),
        tuple(agent or ()),
        repeats,
        seed,
        old,
        fresh=datetime.now(UTC).date().isoformat() if fresh else "",
        judge=judge,
    )


def ask_first(study: "Study", *, yes: bool) -> None:
    """Ask before sessions begin that cost something; mock agents cost nothing."""
    from darkfactory.cli.evals_render import plan_screen
    from darkfactory.cli.terminal import width

    rows = [study.outlook(run) for run in study.runs]
    cells, votes = (sum(row[key] for row in rows) for key in ("priced", "judge_sessions"))
    if not (cells or votes) or yes:
        for row in rows:
            for note in row["notes"]:
                hint(note)
        return
    hint(plan_screen(rows, width=width()))
    sessions = counted(cells + votes, "session")
    if not confirm(f"run {'at most ' if votes else ''}{sessions} of real agents", yes=False):
        raise typer.Exit(1)


def _against(
    skill: str | None, revision: str, at_once: int, *, yes: bool
) -> "Sequence[CellResult]":
    """Return the results of the skills as they are and at *revision*; what is missing is run."""
    from darkfactory.factory.gate_evals import wish_against
    from darkfactory.factory.study import open_study

    with open_study(repository_root(), skill, wish_against(revision)) as study:
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
    from darkfactory.evals.result_lines import result_line

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
