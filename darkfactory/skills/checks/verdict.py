"""What judging a check comes to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a check *passed*, *because* of what, and the places of the events that show it.

    *exercised* is false where nothing happened that the check is about.
    """

    passed: bool
    because: str
    events: tuple[int, ...] = ()
    exercised: bool = True

    @property
    def kept(self) -> bool | None:
        """Whether a rule with this check was kept; None where its case never came."""
        return True if self.passed else (False if self.exercised else None)
