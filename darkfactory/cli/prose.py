"""Sentences on a terminal: broken between words, whole in a pipe."""

import textwrap

from darkfactory.cli.output import flat, plain


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


def quoted(text: str, width: int | None) -> list[str]:
    """Return a text of many lines, indented, each line of it broken for itself."""
    lines = plain(text).splitlines()
    return [part for line in lines for part in (wrapped("  ", line, width) or [""])]
