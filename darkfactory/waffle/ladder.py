"""What to do about a score: nothing, warn, steer, nuke; one step after the other."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.domain.lane import WaffleLimits

_HELD_CHECKS = 2
_GRACE_CALLS = 5
_FEWEST_CALLS = 6
_FAMILIES = 2
_STEERS = 2
_WAITING = 8
_NO_FACTS: Mapping[str, int] = {}


class Action(StrEnum):
    """What a session's score asks for, mildest first."""

    NONE = "none"
    WARN = "warn"
    STEER = "steer"
    NUKE = "nuke"


@dataclass(slots=True)
class _Waiting:
    """A steer that the agent has not heard yet. *counts*: it is one of the two before a nuke."""

    number: int
    facts: tuple[str, ...]
    counts: bool
    applied: bool


class Ladder:
    """Climbs from warn to steer to a second steer to nuke as the score stays high.

    A steer comes at once (waiting for a second look kept no false alarm away on 281 sessions that
    ended well). Then the agent has five calls of grace before the next one, from the answer on that
    could hear it: whoever tells the ladder of its steers says when. A nuke takes all of: a
    score held at the limit for two steps, two families of signals of which one is strong, or a
    verdict of the harness against the agent, six calls, two steers heard in vain, and no progress
    since the first.

    A fact (success claimed where the harness fails, a check made weaker) is told at once, in the
    calls of grace too. The same fact once more, after the agent heard of it, needs neither a
    higher score nor a second steer for a nuke: no pattern is read out of what was done twice.
    """

    def __init__(self, limits: WaffleLimits) -> None:
        self._limits = limits
        self._steers_told = False
        self._held_nuke = 0
        self._steered_at = 0
        self._heard_at: int | None = None
        self._in_vain = 0
        self._waiting: deque[_Waiting] = deque(maxlen=_WAITING)
        self._told: dict[str, int] = {}  # facts the agent was steered about, and their last event
        self._told_at: dict[str, int] = {}  # after how many calls
        self._heard_of: set[str] = set()
        self._twice = False
        self.action = Action.NONE
        self.steers = 0
        """How many steers were asked for so far; one is due whenever this rises."""

    def begin(self, *, told: bool) -> None:
        """Note that a run of the session begins, which gives no steer that an earlier one asked.

        Args:
            told: A steer has reached its agent only once that is told, else at once.
        """
        self._steers_told = told
        self.lost(self.steers)

    def waiting(self, number: int) -> None:
        """Note that steer *number*, and what was asked before it, is still on its way."""
        for one in self._waiting:
            one.applied = one.applied and one.number > number

    def applied(self, number: int) -> None:
        """Note that steer *number*, which also tells what was asked before it, was given."""
        for one in self._waiting:
            one.applied = one.applied or one.number <= number

    def shown(self, number: int, calls: int) -> None:
        """Note that steer *number* was shown to people instead, after *calls*."""
        self.lost(number)
        self._heard_at = calls

    def lost(self, number: int) -> None:
        """Note that the agent will never hear steer *number*, nor what was asked before it."""
        self._waiting = deque(
            (one for one in self._waiting if one.number > number), maxlen=_WAITING
        )

    def answered(self, calls: int) -> None:
        """Note that an answer begins after *calls*: it knows of every steer that was given."""
        for one in tuple(self._waiting):
            if one.applied:
                self._waiting.remove(one)
                self._heard_of.update(one.facts)
                self._in_vain += one.counts
                self._heard_at = calls

    def progress(self) -> None:
        """Forget the steers so far: the agent has moved on."""
        self._held_nuke = 0
        self._heard_at = None
        self._in_vain = 0
        self._twice = False
        for one in self._waiting:
            one.counts = False

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
            self._steer(calls, facts, counts=True)
        elif facts.keys() - self._told.keys():
            self._steer(calls, facts, counts=False)
        else:
            self.action = Action.STEER
        return self.action

    def _look_for_twice(self, facts: Mapping[str, int], calls: int) -> None:
        """See whether a fact is a new one of a kind that the agent has been told of."""
        for name, event in facts.items():
            if event <= self._told.get(name, event):
                continue
            self._told[name] = event
            heard = name in self._heard_of
            self._twice |= heard and calls - self._told_at[name] >= _HELD_CHECKS

    def _in_grace(self, calls: int) -> bool:
        if any(one.counts for one in self._waiting):
            return True
        return self._heard_at is not None and calls - self._heard_at < _GRACE_CALLS

    def _nuke_is_due(self, calls: int, *, confirmed: bool) -> bool:
        if calls < _FEWEST_CALLS:
            return False
        return self._twice or (
            self._in_vain >= _STEERS
            and calls - self._steered_at >= _HELD_CHECKS
            and calls > (self._heard_at or 0)
            and self._held_nuke >= _HELD_CHECKS
            and confirmed
        )

    def _steer(self, calls: int, facts: Mapping[str, int], *, counts: bool) -> None:
        self.action = Action.STEER
        self.steers += 1
        self._steered_at = calls
        self._told.update(facts)
        self._told_at.update(dict.fromkeys(facts, calls))
        one = _Waiting(self.steers, tuple(facts), counts, not self._steers_told)
        self._waiting.append(one)
