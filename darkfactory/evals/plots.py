"""Drawings of a report as SVG text: a forest of intervals, a heat map of scenarios."""

from collections.abc import Mapping, Sequence
from html import escape

from darkfactory.evals.compare import Comparison

_ROW = 24
_LEFT = 300
_WIDTH = 420
_RIGHT = 190
_HEAD = 26
_CELL = 74
_NAMES = 220
_LEAST_REACH = 0.05


def forest(rows: Sequence[Comparison], margin: float) -> str:
    """Return the intervals of *rows* around zero; the band is the margin."""
    if not rows:
        return ""
    ends = [abs(end) for row in rows for end in row.interval or (row.delta,)]
    reach = max(*ends, margin, _LEAST_REACH) * 1.1
    height = _HEAD + _ROW * len(rows) + 8
    total = _LEFT + _WIDTH + _RIGHT
    band = (_x(-margin, reach), _x(margin, reach))
    parts = [
        (
            f'<rect class="band" x="{band[0]:.1f}" y="{_HEAD - 8}" width="{band[1] - band[0]:.1f}" '
            f'height="{height - _HEAD + 4}"/>'
        ),
        (
            f'<line class="zero" x1="{_x(0, reach):.1f}" x2="{_x(0, reach):.1f}" y1="{_HEAD - 8}" '
            f'y2="{height - 4}"/>'
        ),
        *(_tick(value, reach) for value in (-reach / 1.1, 0.0, reach / 1.1)),
        *(_forest_row(row, number, reach) for number, row in enumerate(rows)),
    ]
    return _svg(total, height, "Differences with their 95 % intervals", parts)


def heat_map(
    values: Mapping[tuple[str, str], float | None], rows: Sequence[str], columns: Sequence[str]
) -> str:
    """Return *values* by (row, column) as coloured cells with their figure; None is a hole."""
    if not rows or not columns:
        return ""
    head = 120
    width, height = _NAMES + _CELL * len(columns) + 90, head + _ROW * len(rows) + 4
    parts = [_column(name, number, head) for number, name in enumerate(columns)]
    for number, row in enumerate(rows):
        y = head + number * _ROW
        parts.append(f'<text x="{_NAMES - 8}" y="{y + 16}" text-anchor="end">{_short(row)}</text>')
        parts += [
            _heat(values.get((row, column)), _NAMES + at * _CELL, y, f"{row}, {column}")
            for at, column in enumerate(columns)
        ]
    return _svg(width, height, "Completeness of each scenario under each condition", parts)


def _forest_row(row: Comparison, number: int, reach: float) -> str:
    y = _HEAD + number * _ROW + 10
    name = _short(f"{row.a} → {row.b}, {row.agent or 'all agents'}", 44)
    text = f'<text x="0" y="{y + 4}">{name}</text>'
    kind = str(row.verdict).replace(" ", "-")
    low, high = row.interval or (row.delta, row.delta)
    line = (
        f'<line class="interval" x1="{_x(low, reach):.1f}" x2="{_x(high, reach):.1f}" y1="{y}" '
        f'y2="{y}"/>'
    )
    dot = f'<circle class="{kind}" cx="{_x(row.delta, reach):.1f}" cy="{y}" r="5"/>'
    told = f"{row.delta:+.3f}  {row.verdict}"
    end = f'<text x="{_LEFT + _WIDTH + 12}" y="{y + 4}">{escape(told)}</text>'
    return text + (line if row.interval else "") + dot + end


def _tick(value: float, reach: float) -> str:
    return f'<text x="{_x(value, reach):.1f}" y="12" text-anchor="middle">{value:+.2f}</text>'


def _x(value: float, reach: float) -> float:
    return _LEFT + _WIDTH * (value + reach) / (2 * reach)


def _column(name: str, number: int, head: int) -> str:
    x = _NAMES + number * _CELL + _CELL / 2
    turn = f"rotate(-40 {x:.0f} {head - 8})"
    return f'<text x="{x:.0f}" y="{head - 8}" transform="{turn}">{_short(name)}</text>'


def _heat(value: float | None, x: float, y: float, name: str) -> str:
    if value is None:
        return f'<rect class="hole" x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 2}"/>'
    hue, light = round(120 * value), 86 - round(14 * value)
    box = (
        f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 2}" '
        f'fill="hsl({hue} 60% {light}%)"><title>{escape(name)}</title></rect>'
    )
    place = f'x="{x + _CELL / 2 - 1:.0f}" y="{y + 15}" text-anchor="middle"'
    return f'{box}<text class="on" {place}>{value:.2f}</text>'


def _short(text: str, most: int = 28) -> str:
    return escape(text if len(text) <= most else text[: most - 1] + "…")


def _svg(width: float, height: float, name: str, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" aria-label="{escape(name)}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'
    )
