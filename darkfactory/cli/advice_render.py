"""Advice on the rules of skills, as people read it below a report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from darkfactory.cli.output import cut, flat
from darkfactory.cli.patch_lines import changed_lines
from darkfactory.cli.prose import wrapped

_MOST = 12
_MOST_CELLS = 3
_LAB = "Logs: cd .darkfactory/evals/lab && df sessions follow SESSION --from OFFSET"
_WHOLE = "Whole edits, for git apply: df evals report --json"


def advice_screen(rows: Sequence[Mapping[str, Any]], *, width: int | None) -> str:
    """Return the advice of a report, a paragraph a rule; empty where there is none."""
    if not rows:
        return ""
    parts = ["\n".join(_advice(row, width)) for row in rows[:_MOST]]
    if len(rows) > _MOST:
        parts.append(f"{len(rows) - _MOST} more: df evals report --json")
    notes = [_LAB] if any(cell["session"] for row in rows for cell in row["cells"]) else []
    notes += [_WHOLE] if any(row["patch"] for row in rows) else []
    if notes:
        parts.append("\n".join(notes))
    return "\n\n".join(parts)


def _advice(row: Mapping[str, Any], width: int | None) -> Iterator[str]:
    name = flat(f"{row['skill'] or ''} {row['rule']}").strip()
    yield from wrapped(f"{name}: ", row["advice"].upper(), width, hang=2)
    yield from wrapped("  ", row["counts"], width)
    yield from wrapped("  ", row["said"], width)
    for query in row["query"]:
        told = f"asked: {flat(query)}"
        yield f"  {told if width is None else cut(told, width - 2)}"
    for line in changed_lines(row["patch"] or ""):
        yield from wrapped("  ", line, width, hang=4)
    cells = [cell for cell in row["cells"] if cell["session"]]
    for cell in cells[:_MOST_CELLS]:
        yield f"  {flat(cell['session'])} {cell['violated_at'] or ''}".rstrip()
    if len(cells) > _MOST_CELLS:
        yield f"  and {len(cells) - _MOST_CELLS} more"
