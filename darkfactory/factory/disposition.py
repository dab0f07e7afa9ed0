"""What is to be done with an item, judged from its sessions and its change: pure.

``df run``, ``df status`` and the lanes of the board all ask here, so they can never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.domain.change import ChangeState
from darkfactory.domain.session import Outcome
from darkfactory.gate.record import Change

_AT_THE_GATE = frozenset(
    {
        ChangeState.CHECKING,
        ChangeState.WAITING_TASTE,
        ChangeState.APPROVED,
        ChangeState.QUEUED,
        ChangeState.TESTING,
        ChangeState.LANDING,
        ChangeState.DEFERRED,
    }
)
MACHINES = frozenset({"", "harness", "gate"})
"""Who sends a change back without being a person: such a round counts against the attempts."""

_RETRIED = frozenset({Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.NUKED})


class Standing(StrEnum):
    """Where an item stands."""

    TODO = "todo"
    WORKING = "working"
    WAITING = "waiting"
    BOUNCED = "bounced"
    LANDED = "landed"
    REPORTED = "reported"
    CLOSED = "closed"
    FAILED = "failed"


class Step(StrEnum):
    """What to do next for an item."""

    NOTHING = "nothing"
    START = "start"
    RESUME = "resume"
    REWORK = "rework"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Attempted:
    """One session of an item: how it ended (None: it has not), how often in this run.

    *settled* tells that what it left has become a change, or that it left nothing to offer.
    """

    session: str
    outcome: Outcome | None
    ends_in_run: int
    settled: bool


def standing(sessions: Sequence[Attempted], change: Change | None) -> Standing:
    """Return where an item stands."""
    if sessions and sessions[-1].outcome is None:
        return Standing.WORKING
    if change is not None:
        found = _of_change(change.state, change.reason)
        if found is not None:
            return found
    if not sessions:
        return Standing.TODO
    if sessions[-1].outcome is Outcome.REPORTED:
        return Standing.REPORTED
    return Standing.WORKING if sessions[-1].outcome is Outcome.PROPOSED else Standing.FAILED


def _of_change(state: ChangeState, reason: str) -> Standing | None:
    if state in _AT_THE_GATE:
        return Standing.WAITING
    match state:
        case ChangeState.LANDED | ChangeState.SUPERSEDED:
            return Standing.LANDED
        case ChangeState.BOUNCED | ChangeState.REWORK:
            return Standing.BOUNCED
        case ChangeState.CLOSED:
            return Standing.TODO if reason == "reimplement" else Standing.CLOSED
        case _:
            return None


def next_step(
    sessions: Sequence[Attempted],
    change: Change | None,
    *,
    attempts: int,
    asked_for: bool = False,
) -> Step:
    """Return what this run does next for an item.

    Args:
        attempts: How many ends of a session this run grants the item.
        asked_for: A person named the item (``--item``): what is finished may start again.
    """
    last = sessions[-1] if sessions else None
    if last is not None and last.outcome is None:
        return Step.RESUME
    if last is not None and not last.settled:
        return Step.SETTLE
    used = sum(one.ends_in_run for one in sessions)
    match standing(sessions, change):
        case Standing.BOUNCED:
            by_person = change is not None and change.by not in MACHINES
            return Step.REWORK if by_person or used < attempts else Step.NOTHING
        case Standing.TODO:
            return Step.START
        case Standing.FAILED if used < attempts and (used == 0 or _retried(last)):
            cut_off = last is not None and last.outcome is Outcome.CRASHED
            return Step.RESUME if cut_off and used else Step.START
        case Standing.REPORTED | Standing.CLOSED if asked_for and used == 0:
            return Step.START
        case _:
            return Step.NOTHING


def _retried(last: Attempted | None) -> bool:
    return last is not None and last.outcome in _RETRIED
