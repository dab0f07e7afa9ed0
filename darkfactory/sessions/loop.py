"""A session that goes on for as long as it pays: where its loop stands, from the log alone. Pure.

The host asks it what follows a turn; whoever runs the checks asks it when one is due and what a
value is worth. Both read the same log, so a kill of either changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from darkfactory.domain.counting import counted
from darkfactory.domain.event import Data, Event
from darkfactory.domain.foreign import number_of, text_of
from darkfactory.domain.lane import Loop
from darkfactory.domain.session import TurnEnd

LOOP = "loop"
"""Who asks the agent to go on, as it stands in the log."""
CHECKPOINT = "loop.checkpoint"
HIGHER = "higher"


class Then(StrEnum):
    """What follows the turn that has ended."""

    CHECK = "check"
    GO_ON = "go on"
    END = "end"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was measured after *turns* turns, and what that was worth.

    *value* is None where nothing could be measured, which *problem* explains. *base* is the value
    of the tree that the session began with, *best* the best so far, this one included. *ref* holds
    the tree in the hub, and is empty where it is the one that the session began with.
    """

    number: int
    turns: int
    value: float | None
    base: float | None
    best: float | None
    reward: bool
    patience_left: int
    ref: str = ""
    tree: str = ""
    problem: str = ""


class LoopStory:
    """Where the loop of one session stands."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.turns = 0
        """How many turns have ended as done."""
        self.in_turn = False
        self.last: Checkpoint | None = None
        self.best_ref = ""
        self._told = True

    def tell(self, event: Event) -> None:
        """Take the next event of the session's log; what is posted into it counts for nothing."""
        if event.posted:
            return
        match event.type:
            case "turn.started":
                self.in_turn = True
            case "turn.finished":
                self.in_turn = False
                self.turns += event.data.get("reason") == TurnEnd.DONE
            case "control.requested" if event.data.get("by") == LOOP:
                self._told = True
            case "loop.checkpoint":
                self._take(event.data)

    def tell_all(self, events: Iterable[Event]) -> "LoopStory":
        """Take *events* and return this."""
        for event in events:
            self.tell(event)
        return self

    @property
    def number(self) -> int:
        """The number of the next checkpoint."""
        return (self.last.number if self.last else 0) + 1

    @property
    def then(self) -> Then:
        """What follows, now that a turn has ended as done."""
        unmeasured = self.turns - (self.last.turns if self.last else 0)
        if self._why_over():
            return Then.END
        if unmeasured >= self.loop.every or self.turns >= self.loop.turns:
            return Then.CHECK
        return Then.GO_ON

    @property
    def check_is_due(self) -> bool:
        """Whether the tree is to be measured now."""
        return not self.in_turn and self.turns > 0 and self.then is Then.CHECK

    @property
    def measured(self) -> bool:
        """Whether the last checkpoint is of the tree as the last turn left it."""
        return self.last is not None and self.last.turns == self.turns

    @property
    def fell_back(self) -> bool:
        """Whether the tree is worse now than it was at best."""
        last = self.last
        if last is None or last.best is None or not self.measured:
            return False
        return last.value is None or self._is_better(last.best, last.value)

    @property
    def words(self) -> str:
        """What the agent is told before its next turn."""
        parts = [] if self._told or self.last is None else [self._measured_words(self.last)]
        return "\n".join([*parts, self.loop.prompt])

    @property
    def why_over(self) -> str:
        """Why the loop is over, with what it came to."""
        return f"{self._why_over() or 'its loop is over'} ({self._gain()})"

    def weigh(
        self, value: float | None, base: float | None, *, ref: str, tree: str, problem: str = ""
    ) -> Checkpoint:
        """Return the checkpoint that *value* makes of the tree as it is now.

        Args:
            base: The value of the tree that the session began with.
        """
        last = self.last
        before = base if last is None else last.best
        left = self.loop.patience if last is None else last.patience_left
        better = value is not None and (before is None or self._is_better(value, before))
        return Checkpoint(
            number=self.number,
            turns=self.turns,
            value=value,
            base=base if last is None else last.base,
            best=value if better else before,
            reward=better,
            patience_left=self.loop.patience if better else left - 1,
            ref=ref,
            tree=tree,
            problem=problem,
        )

    def _take(self, data: Data) -> None:
        """Take a checkpoint; one that was told twice counts once."""
        if data.get("number") != self.number:
            return
        made = _checkpoint(data)
        self.last, self._told = made, False
        if made.reward:
            self.best_ref = made.ref

    def _is_better(self, value: float, than: float) -> bool:
        return value > than if self.loop.better == HIGHER else value < than

    def _why_over(self) -> str:
        last = self.last
        if last is None:
            return ""
        if self.loop.command is None and last.value == 0:
            return "its loop has reached its goal"
        if last.patience_left <= 0:
            return f"no reward for {counted(self.loop.patience, 'checkpoint')} of its loop"
        if last.turns >= self.loop.turns:
            return f"its loop has had its {self.loop.turns} turns"
        return ""

    @property
    def _what(self) -> str:
        return "failing" if self.loop.command is None else f"`{self.loop.command}`"

    def _gain(self) -> str:
        last = self.last
        if last is None or last.best is None:
            return f"{self._what} could not be measured"
        return f"{self._what} {shown(last.base)} -> {shown(last.best)}"

    def _measured_words(self, last: Checkpoint) -> str:
        said = last.problem or f"{self._what} is {shown(last.value)}"
        goal = "; the goal is 0" if self.loop.command is None else f", {self.loop.better} is better"
        began = (
            f"it was {shown(last.base)} at the beginning and is {shown(last.best)} at best{goal}"
        )
        if last.reward:
            return f"Measured after turn {last.turns}: {said}, better than before; {began}."
        left = f"{last.patience_left} more without a gain end the session"
        return f"Measured after turn {last.turns}: {said}, no gain; {began}. {left}."


def checkpoints_of(events: Iterable[Event]) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of a session's log; one that was told twice is there once."""
    found: list[Checkpoint] = []
    for event in events:
        if event.type == CHECKPOINT and not event.posted:
            made = _checkpoint(event.data)
            if made.number == len(found) + 1:
                found.append(made)
    return tuple(found)


def checkpoint_data(made: Checkpoint) -> dict[str, Any]:
    """Return the data of ``loop.checkpoint``."""
    return {name: getattr(made, name) for name in Checkpoint.__slots__}


def _checkpoint(data: Data) -> Checkpoint:
    """Return the checkpoint that an event tells."""
    return Checkpoint(
        number=int(number_of(data.get("number")) or 0),
        turns=int(number_of(data.get("turns")) or 0),
        value=number_of(data.get("value")),
        base=number_of(data.get("base")),
        best=number_of(data.get("best")),
        reward=data.get("reward") is True,
        patience_left=int(number_of(data.get("patience_left")) or 0),
        ref=text_of(data.get("ref")),
        tree=text_of(data.get("tree")),
        problem=text_of(data.get("problem")),
    )


def shown(value: float | None) -> str:
    """Return a measured value as people read it."""
    return "unknown" if value is None else f"{value:g}"
