"""What is known of a change when the agent's words on it are judged."""

from dataclasses import dataclass

from darkfactory.changes.commands import Command
from darkfactory.domain.change import FileDelta, HarnessResult

_NAMED = 3
Verdict = tuple[str, bool | None]
"""The fact that a claim is held against, and whether the claim holds (None: it cannot be told)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known: the *harness* on the merged result, the change itself, the agent's commands.

    *diff* may be cut or empty; it can only save a claim, never refute one.
    """

    harness: HarnessResult | None = None
    deltas: tuple[FileDelta, ...] = ()
    commands: tuple[Command, ...] = ()
    diff: str = ""


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Return the first of *names*, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
