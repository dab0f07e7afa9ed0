"""What to do about a score: nothing, warn, steer, nuke; one step after the other."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from darkfactory.domain.lane import WaffleLimits

_HELD_CHECKS = 2
_GRACE_CALLS = 5
_FEWEST_CALLS = 6
_FAMILIES = 2
_STEERS = 2
_NO_FACTS: Mapping[str, int] = {}


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

    A fact (success claimed where the harness fails, a check made weaker) is told at once, in the
    calls of grace too. The same fact once more, after the agent was told of it, needs neither a
    higher score nor a second steer for a nuke: no pattern is read out of what was done twice.
    """

    def __init__(self, limits: WaffleLimits) -> None:
        self._limits = limits
        self._held_nuke = 0
        self._steered_at: int | None = None
        self._in_vain = 0
        self._told: dict[str, int] = {}  # facts the agent was steered about, and their last event
        self._told_at: dict[str, int] = {}  # after how many calls
        self._twice = False
        self.action = Action.NONE
        self.steers = 0
        """How many steers were asked for so far; one is due whenever this rises."""

    def progress(self) -> None:
        """Forget the steers so far: the agent has moved on."""
        self._held_nuke = 0
        self._steered_at = None
        self._in_vain = 0
        self._twice = False

    def check(
        self,
        score: float,
        *,
        calls: int,
        families: Collection[str],
        strong: bool,
        hard: bool,
        again: bool,
        facts: Mapping[str, int] = _NO_FACTS,
    ) -> Action:
        """Return the action for *score* after another step of the session.

        Args:
            score: The score as it is now.
            calls: Tool calls so far.
            families: Families that doubt the session now.
            strong: One of the families shows what was done, not how it was said or how long.
            hard: The harness refutes the agent.
            again: This step is evidence of its own; talk beside a call is not.
            facts: What counts by itself when it is done twice, each with its last event.
        """
        limits = self._limits
        self._look_for_twice(facts, calls)
        if again:
            self._held_nuke = self._held_nuke + 1 if score >= limits.nuke else 0
        if score < limits.steer:
            self.action = Action.WARN if score >= limits.warn else Action.NONE
        elif self._nuke_is_due(calls, confirmed=hard or (strong and len(families) >= _FAMILIES)):
            self.action = Action.NUKE
        elif not self._in_grace(calls):
            self._in_vain += 1
            self._steer(calls, facts)
        elif facts.keys() - self._told.keys():
            self._steer(calls, facts)
        else:
            self.action = Action.STEER
        return self.action

    def _look_for_twice(self, facts: Mapping[str, int], calls: int) -> None:
        """See whether a fact is a new one of a kind that the agent has been told of."""
        for name, event in facts.items():
            if event <= self._told.get(name, event):
                continue
            self._told[name] = event
            # what comes at once was done before the words could be heard
            self._twice |= calls - self._told_at[name] >= _HELD_CHECKS

    def _in_grace(self, calls: int) -> bool:
        return self._steered_at is not None and calls - self._steered_at < _GRACE_CALLS

    def _nuke_is_due(self, calls: int, *, confirmed: bool) -> bool:
        if calls < _FEWEST_CALLS:
            return False
        return self._twice or (
            self._in_vain >= _STEERS
            and self._steered_at is not None
            and calls - self._steered_at >= _HELD_CHECKS
            and self._held_nuke >= _HELD_CHECKS
            and confirmed
        )

    def _steer(self, calls: int, facts: Mapping[str, int]) -> None:
        self.action = Action.STEER
        self.steers += 1
        self._steered_at = calls
        self._told.update(facts)
        self._told_at.update(dict.fromkeys(facts, calls))
