"""What keeps a session from starting now: people who hold no more, a run's budget used up.

Asked when an item is fed to the engine and again when its turn has come, for both may have changed
while it waited.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from darkfactory.domain.change import ChangeState
from darkfactory.domain.lane import Budget, Lane
from darkfactory.factory.budgets import Grant, Spending, grant
from darkfactory.factory.line import Line
from darkfactory.factory.open_decisions import full_heads, open_decisions
from darkfactory.sessions.spec import SessionSpec


@dataclass(slots=True)
class Permits:
    """The permits of one run with at most *cap* sessions at once. Safe to use from threads."""

    line: Line
    cap: int
    _reserved: dict[str, Budget] = field(default_factory=dict)

    def full_heads(self) -> str:
        """Return why nothing new may start while people judge, empty if it may."""
        return full_heads(self.line)

    def heads_have_room(self, settling: Collection[str]) -> bool:
        """Tell whether a decision more has room, those counted that *settling* items may become."""
        limit = self.line.settings.limits.brain_space
        if not limit:
            return True
        with self.line.lock:
            changes = {item: self.line.record.changes.of_item(item) for item in tuple(settling)}
        told = (ChangeState.WAITING_TASTE,)
        soon = sum(change is None or change.state not in told for change in changes.values())
        return open_decisions(self.line) + soon < limit

    def spent(self, item: str, lane: Lane) -> str:
        """Return why the run's budget has nothing for *item*, empty if it has."""
        return self._grant(item, lane).refusal

    def reserve(self, item: str, lane: Lane) -> Lane | None:
        """Return *lane* with its part of the run's budget, reserved for *item*; None if none is."""
        with self.line.lock:
            budget = self._grant(item, lane).budget
            if budget is None:
                return None
            self._reserved[item] = budget
        return replace(lane, budget=budget)

    def adopt(self, item: str, spec: SessionSpec) -> None:
        """Reserve for *item* what its running session was granted when it started."""
        tokens = None if spec.tokens is None else max(0, spec.tokens - spec.total_before)
        usd = None if spec.usd is None else max(0.0, spec.usd - spec.cost_before)
        with self.line.lock:
            self._reserved[item] = Budget(tokens=tokens, usd=usd)

    def release(self, item: str) -> None:
        """Take the reservation of *item* back: what it used is on record now, or it never ran."""
        with self.line.lock:
            self.line.record.refresh()
            self._reserved.pop(item, None)

    def _grant(self, item: str, lane: Lane) -> Grant:
        with self.line.lock:
            self.line.record.refresh()
            limits = replace(self.line.settings.limits, lanes=self.cap)
            return grant(lane.budget, limits, self._spending(item))

    def _spending(self, asking: str) -> list[Spending]:
        """Return what the sessions of the run have used, and what may still be used by others.

        A session that runs again has used what it had used when it last ended.
        """
        run = self.line.record.run
        found = []
        for session, (tokens, usd) in (run.sessions if run else {}).items():
            row = self.line.record.sessions[session]
            found.append(Spending(row.tokens - tokens, row.cost_usd - usd, None, None, ended=True))
        for item, budget in self._reserved.items():
            if item != asking:
                found.append(Spending(0, 0.0, budget.tokens, budget.usd, ended=False))
        return found
