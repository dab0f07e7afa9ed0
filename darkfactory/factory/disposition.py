"""What is to be done with an item, judged from its sessions and its change: pure.

``df run``, ``df status`` and the lanes of the board all ask here, so they can never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from darkfactory.domain.change import ChangeState, CloseAs
from darkfactory.domain.session import Outcome
from darkfactory.gate.record import ASKED_ANEW, MACHINES, Change

AT_THE_GATE = frozenset(
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
_RETRIED = frozenset({Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.NUKED})
_NUKES = 2
"""After how many an item waits for a person: a blind restart buys little, a second one less."""
_OVER = frozenset({ChangeState.CLOSED, ChangeState.ABANDONED})


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
    CANCELLED = "cancelled"
    STOPPED = "stopped"


OPEN = frozenset({Standing.WORKING, Standing.WAITING, Standing.BOUNCED})
"""Where an item stands of which there is work that is not over."""

_OF_OUTCOME: dict[Outcome | None, Standing] = {
    Outcome.PROPOSED: Standing.WORKING,
    Outcome.REPORTED: Standing.REPORTED,
    Outcome.CANCELLED: Standing.CANCELLED,
}
"""Where an item without a change stands by the end of its last session; else it has failed."""


class Step(StrEnum):
    """What to do next for an item.

    ``adopt`` a session that has not ended, ``settle`` what one has left, ``resume`` one that was
    cut off, ``rework`` a change in its own conversation, ``start`` afresh.
    """

    NOTHING = "nothing"
    START = "start"
    ADOPT = "adopt"
    RESUME = "resume"
    REWORK = "rework"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Attempted:
    """One session of an item: how it ended (None: it has not), how often in this run.

    *settled* tells that what it left has become a change, or that it left nothing to offer. *later*
    tells that it was started, or opened again, after the last word on the item's change. *with_run*
    tells that it was ended together with the whole run, which is no end of its own and not counted;
    *just_now* that it ended while this very process ran. *before_word* tells that a person has put
    the item into a lane since it ended, so that it counts no more.
    """

    session: str
    outcome: Outcome | None
    ends_in_run: int
    settled: bool
    later: bool = False
    with_run: bool = False
    just_now: bool = False
    before_word: bool = False


def standing(sessions: Sequence[Attempted], change: Change | None) -> Standing:
    """Return where an item stands."""
    if sessions and sessions[-1].outcome is None:
        return Standing.WORKING
    if change is not None and not (change.state in _OVER and sessions and sessions[-1].later):
        return _of_change(change.state, change.reason)
    if not sessions:
        return Standing.TODO
    if sessions[-1].with_run and sessions[-1].outcome is Outcome.CANCELLED:
        return Standing.STOPPED
    return _OF_OUTCOME.get(sessions[-1].outcome, Standing.FAILED)


def needs_triage(sessions: Sequence[Attempted]) -> bool:
    """Tell whether an item was nuked a second time: no run starts it again by itself.

    A person does, who puts it into a lane or asks a run for it.
    """
    return bool(sessions) and _is_nuked(sessions[-1]) and sum(map(_is_nuked, sessions)) >= _NUKES


def attempts_used(sessions: Sequence[Attempted]) -> int:
    """Return how many of its attempts this run has given an item.

    The session after a nuke comes on top of them, so a nuke uses none: it is bounded by itself.
    """
    counted = [one for one in sessions if not one.before_word]
    return sum(one.ends_in_run - (one.ends_in_run > 0 and _is_nuked(one)) for one in counted)


def _is_nuked(one: Attempted) -> bool:
    return one.outcome is Outcome.NUKED and not one.before_word


def _of_change(state: ChangeState, reason: str) -> Standing:
    if state in AT_THE_GATE:
        return Standing.WAITING
    match state:
        case ChangeState.LANDED | ChangeState.SUPERSEDED:
            return Standing.LANDED
        case ChangeState.BOUNCED | ChangeState.REWORK:
            return Standing.BOUNCED
        case ChangeState.CLOSED if reason != CloseAs.REIMPLEMENT:
            return Standing.CLOSED
        case ChangeState.CLOSED:
            return Standing.TODO
        case _:
            return Standing.FAILED


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
        return Step.ADOPT
    if last is not None and not last.settled:
        return Step.SETTLE
    used = sum(one.ends_in_run for one in sessions if not one.before_word)
    left = attempts_used(sessions) < attempts or (last is not None and _is_nuked(last))
    more = left and not _is_given_up(sessions, asked_for=asked_for)
    match standing(sessions, change):
        case Standing.BOUNCED:
            return Step.REWORK if _is_taken_up(change, last, more=more) else Step.NOTHING
        case Standing.TODO | Standing.STOPPED:  # a run that is stopped itself starts nothing
            return Step.START
        case Standing.CANCELLED if more and asked_for and not _ended_just_now(last):
            return Step.START
        case Standing.FAILED if more and (asked_for or _was_cut_short(last)):
            cut_off = last is not None and last.outcome is Outcome.CRASHED
            return Step.RESUME if cut_off and used else Step.START
        case Standing.REPORTED | Standing.CLOSED if asked_for and used == 0:
            return Step.START
        case _:
            return Step.NOTHING


def _is_taken_up(change: Change | None, last: Attempted | None, *, more: bool) -> bool:
    """Tell whether an agent goes on with a change that came back; what entered as a branch, none.

    Its next revision is for whoever made it: there is no conversation to go on with.
    """
    if change is not None and change.branch:
        return False
    asked = change is not None and (change.by not in MACHINES or change.reason in ASKED_ANEW)
    heard = last is not None and last.later
    return (asked and not heard) or more


def _is_given_up(sessions: Sequence[Attempted], *, asked_for: bool) -> bool:
    """Tell whether this run leaves an item to people: who asks for it, asks for two more tries."""
    return needs_triage([one for one in sessions if one.just_now or not asked_for])


def _ended_just_now(last: Attempted | None) -> bool:
    """Tell whether a person has cancelled what this very run was asked for."""
    return last is not None and last.just_now


def _was_cut_short(last: Attempted | None) -> bool:
    """Tell whether an item failed for no fault of its work; else it waits for people."""
    return last is not None and last.outcome in _RETRIED
