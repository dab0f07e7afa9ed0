"""One text file of a skill, and how rules look for words in it without paying for its size."""

import bisect
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from darkfactory.skills.lint.markdown import Markdown, read_markdown

CHARACTERS_A_TOKEN = 4
_STEP = 300
# A sentence is looked at with one line before and after it, a command with so many.
_CONTINUED = 4
_OWN_LINE = re.compile(r"[^\S\n]*(?:\n|\Z|[-*+>|#]|\d{1,3}[.)]|```|~~~|<!--)")


@dataclass(frozen=True)
class Text:
    """One text file of a skill; *name* is below its folder.

    *lone_return* is its first line that ends in a carriage return alone, None: there is none.
    """

    name: str
    text: str
    lone_return: int | None = None

    @cached_property
    def folded(self) -> str:
        """The text in small letters."""
        return self.text.lower()

    @cached_property
    def markdown(self) -> Markdown:
        """The structure, as if it was Markdown."""
        return read_markdown(self.text.split("\n"))

    @cached_property
    def prose(self) -> str:
        """The lines outside of code in small letters."""
        return "\n".join(line for _, line in self.markdown.prose).lower()

    @property
    def tokens(self) -> int:
        """About how many tokens it is, by the same measure for every agent."""
        return len(self.text) // CHARACTERS_A_TOKEN

    def near(self, *hints: str) -> Iterator[tuple[int, str]]:
        """Yield line number and surroundings of each of *hints*, all in small letters.

        The text is searched for plain words first, and only what is near one is left to a pattern:
        so a rule costs next to nothing where none is, and the same everywhere in a hostile text.
        """
        for start, end in self._places(hints):
            yield self.line_at(end - 1), self.folded[start:end]

    def near_exact(self, *hints: str) -> Iterator[tuple[int, str]]:
        """Yield the same with the letters as they were written, where that can be told."""
        exact = self.text if len(self.text) == len(self.folded) else self.folded
        for start, end in self._places(hints):
            yield self.line_at(end - 1), exact[start:end]

    def around(self, *hints: str) -> Iterator[tuple[int, str]]:
        """Yield beginning and surroundings of each of *hints*, with lines that were wrapped as one.

        Each character keeps its place: :meth:`line_at` tells the line of what is found there.
        """
        for place in self._places(hints):
            start, end = self._whole(*place)
            near = self.folded[start:end]
            yield start, near.replace("\\\n", "  ").replace("\n", " ").replace("\t", " ")

    def _whole(self, start: int, end: int) -> tuple[int, int]:
        """Return what surrounds a place with the lines that it was wrapped or continued on."""
        for turn in range(_CONTINUED):
            before, behind = start, end
            if start and self._goes_on(start - 1, wrapped=not turn):
                start = max(self.folded.rfind("\n", 0, start - 1) + 1, start - _STEP)
            if self._goes_on(end, wrapped=not turn):
                after = self.folded.find("\n", end + 1)
                end = min(len(self.folded) if after < 0 else after, end + _STEP)
            if (start, end) == (before, behind):
                break
        return start, end

    def _goes_on(self, newline: int, *, wrapped: bool) -> bool:
        """Tell whether a command goes on behind *newline*, or, if *wrapped* counts, a sentence."""
        if self.folded[newline : newline + 1] != "\n":
            return False
        if self.folded[newline - 1] == "\\":
            return True
        if not wrapped or not self.name.endswith(".md"):
            return False
        before = self.folded[self.folded.rfind("\n", 0, newline) + 1 : newline]
        if not before.strip() or _OWN_LINE.match(self.folded, newline + 1):
            return False
        line = self.line_at(newline)
        return not any(self.markdown.code[line - 1 : line + 1])

    def _places(self, hints: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Yield beginning and end of what surrounds each of *hints*, within its line."""
        folded = self.folded
        # Most texts hold none of most hints, and to ask for that is what costs least.
        for hint in [each for each in hints if each in folded]:
            at = folded.find(hint)
            while at >= 0:
                start = max(folded.rfind("\n", 0, at) + 1, at - _STEP)
                end = folded.find("\n", at)
                end = len(folded) if end < 0 else end
                yield start, min(end, at + 2 * _STEP)
                at = folded.find(hint, min(end, at + _STEP))

    def line_at(self, place: int) -> int:
        """Return the number of the line that *place* of the folded text is in."""
        return bisect.bisect_right(self._starts, place)

    @cached_property
    def _starts(self) -> list[int]:
        lengths = map((1).__add__, map(len, self.folded.split("\n")))
        return list(itertools.accumulate(lengths, initial=0))[:-1]
