"""What to do about a score: nothing, warn, steer, nuke; one step after the other."""

from collections.abc import Collection
from enum import StrEnum

from darkfactory.domain.lane import WaffleLimits

_HELD_CHECKS = 2
_GRACE_CALLS = 5
_FEWEST_CALLS = 6
_FAMILIES = 2
_STEERS = 2


class Action(StrEnum):
    """What a session's score asks for, mildest first."""

    NONE = "none"
    WARN = "warn"
    STEER = "steer"
    NUKE = "nuke"


class Ladder:
    """Climbs from warn to steer to a second steer to nuke as the score stays high.

    A steer comes at once (waiting for a second look kept no false alarm away on 281 sessions that
    ended well). Then the agent has five calls of grace before the next one. A nuke takes all of: a
    score held at the limit for two steps, two families of signals of which one is strong, or a
    verdict of the harness against the agent, six calls, two steers in vain, and no progress since
    the first. It is assumed that each steer is delivered and changes nothing.
    """

    def __init__(self, limits: WaffleLimits) -> None:
        self._limits = limits
        self._held_nuke = 0
        self._steered_at: int | None = None
        self._in_vain = 0
        self.action = Action.NONE
        self.steers = 0
        """How many steers were asked for so far; one is due whenever this rises."""

    def progress(self) -> None:
        """Forget the steers so far: the agent has moved on."""
        self._held_nuke = 0
        self._steered_at = None
        self._in_vain = 0

    def check(
        self,
        score: float,
        *,
        calls: int,
        families: Collection[str],
        strong: bool,
        hard: bool,
        again: bool,
    ) -> Action:
        """Return the action for *score* after another step of the session.

        Args:
            score: The score as it is now.
            calls: Tool calls so far.
            families: Families that doubt the session now.
            strong: One of the families shows what was done, not how it was said or how long.
            hard: The harness refutes the agent.
            again: This step is evidence of its own; talk beside a call is not.
        """
        limits = self._limits
        if again:
            self._held_nuke = self._held_nuke + 1 if score >= limits.nuke else 0
        if score < limits.steer:
            self.action = Action.WARN if score >= limits.warn else Action.NONE
        elif self._nuke_is_due(calls, confirmed=hard or (strong and len(families) >= _FAMILIES)):
            self.action = Action.NUKE
        elif self._in_grace(calls):
            self.action = Action.STEER
        else:
            self._steer(calls)
        return self.action

    def _in_grace(self, calls: int) -> bool:
        return self._steered_at is not None and calls - self._steered_at < _GRACE_CALLS

    def _nuke_is_due(self, calls: int, *, confirmed: bool) -> bool:
        return (
            self._in_vain >= _STEERS
            and self._steered_at is not None
            and calls - self._steered_at >= _HELD_CHECKS
            and self._held_nuke >= _HELD_CHECKS
            and confirmed
            and calls >= _FEWEST_CALLS
        )

    def _steer(self, calls: int) -> None:
        self.action = Action.STEER
        self.steers += 1
        self._in_vain += 1
        self._steered_at = calls
