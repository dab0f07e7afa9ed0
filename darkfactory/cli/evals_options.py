"""The options that commands of ``df evals`` share."""

import math
from pathlib import Path
from typing import Annotated

import typer

AT_ONCE = 4


def _number(given: float) -> float:
    if math.isnan(given):  # neither below the least nor above the most
        raise typer.BadParameter("is no number")
    return given


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
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Run anew what was run on an earlier day, the baseline too")
]
Judge = Annotated[
    str, typer.Option(metavar="AGENT", help="Have it judge what only a model can [default: nobody]")
]
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
    float,
    typer.Option(
        min=0, max=1, callback=_number, help="Differences up to this one make no difference"
    ),
]
