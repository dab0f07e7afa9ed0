"""The screens of ``df evals``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from darkfactory.cli.advice_render import advice_screen
from darkfactory.cli.columns import Column, table
from darkfactory.cli.output import flat
from darkfactory.domain.counting import counted

if TYPE_CHECKING:
    from darkfactory.evals.gating import GateVerdict
    from darkfactory.evals.result import CellResult
    from darkfactory.evals.selftest import Problem

_ALL = "all"
_NONE = "-"
_NEAR = 0.01
_MOST_NAMED = 5


def plan_screen(rows: Sequence[Mapping[str, Any]], *, width: int | None) -> str:
    """Return what is ahead, a line a suite."""
    columns = (
        Column("SKILL"),
        Column("CELLS", right=True),
        Column("KNOWN", right=True),
        Column("OPEN", right=True),
        Column("TOKENS", spare=1, right=True),
        Column("USD", spare=1, right=True),
        Column("CONDITIONS"),
    )
    told = [
        (
            row["skill"],
            str(row["cells"]),
            str(row["known"]),
            str(row["open"]),
            _NONE if row["tokens"] is None else f"{row['tokens']:,}",
            _NONE if row["cost_usd"] is None else f"{row['cost_usd']:.2f}",
            f"{', '.join(row['conditions'])} by {', '.join(row['agents'])}",
        )
        for row in rows
    ]
    votes = sum(row["judge_sessions"] for row in rows)
    judges = f"\nThe judge takes at most {counted(votes, 'session')} more." if votes else ""
    notes = "".join(f"\n{flat(note)}" for row in rows for note in row["notes"])
    return table(columns, told, width=width) + judges + notes


def cell_line(result: "CellResult", done: int, of: int) -> str:
    """Return the line that tells of a new result."""
    what = f"{result.scenario} {result.condition} {result.agent} #{result.repeat}"
    if result.completeness is None:
        return flat(f"{done}/{of}  {what}: not graded, {result.problem}")
    failed = [check.id for check in result.failed]
    end = f", {result.outcome}" if result.outcome != "graded" else ""
    missed = f" without {', '.join(failed)}" if failed else ""
    return flat(f"{done}/{of}  {what}: {result.completeness:.0%}{missed}{end}")


def gate_screen(verdicts: "Sequence[tuple[str, GateVerdict]]") -> str:
    """Return what the gate says of each skill, with its reasons."""
    lines = []
    for name, one in verdicts:
        pair = f"{one.a} -> {one.b}" if one.a else "no two conditions"
        delta = f", completeness {one.comparison.delta:+.3f}" if one.comparison else ""
        lines.append(flat(f"{name}: {one.verdict.upper()} ({pair}{delta})"))
        lines += [f"  {flat(reason)}" for reason in one.reasons]
        lines += [f"  warning: {flat(warning)}" for warning in one.warnings]
    return "\n".join(lines)


def problems_screen(problems: "Sequence[Problem]") -> str:
    """Return what is wrong with the graders, a line each."""
    lines = [
        flat(f"{one.scenario}{f' {one.check}' if one.check else ''}: {one.problem}")
        for one in problems
    ]
    return "\n".join(lines) or "Every check tells its reference from its mutants."


def report_screen(body: Mapping[str, Any], *, width: int | None) -> str:
    """Return the comparisons, how each condition did, and the advice on rules."""
    parts = [
        _comparisons(body["comparisons"], width),
        _conditions(body["conditions"], width),
        *(_judge(row, width) for row in body["judges"]),
        _footnotes(body),
        advice_screen(body["advice"], width=width),
    ]
    return "\n\n".join(part for part in parts if part)


def _comparisons(rows: Sequence[Mapping[str, Any]], width: int | None) -> str:
    if not rows:
        return "No scenario was run under two conditions, so there is nothing to compare."
    if width is None:
        return _comparison_table(rows, None)
    # Where there is one agent, what all of them do together is the same once more.
    alone = len({row["agent"] for row in rows} - {None}) == 1
    shown = [row for row in rows if row["agent"] is None] if alone else rows
    parts = []
    for metric in dict.fromkeys(row["metric"] for row in shown):
        own = [row for row in shown if row["metric"] == metric]
        parts.append(f"Differences in {metric}\n{_comparison_table(own, width, alone=alone)}")
    return "\n\n".join(parts)


def _comparison_table(
    rows: Sequence[Mapping[str, Any]], width: int | None, *, alone: bool = False
) -> str:
    """Return *rows*: on a terminal without their metric, and without an agent that is *alone*."""
    columns = (
        Column("FROM"),
        Column("TO"),
        Column("AGENT"),
        Column("METRIC"),
        Column("N", right=True),
        Column("DELTA", right=True),
        Column("95 %"),
        Column("P", right=True),
        Column("VERDICT"),
    )
    digits = 3 if width is None else 2
    told = [
        (
            row["a"],
            row["b"],
            "" if alone else row["agent"] or _ALL,
            row["metric"] if width is None else "",
            str(row["scenarios"]),
            f"{row['delta']:+.{digits}f}",
            _interval(row["interval"], digits),
            f"{row['p']:.3f}",
            row["verdict"],
        )
        for row in rows
    ]
    return table(columns, told, width=width)


def _conditions(rows: Sequence[Mapping[str, Any]], width: int | None) -> str:
    columns = (
        Column("CONDITION"),
        Column("AGENT"),
        Column("CELLS", right=True),
        Column("COMPLETE", right=True),
        Column("PASS@1", right=True),
        Column("PASS@K", right=True),
        Column("PASS^K", right=True),
        Column("TOKENS", spare=2, right=True),
        Column("USD/PASS", spare=1, right=True),
        Column("RULES", right=True),
    )
    told = [
        (
            row["condition"],
            row["agent"],
            str(row["cells"]),
            _share(row["completeness"]),
            _share(row["pass_1"]),
            _share(row["pass_k"]),
            _share(row["pass_all_k"]),
            _NONE if row["tokens"] is None else f"{row['tokens']:,.0f}",
            _NONE if row["cost_per_success"] is None else f"{row['cost_per_success']:.2f}",
            _share(row["rules_kept"]),
        )
        for row in rows
    ]
    return table(columns, told, width=width)


def _judge(row: Mapping[str, Any], width: int | None) -> str:
    cost = "" if row["cost_usd"] is None else f", USD {row['cost_usd']:.2f}"
    spent = f"{counted(row['votes'], 'vote')}, {row['tokens']:,} tokens{cost}"
    columns = (
        Column("SCENARIO"),
        Column("CHECK"),
        Column("CONDITION"),
        *(Column(name, right=True) for name in ("YES", "NO", "UNDECIDED")),
    )
    told = [
        (
            *(one[key] for key in ("scenario", "check", "condition")),
            *(str(one[word]) for word in ("yes", "no", "undecided")),
        )
        for one in row["checks"]
    ]
    head = flat(f"Judged by {row['agent']}: counts for nothing ({spent})")
    return f"{head}\n{table(columns, told, width=width)}"


def _footnotes(body: Mapping[str, Any]) -> str:
    lines = []
    rows = [row for row in body["comparisons"] if row["agent"] is None]
    if rows and max(row["smallest_p"] for row in rows) > _NEAR:
        least = max(row["smallest_p"] for row in rows)
        lines.append(f"With so few scenarios p cannot be below {least:.3f}.")
    seen = [row["detectable"] for row in rows if row["detectable"]]
    if seen:
        lines.append(
            f"A difference below {max(seen):.2f} may go unseen in one of these comparisons."
        )
    if body["too_easy"]:
        names = ", ".join(flat(name) for name in body["too_easy"])
        lines.append(f"Meant to be failed without the skill, and passed: {names}.")
    lines += _unproven(body["unproven"])
    return "\n".join(lines)


def _unproven(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not cells:
        return
    told = "proves nothing and is" if len(cells) == 1 else "prove nothing and are"
    yield f"{counted(len(cells), 'cell')} {told} left out:"
    for one in cells[:_MOST_NAMED]:
        what = f"{one['scenario']} {one['condition']} {one['agent']} #{one['repeat']}"
        yield "  " + flat(f"{what}: {one['problem'] or one['outcome']}")
    if len(cells) > _MOST_NAMED:
        yield f"  and {len(cells) - _MOST_NAMED} more: --json names all"


def _interval(interval: Sequence[float] | None, digits: int) -> str:
    return _NONE if interval is None else " … ".join(f"{end:+.{digits}f}" for end in interval)


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}"
