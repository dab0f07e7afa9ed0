"""Sentences on a terminal: broken between words, whole in a pipe."""

import textwrap

from darkfactory.cli.output import flat, plain, width_of


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
