"""Sentences on a terminal: broken between words, whole in a pipe."""

import textwrap
from collections.abc import Iterator

from darkfactory.cli.output import flat, plain, width_of

_MARK = "  | "
_TAB = 4


def wrapped(head: str, text: str, width: int | None, *, hang: int | None = None) -> list[str]:
    """Return *text* behind *head* in lines of at most *width* columns, one line for None.

    Args:
        hang: The indent of the further lines; None: as wide as *head*.
    """
    line = flat(text)
    if width is None:
        return [(head + line).rstrip()]
    indent = " " * (len(head) if hang is None else hang)
    return textwrap.wrap(
        line,
        width,
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def quoted(text: str, width: int | None, *, indent: str = "  ") -> list[str]:
    """Return a text of many lines, indented; where one is too long it goes on below itself.

    A line that fits is left as it is, for it may be code.
    """
    lines = [f"{indent}{line}".rstrip() for line in plain(text).split("\n")]
    return [part for line in lines for part in _broken(line, width)]


def marked(text: str, width: int | None, *, mark: str = _MARK) -> list[str]:
    """Return a fact in lines, each but the first behind *mark*: no part looks like another fact.

    On a terminal no line is wider than *width*, so that it breaks none itself.
    """
    lines = plain(text).split("\n")
    if width is not None:
        room = max(1, width - len(mark))
        lines = [part for line in lines for part in _folded(line.expandtabs(_TAB), room)]
    first, *more = (line.rstrip() for line in lines)
    return [first, *(f"{mark}{line}".rstrip() for line in more)]


def _folded(line: str, width: int) -> Iterator[str]:
    """Yield *line* in parts of at most *width* columns: broken at a space, else anywhere."""
    start, space, columns = 0, 0, 0
    for at, letter in enumerate(line):
        if letter == " " and line[start:at].strip():
            space = at
        columns += width_of(letter)
        if columns > width:
            end = space if space > start else at
            yield line[start:end]
            start = end + (line[end] == " ")
            columns = width_of(line[start : at + 1])
    yield line[start:]


def _broken(line: str, width: int | None) -> list[str]:
    if width is None or width_of(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.lstrip(),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
