"""A place in a change that a person should see, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a change, or with *line* above 0 a line of it, and *why* to look at it."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.why}" if self.line else f"{self.path} {self.why}"
