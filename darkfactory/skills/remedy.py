"""What helps against a rule that sessions break: one table over what their logs show. Pure."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

TOP, LATE = "top", "late"
"""Where a rule may stand in SKILL.md; else its place is a reference's path, or nowhere (empty)."""


class Remedy(StrEnum):
    """What to do about a rule, in the order of the causes: an earlier one hides the later."""

    PUSH = "description or push"
    """The skill was not loaded: its description does not call, or nobody names it."""
    INLINE = "move inline"
    """It stands where the sessions did not look."""
    CONDENSE = "condense to one line inline"
    """They did look, and it drowned in the detail."""
    RAISE = "move to the top"
    """It stands in SKILL.md, too far down."""
    REASON = "add reason and example"
    """It was read and did not convince."""
    ENFORCE = "enforce"
    """Its words were mended before: only a machine can hold it now."""
    DELETE = "candidate for deletion"
    """It is kept as well without the skill."""


MOVES = frozenset({Remedy.INLINE, Remedy.CONDENSE, Remedy.RAISE})
"""The remedies that one edit by rule carries out: a line among the non-negotiables at the top."""


def remedy_of(
    *, loaded: bool | None, place: str | None, opened: bool, revised: bool = False
) -> Remedy | None:
    """Return what helps against a rule that a session broke; None where it cannot be told.

    Args:
        loaded: Whether the session loaded the skill; None if its log does not tell.
        place: Where the rule stood; None if nobody knows.
        opened: Whether the session opened the reference that holds the rule.
        revised: Whether the rule was mended once before.
    """
    if loaded is False:
        return Remedy.PUSH
    if loaded is None or place is None:
        return None
    if place == TOP:
        return Remedy.ENFORCE if revised else Remedy.REASON
    if place == LATE:
        return Remedy.RAISE
    return Remedy.CONDENSE if opened else Remedy.INLINE


def commonest_remedy(found: Iterable[Remedy | None]) -> Remedy | None:
    """Return the remedy of most sessions, of equals the one whose cause comes first.

    Sessions of which it cannot be told do not count.
    """
    counts = Counter(one for one in found if one is not None)
    order = list(Remedy)
    return min(counts, key=lambda one: (-counts[one], order.index(one)), default=None)
