"""What judging a check comes to."""

from dataclasses import dataclass


class Undecided(Exception):
    """Nobody can tell how a check stands; the text says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a check *passed*, *because* of what, and the places of the events that show it.

    *exercised* is false where nothing happened that the check is about. Where nobody could tell
    (*decided* is false), it has not passed.
    """

    passed: bool
    because: str
    events: tuple[int, ...] = ()
    exercised: bool = True
    decided: bool = True

    @property
    def kept(self) -> bool | None:
        """Whether a rule with this check was kept; None where its case never came or is unknown."""
        if not self.decided:
            return None
        return True if self.passed else (False if self.exercised else None)
