"""The structure of a Markdown text by its lines: which are code, and where headings stand.

No tree is built, so nothing nests and a text of any shape costs one pass.
"""

import re
from collections.abc import Iterator, Sequence
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

    def headings(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of the headings."""
        for number, line in self.prose:
            found = _HEADING.match(line) if "#" in line else None
            if found:
                yield number, found[2].strip(" #")


def read_markdown(lines: Sequence[str], first: int = 1) -> Markdown:
    """Return the structure of *lines*; a fence that is never closed runs to the end."""
    code: list[bool] = []
    fence = ""
    for line in lines:
        found = _FENCE.match(line[:200]) if "```" in line or "~~~" in line else None
        if not fence:
            fence = found[1] if found else ""
            code.append(bool(fence))
        else:
            code.append(True)
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
    return Markdown(first, tuple(lines), tuple(code))
