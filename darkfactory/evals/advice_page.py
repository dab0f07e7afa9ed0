"""The section of the HTML report on non-negotiables; everything from strangers escaped."""

from collections.abc import Iterator, Sequence
from html import escape

from darkfactory.evals.advice import Advice, counts_of
from darkfactory.evals.result import CellResult
from darkfactory.events.offset import format_offset

_UNKNOWN = "unknown"


def advice_section(advice: Sequence[Advice]) -> str:
    """Return *advice* as HTML, empty where there is none."""
    return "".join(part for one in advice for part in _parts(one))


def _parts(one: Advice) -> Iterator[str]:
    name = escape(f"{one.skill} {one.rule}".strip())
    yield f"<h3>{name}: {escape(str(one.remedy or _UNKNOWN))}</h3>\n"
    yield f"<p>{escape(counts_of(one))}.</p>\n<p>{escape(one.said)}.</p>\n"
    for query in one.query:
        yield f'<p>Asked:</p>\n<pre class="wide">{escape(query)}</pre>\n'
    if one.patch:
        yield f'<pre class="wide">{escape(one.patch)}</pre>\n'
    places = [_place(cell, one.rule) for cell in one.cells if cell.session]
    if places:
        yield f"<ul>{''.join(f'<li>{escape(place)}</li>' for place in places)}</ul>\n"


def _place(cell: CellResult, rule: str) -> str:
    seen = cell.trace.rules.get(rule) if cell.trace else None
    at = "" if seen is None or seen.offset is None else f" {format_offset(seen.offset)}"
    return f"{cell.session}{at}"
