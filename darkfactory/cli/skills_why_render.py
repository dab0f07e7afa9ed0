"""The screen of ``df skills why``: sessions with a skill, its rules, its cost by weeks."""

from collections.abc import Mapping
from typing import Any

from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat
from darkfactory.cli.words import count
from darkfactory.domain.counting import counted

_SESSIONS = (
    *map(Column, ("SESSION", "VERSION", "LOADED", "KEPT", "BROKEN")),
    Column("TOKENS", right=True),
    Column("SHARE", right=True),
    Column("OUTCOME"),
)
_WITHOUT = tuple(map(Column, ("WITHHELD FROM", "VERSION", "KEPT", "BROKEN", "OUTCOME")))
_RULES = (
    Column("RULE"),
    *(Column(name, right=True) for name in ("EXERCISED", "KEPT", "BROKEN", "KEPT WITHOUT")),
    Column("LAST SEEN"),
)
_WEEKS = (
    Column("WEEK"),
    *(Column(name, right=True) for name in ("SESSIONS", "TOKENS", "OF ALL", "LANDED", "A LANDING")),
)
_DAY = 10


def why_screen(why: Mapping[str, Any], *, width: int | None) -> str:
    """Return which sessions had a skill, what became of its rules, and what it cost."""
    name, uses, without = flat(why["skill"]), why["sessions"], why["without"]
    if not uses and not without:
        return f"No session has had {name} yet. A lane gives it by `skills: [{name}]`."
    loaded = sum(use["loads"] > 0 for use in uses)
    said = f"{counted(len(uses), 'session')}, loaded in {loaded}"
    said += f"; {why['tokens']} tokens were sent of it"
    if without:
        said += f"; withheld from {len(without)}: df retro"
    rows = (
        (_SESSIONS, map(_use, uses)),
        (_WITHOUT, map(_bare, without)),
        (_RULES, map(_rule, why["rules"])),
        (_WEEKS, map(_week, why["weeks"])),
    )
    tables = ((columns, list(told)) for columns, told in rows)
    parts = [table(columns, told, width=width) for columns, told in tables if told]
    return "\n\n".join((*parts, said))


def _use(use: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        flat(use["session"]),
        flat(use["version"]) or "-",
        f"{use['loads']}x",
        flat(", ".join(use["kept"])) or "-",
        flat(", ".join(use["violated"])) or "-",
        str(use["tokens"]),
        _share(use["share"]),
        flat(use["outcome"]) or "open",
    )


def _bare(use: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        flat(use["session"]),
        flat(use["version"]) or "-",
        flat(", ".join(use["kept"])) or "-",
        flat(", ".join(use["violated"])) or "-",
        flat(use["outcome"]) or "open",
    )


def _rule(row: Mapping[str, Any]) -> tuple[str, ...]:
    judged = row["judged_without_skill"]
    without = f"{row['kept_without_skill']} of {judged}" if judged else "-"
    figures = (str(row[key]) for key in ("exercised", "kept", "violated"))
    return (flat(row["rule"]), *figures, without, flat(row["last_seen"] or "never")[:_DAY])


def _week(row: Mapping[str, Any]) -> tuple[str, ...]:
    cost = "-" if row["per_landed"] is None else count(row["per_landed"])
    share, tokens = _share(row["share"]), count(row["tokens"])
    return (row["week"] or "?", str(row["sessions"]), tokens, share, str(row["landed"]), cost)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
