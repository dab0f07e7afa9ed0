"""Rows in columns: fitted to a terminal, whole and with tabs between them in a pipe."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from darkfactory.cli.output import flat, one_line, padded, width_of

_GAP = "  "
_LEAST_LAST = 32
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column, by its heading. Where a terminal is narrow, the highest *spare* leaves first.

    Numbers stand on the *right*. A column without any text is not shown on a terminal.
    """

    name: str
    spare: int = 0
    right: bool = False


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None,
    whole: bool = False,
) -> str:
    """Return *rows* under their headings, each on one line.

    Args:
        width: The columns of the terminal: what does not fit is left out or cut, the last column
            first. None: nothing is, and a tab parts the cells.
        whole: Break the last column into several lines rather than cut it.
    """
    cells = [[flat(cell) for cell in row] for row in rows]
    if width is None:
        return "\n".join("\t".join(row) for row in ([one.name for one in columns], *cells))
    kept = _kept(columns, cells, width)
    shown = [columns[at] for at in kept]
    lines = [[one.name for one in shown], *([row[at] for at in kept] for row in cells)]
    sizes = _sizes(lines, width)
    if not whole:
        return "\n".join(_line(shown, line, sizes) for line in lines)
    broken = [part for line in lines for part in _broken(line, sizes[-1])]
    return "\n".join(_line(shown, line, sizes) for line in broken)


def _kept(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return which columns are shown: those with a text, as many of the spare ones as fit."""
    widths = {
        at: max(map(width_of, (column.name, *(row[at] for row in rows))))
        for at, column in enumerate(columns)
        if at == 0 or not rows or any(row[at] for row in rows)
    }
    last_gives = max(0, list(widths.values())[-1] - _LEAST_LAST)
    while sum(widths.values()) - last_gives > _room(width, len(widths)):
        spare = max(widths, key=lambda at: columns[at].spare)
        if not columns[spare].spare:
            break
        del widths[spare]
    return list(widths)


def _sizes(lines: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: the last one gives way first, then the widest."""
    sizes = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    over = sum(sizes) - _room(width, len(sizes))
    sizes[-1] -= min(max(0, over), max(0, sizes[-1] - _LEAST_LAST))
    while sum(sizes) > _room(width, len(sizes)) and max(sizes) > _LEAST:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _broken(cells: Sequence[str], width: int) -> list[list[str]]:
    """Return a row as several: the last cell goes on below itself."""
    parts = textwrap.wrap(cells[-1], width, break_on_hyphens=False) or [""]
    return [
        [*(cells[:-1] if at == 0 else [""] * (len(cells) - 1)), part]
        for at, part in enumerate(parts)
    ]


def _room(width: int, columns: int) -> int:
    return width - len(_GAP) * (columns - 1)


def _line(columns: Sequence[Column], cells: Sequence[str], sizes: Sequence[int]) -> str:
    return _GAP.join(
        padded(one_line(cell, size), size, right=column.right)
        for column, cell, size in zip(columns, cells, sizes, strict=True)
    ).rstrip()
