"""A world in which queues of changes are tested and land, without git and without waiting.

The unit of time is one harness run, which takes 0.9 to 1.1. Changes are approved one after another
or all at once, each green by itself. A share of them fails merged; pairs conflict in what they
mean or in their lines; runs fail now and then for no reason. Landed changes are on the base.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from darkfactory.gate.queue import (
    Moves,
    Queue,
    Verdict,
    batch_limit,
    decide,
    failure_rate,
    is_worth_a_retry,
)

Policy = Callable[[Queue], Moves]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What comes to the queue: *rate* changes a harness run, or all at once where it is 0."""

    runners: int = 1
    rate: float = 0.5
    fails: float = 0.1
    changes: int = 200
    flakes: float = 0.0
    means: float = 0.005
    lines: float = 0.01


@dataclass(slots=True)
class Outcome:
    """What became of the changes; *waits* from the first approval to the landing, in runs.

    *stays* are (since when it was approved and mergeable, how long until it landed).
    """

    waits: list[float] = field(default_factory=list)
    stays: list[tuple[float, float]] = field(default_factory=list)
    runs: int = 0
    refused: int = 0
    wrongly: int = 0
    ended: float = 0.0
    red_landings: int = 0
    landed: list[int] = field(default_factory=list)

    @property
    def runs_each(self) -> float:
        """Harness runs a landed change."""
        return self.runs / len(self.waits)

    @property
    def throughput(self) -> float:
        """Landed changes a harness run's time."""
        return len(self.waits) / self.ended

    def wait(self, share: float) -> float:
        """Return the wait that *share* of the landed changes did not exceed."""
        return sorted(self.waits)[int(share * len(self.waits))]


@dataclass(slots=True)
class _Change:
    id: int
    bad: bool
    first: float
    since: float = 0.0
    tried: int = 0


class World:
    """One run of a scenario under one policy.

    Args:
        batch: How many changes a run may add; None lets the measured failure rate decide.
        serial: Only ever use one runner.
        retries: Whether a red change may be run once more.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        *,
        policy: Policy = decide,
        batch: int | None = None,
        serial: bool = False,
        retries: bool = True,
    ) -> None:
        self._it = scenario
        self._random = random.Random(seed)  # noqa: S311 - a world, no secret
        self._policy = policy
        self._batch = batch
        self._runners = 1 if serial else scenario.runners
        self._may_retry = retries
        self._pairs: dict[tuple[str, int, int], bool] = {}
        self._main: list[int] = []
        self._landed_at: list[tuple[int, float]] = []
        self._events: list[tuple[float, int, str, Any]] = []
        self._number = 0
        self._chain: list[_Change] = []
        self._running: dict[tuple[int, ...], int] = {}
        self._results: dict[tuple[int, ...], bool] = {}
        self._seen_red: set[tuple[tuple[int, ...], int]] = set()
        self._aside: list[tuple[_Change, tuple[int, ...]]] = []
        self._side_runs = 0
        self._judged: list[bool] = []
        self._ids = scenario.changes
        self._retries = self._flaked = 0
        self._now = 0.0
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Let everything happen and return what became of it."""
        for change in self._arrivals():
            self._happens(change.first, "approved", change)
        while self._events:
            self._now, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(what)
            while self._wake_up():
                pass
        assert not self._chain
        self.outcome.ended = self._now
        return self.outcome

    def _arrivals(self) -> Iterator[_Change]:
        at = 0.0
        for number in range(self._it.changes):
            at += self._random.expovariate(self._it.rate) if self._it.rate else 0.0
            yield _Change(number, self._random.random() < self._it.fails, at)

    def _happens(self, at: float, kind: str, what: Any) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, kind, what))

    def _approved(self, change: _Change) -> None:
        change.since = self._now
        self._chain.append(change)

    def _ran(self, what: tuple[tuple[int, ...], int, list[_Change]]) -> None:
        key, token, changes = what
        if self._running.get(key) != token:
            return  # it was stopped
        del self._running[key]
        bad = self._first_bad(changes)
        self._results[key] = bad is None and self._random.random() >= self._it.flakes
        if bad is not None:
            self._seen_red.add((key, bad))

    def _ran_again(self, what: tuple[_Change, tuple[int, ...], bool]) -> None:
        change, key, good = what
        self._side_runs -= 1
        self._retries += 1
        if good and self._random.random() >= self._it.flakes:
            self._flaked += 1
            self._results[key] = True
            self._chain.insert(0, change)
        else:
            self._refuse(good=good)

    def _wake_up(self) -> bool:
        """Do what the policy says now; tell whether it wants to be asked again at once."""
        plan = self._plan()
        keys = [(*self._main, *(one.id for one in plan[:n])) for n in range(1, len(plan) + 1)]
        places = {key: place for place, key in enumerate(keys, start=1)}
        self._running = {key: token for key, token in self._running.items() if key in places}
        self._run_again()
        runners = self._runners - self._side_runs
        moves = self._policy(
            Queue(
                approved=len(plan),
                verdicts={
                    places[key]: Verdict.GREEN if good else Verdict.RED
                    for key, good in self._results.items()
                    if key in places
                },
                running=[places[key] for key in self._running],
                runners=runners,
                batch=self._batch or batch_limit(failure_rate(self._judged[-50:]), self._runners),
            )
        )
        if moves.land:
            self._land(plan[: moves.land])
        elif moves.refuse:
            self._look_at(plan[: moves.refuse], keys[moves.refuse - 1])
        for place in moves.stop:
            del self._running[keys[place - 1]]
        for place in moves.start:
            self._start(keys[place - 1], plan[:place])
        return bool(moves.land or moves.refuse)

    def _plan(self) -> list[_Change]:
        """Return the chain: who conflicts with the base goes back, with one ahead waits."""
        plan: list[_Change] = []
        for change in list(self._chain):
            behind = [one for one, at in self._landed_at if at > change.since]
            if any(self._conflict("lines", change.id, one) for one in behind):
                self._chain.remove(change)
                self._ids += 1
                again = _Change(self._ids, change.bad, change.first)
                self._happens(self._now + 1, "approved", again)
            elif not any(self._conflict("lines", change.id, one.id) for one in plan):
                plan.append(change)
        return plan

    def _start(self, key: tuple[int, ...], changes: list[_Change]) -> None:
        self.outcome.runs += 1
        self._running[key] = self.outcome.runs
        at = self._now + self._random.uniform(0.9, 1.1)
        self._happens(at, "ran", (key, self.outcome.runs, changes))

    def _run_again(self) -> None:
        if self._aside and not self._side_runs and len(self._running) < self._runners:
            change, key = self._aside.pop(0)
            self._side_runs += 1
            self.outcome.runs += 1
            good = self._first_bad([change]) is None
            at = self._now + self._random.uniform(0.9, 1.1)
            self._happens(at, "ran_again", (change, key, good))

    def _land(self, changes: list[_Change]) -> None:
        self.outcome.red_landings += self._first_bad(changes) is not None
        for change in changes:
            self._chain.remove(change)
            self._main.append(change.id)
            self._landed_at.append((change.id, self._now))
            self._judged.append(False)
            self.outcome.landed.append(change.id)
            self.outcome.waits.append(self._now - change.first)
            self.outcome.stays.append((change.since, self._now - change.since))

    def _look_at(self, prefix: list[_Change], key: tuple[int, ...]) -> None:
        change = prefix[-1]
        self._chain.remove(change)
        good = self._first_bad(prefix) is None
        seen = any(bad == change.id and other != key for other, bad in self._seen_red)
        if self._may_retry and is_worth_a_retry(
            retries=self._retries,
            flakes=self._flaked,
            tried=change.tried,
            seen_twice=seen,
            known_flaky=False,
        ):
            change.tried += 1
            self._aside.append((change, key))
        else:
            self._refuse(good=good)

    def _refuse(self, *, good: bool) -> None:
        self._judged.append(True)
        self.outcome.refused += 1
        self.outcome.wrongly += good

    def _first_bad(self, changes: list[_Change]) -> int | None:
        """Return the first of *changes* that fails on the base with those before it."""
        for place, change in enumerate(changes):
            beside = [id_ for id_, at in self._landed_at if at > change.since and id_ != change.id]
            beside += [one.id for one in changes[:place]]
            if change.bad or any(self._conflict("means", change.id, one) for one in beside):
                return change.id
        return None

    def _conflict(self, how: str, one: int, other: int) -> bool:
        pair = (how, min(one, other), max(one, other))
        if pair not in self._pairs:
            share = self._it.means if how == "means" else self._it.lines
            self._pairs[pair] = self._random.random() < share
        return self._pairs[pair]
