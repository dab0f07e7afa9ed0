"""What one yes would cover, and what is flaky, as tables for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.words import day_and_time
from darkfactory.domain.counting import counted, listed

_BATCH = (
    Column("CHANGE"),
    Column("OPEN"),
    Column("RISK", spare=2, right=True),
    Column("FILES", spare=3, right=True),
    Column("LINES", spare=1),
    Column("TITLE"),
)
_LEFT_OUT = (Column("CHANGE"), Column("WANTS A YES OF ITS OWN"))
_FLAKY = (
    Column("CHECK"),
    Column("TIMES", right=True),
    Column("LAST"),
    Column("TREE", spare=1),
    Column("WITH"),
)
_TREE = 12


def batch_screen(told: Mapping[str, Any], *, width: int | None) -> str:
    """Render a batch: a line for each change, then those that want a yes of their own."""
    rows = [
        (
            row["id"],
            "opened" if row["opened"] else "FIRST" if row["drawn"] else "",
            f"{row['risk']:.2f}",
            str(row["files"]),
            f"+{row['added']} -{row['removed']}",
            row["title"],
        )
        for row in told["changes"]
    ]
    parts = [f"{told['lane']}: {counted(len(rows), 'change')} for one yes"]
    parts += [table(_BATCH, rows, width=width)] if rows else []
    left_out = [(row["id"], row["reason"]) for row in told["left_out"]]
    parts += ["", table(_LEFT_OUT, left_out, width=width, whole=True)] if left_out else []
    return "\n".join(parts)


def flaky_table(rows: Sequence[Mapping[str, Any]], *, width: int | None) -> str:
    """Render the checks that were seen to be flaky, the last one first."""
    if not rows:
        return "no check was seen to be flaky"
    shown = [
        (
            row["check"],
            str(row["times"]),
            day_and_time(row["last"]),
            row["tree"][:_TREE],
            listed(row["changes"]),
        )
        for row in rows
    ]
    return table(_FLAKY, shown, width=width)
