"""Which proposals people have judged: an accepted one is done, a rejected one rests. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of, text_of
from darkfactory.retro.proposal import Proposal

ACCEPTED = "retro.accepted"
REJECTED = "retro.rejected"
PROVED = "retro.proved"
_COMES_BACK = 2


@dataclass(frozen=True, slots=True)
class Decision:
    """What *by* said of a proposal when *sessions* showed it; *change* is what it became."""

    proposal: str
    skill: str
    accepted: bool
    by: str
    sessions: int
    reason: str = ""
    change: str = ""
    version: str = ""
    """The version of the skill that an accepted one makes."""


def decisions_of(events: Iterable[Event]) -> dict[str, Decision]:
    """Return the last decision on each proposal, by its id."""
    found: dict[str, Decision] = {}
    for event in events:
        if event.type in (ACCEPTED, REJECTED) and not event.posted:
            data = event.data
            id_ = text_of(data.get("proposal"))
            found[id_] = Decision(
                id_,
                text_of(data.get("skill")),
                event.type == ACCEPTED,
                text_of(data.get("by")),
                int(number_of(data.get("sessions")) or 0),
                text_of(data.get("reason")),
                text_of(data.get("change")),
                text_of(data.get("version")),
            )
    return found


def is_open(proposal: Proposal, decided: Mapping[str, Decision], alive: Iterable[str]) -> bool:
    """Tell whether *proposal* is for a person to judge; see :func:`stands_open`."""
    return stands_open(proposal.id, proposal.sessions, decided, alive)


def stands_open(
    name: str, sessions: int, decided: Mapping[str, Decision], alive: Iterable[str]
) -> bool:
    """Tell whether the proposal called *name*, which *sessions* show, is for a person to judge.

    One that was rejected comes back when twice as many sessions show it, one that was accepted
    when its change is not among those *alive* (the gate has it, or it has landed).
    """
    said = decided.get(name)
    if said is None:
        return True
    if said.accepted:
        return said.change not in set(alive)
    return sessions >= _COMES_BACK * max(said.sessions, 1)
