"""The structure of a Markdown text by its lines: which are code, and where headings stand.

No tree is built, so nothing nests and a text of any shape costs one pass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_FENCE = re.compile(r" {0,12}(?:[-*>] |\d{1,3}\. )?(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.{1,300})")


@dataclass(frozen=True)
class Markdown:
    """Lines of a text; the first has number *first* in its file; *code* marks fenced ones."""

    first: int
    lines: tuple[str, ...]
    code: tuple[bool, ...]

    @cached_property
    def prose(self) -> tuple[tuple[int, str], ...]:
        """Number and text of the lines outside of code."""
        told = zip(self.lines, self.code, strict=True)
        return tuple((at, line) for at, (line, code) in enumerate(told, self.first) if not code)

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        """Number and text of the headings."""
        marked = ((at, _HEADING.match(line)) for at, line in self.prose if "#" in line)
        return tuple((at, found[2].strip(" #")) for at, found in marked if found)


def read_markdown(lines: Sequence[str], first: int = 1) -> Markdown:
    """Return the structure of *lines*; a fence that is never closed runs to the end."""
    code = [False] * len(lines)
    opened, fence = 0, ""
    for at, line in enumerate(lines):
        found = _FENCE.match(line[:200]) if "```" in line or "~~~" in line else None
        if found and not fence:
            opened, fence = at, found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            code[opened : at + 1] = [True] * (at + 1 - opened)
            fence = ""
    if fence:
        code[opened:] = [True] * (len(lines) - opened)
    return Markdown(first, tuple(lines), tuple(code))
