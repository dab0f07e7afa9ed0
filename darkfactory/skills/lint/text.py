"""One text file of a skill, and how rules look for words in it without paying for its size."""

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from darkfactory.skills.lint.markdown import Markdown, read_markdown

CHARACTERS_A_TOKEN = 4
_STEP = 300


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

    def _places(self, hints: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Yield beginning and end of what surrounds each of *hints*, within its line."""
        for hint in hints:
            at = self.folded.find(hint)
            while at >= 0:
                start = max(self.folded.rfind("\n", 0, at) + 1, at - _STEP)
                end = self.folded.find("\n", at)
                end = len(self.folded) if end < 0 else end
                yield start, min(end, at + 2 * _STEP)
                at = self.folded.find(hint, min(end, at + _STEP))

    def line_at(self, place: int) -> int:
        """Return the number of the line that *place* of the folded text is in."""
        return bisect.bisect_right(self._starts, place)

    @cached_property
    def _starts(self) -> list[int]:
        lengths = (len(line) + 1 for line in self.folded.split("\n"))
        return list(itertools.accumulate(lengths, initial=0))[:-1]
