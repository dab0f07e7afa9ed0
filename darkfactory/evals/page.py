"""The report as one HTML file: no network, no script, everything from strangers escaped."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from darkfactory.domain.counting import counted
from darkfactory.evals.advice import Advice
from darkfactory.evals.advice_page import advice_section
from darkfactory.evals.compare import (
    Comparison,
    compare_all,
    condition_order,
    scenario_means,
    widest_pair,
)
from darkfactory.evals.plots import forest, heat_map
from darkfactory.evals.report import Standing, discriminations, judged, latest, standings
from darkfactory.evals.result import CellResult

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TELLS_LITTLE = 0.05
_MOST_ROWS = 2000
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
body{color:#1c1c1c;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;font-size:.9rem}
td{max-width:20rem;overflow-wrap:break-word}
td,th{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}svg text{font:12px system-ui,sans-serif;fill:#1c1c1c}svg text.on{fill:#111}
.band{fill:#eef1f5}.zero{stroke:#777;stroke-dasharray:3 3}.interval{stroke:#444;stroke-width:2}
.hole{fill:#f3f3f3}circle{fill:#666}circle.better{fill:#177245}circle.worse{fill:#b3261e}
circle.no-difference{fill:#2b5fa8}
"""


def report_page(
    results: Iterable[CellResult], *, margin: float, advice: Sequence[Advice] = ()
) -> str:
    """Return the report on *results* as a whole HTML document."""
    cells = latest(results)
    rows = compare_all(cells, margin=margin)
    main = "\n".join(
        (
            "<h1>What the evals prove</h1>",
            f"<p>{_told(cells)}</p>",
            *_section("Differences", _differences(rows, margin)),
            *_section("Scenarios", f'<div class="wide">{_heat(cells)}</div>'),
            *_section("Conditions", _conditions(standings(cells))),
            *_section("Checks that tell conditions apart", _checks(cells)),
            *_section("What judges said", _judges(cells)),
            *_section("Advice on non-negotiables", advice_section(advice)),
            *_section("Cells", _cells(cells)),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Evals</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{main}\n"
        "</main>\n</body>\n</html>\n"
    )


def _section(name: str, body: str) -> Iterator[str]:
    if body:
        yield f"<h2>{escape(name)}</h2>\n{body}"


def _told(cells: Sequence[CellResult]) -> str:
    scenarios = len({one.scenario for one in cells})
    unproven = sum(not one.proves for one in cells)
    left = f", of which {unproven} prove nothing and are left out" if unproven else ""
    return f"{counted(len(cells), 'cell')} of {counted(scenarios, 'scenario')}{left}."


def _differences(rows: Sequence[Comparison], margin: float) -> str:
    if not rows:
        return "<p>No scenario was run under two conditions.</p>"
    parts = []
    for metric in dict.fromkeys(row.metric for row in rows):
        own = [row for row in rows if row.metric == metric]
        parts.append(f'<h3>{escape(metric)}</h3><div class="wide">{forest(own, margin)}</div>')
    head = ("from", "to", "agent", "metric", "scenarios", "delta", "95 %", "p", "verdict")
    body = [
        (
            row.a,
            row.b,
            row.agent or "all",
            row.metric,
            row.scenarios,
            row.delta,
            _interval(row.interval),
            row.p,
            row.verdict,
        )
        for row in rows
    ]
    least = "With n scenarios p cannot be below 2<sup>1-n</sup>."
    note = f"<p>The band is the margin of {margin:g}. {least}</p>"
    return "".join(parts) + note + _table(head, body)


def _heat(cells: Sequence[CellResult]) -> str:
    means = scenario_means(cells, "completeness")
    columns = sorted(
        {(condition, agent) for condition, _, agent in means},
        key=lambda pair: (condition_order(pair[0]), pair[1]),
    )
    names = {pair: f"{pair[0]}, {pair[1]}" for pair in columns}
    values: dict[tuple[str, str], float | None] = {
        (scenario, names[condition, agent]): value
        for (condition, scenario, agent), value in means.items()
    }
    rows = sorted({scenario for _, scenario, _ in means})
    return heat_map(values, rows, list(names.values()))


def _conditions(rows: Sequence[Standing]) -> str:
    head = (
        "condition", "agent", "cells", "complete", "pass@1", "pass@k", "pass^k", "k", "rules kept",
        "skill loaded", "tokens", "USD", "USD a pass", "seconds",
    )  # fmt: skip
    body = [
        (
            row.condition, row.agent, row.cells, row.completeness, row.pass_1, row.pass_k,
            row.pass_all_k, row.k, row.rules_kept, row.loaded, row.tokens and round(row.tokens),
            row.cost_usd, row.cost_per_success, row.seconds,
        )
        for row in rows
    ]  # fmt: skip
    return _table(head, body)


def _checks(cells: Sequence[CellResult]) -> str:
    a, b = widest_pair(one.condition for one in cells if one.proves)
    if not a:
        return ""
    found = discriminations(cells, a, b)
    telling = [one for one in found if abs(one.passed_b - one.passed_a) > _TELLS_LITTLE]
    head = ("scenario", "check", a, b, "difference")
    body = [
        (one.scenario, one.check, one.passed_a, one.passed_b, one.passed_b - one.passed_a)
        for one in telling
    ]
    silent = len(found) - len(telling)
    passes = "passes" if silent == 1 else "pass"
    note = f"<p>{silent} of {counted(len(found), 'check')} {passes} as often under both.</p>"
    return (_table(head, body) if body else "") + note


def _judges(cells: Sequence[CellResult]) -> str:
    keys = ("scenario", "check", "condition", "yes", "no", "undecided")
    body = [
        (row["agent"], *(one[key] for key in keys))
        for row in judged(cells)
        for one in row["checks"]
    ]
    note = "<p>The word of a model counts for nothing above. Figures are cells.</p>"
    return _table(("judge", *keys), body) + note if body else ""


def _cells(cells: Sequence[CellResult]) -> str:
    head = ("scenario", "condition", "agent", "repeat", "complete", "failed", "outcome", "session")
    body = [
        (
            one.scenario,
            one.condition,
            one.agent,
            one.repeat,
            one.completeness,
            ", ".join(check.id for check in one.failed) or one.problem,
            one.outcome,
            one.session or "",
        )
        for one in cells[:_MOST_ROWS]
    ]
    return _table(head, body)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    numeric = [any(isinstance(row[at], int | float) for row in rows) for at in range(len(head))]
    tags = ['<th class="n">' if is_number else "<th>" for is_number in numeric]
    top = "".join(f"{tag}{escape(name)}</th>" for tag, name in zip(tags, head, strict=True))
    lines = "".join(f"<tr>{''.join(map(_datum, row))}</tr>\n" for row in rows)
    table = f"<table><thead><tr>{top}</tr></thead>\n<tbody>{lines}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _datum(value: object) -> str:
    if value is None:
        return '<td class="n">-</td>'
    if isinstance(value, float):
        return f'<td class="n">{value:.3f}</td>'
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"


def _interval(interval: tuple[float, float] | None) -> str:
    return "-" if interval is None else f"{interval[0]:+.3f} … {interval[1]:+.3f}"
