"""What each reader at the gate has looked at, for how long, and what they said of it."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.counting import counted
from darkfactory.domain.event import Event
from darkfactory.gate.record import LANE, MACHINES, Change, event_time

READ = "change.read"
IDLE_SECONDS = 60.0
"""Who touches nothing for longer than this is not reading."""
_VERDICTS = {
    "change.approved": "approved",
    "change.rework": "rework",
    "change.closed": "closed",
    "change.deferred": "deferred",
}
_HOUR = 3600.0
_LINES_AN_HOUR = 500
_SILENT_APPROVALS = 10
_ALL_APPROVED_OF = 20
_REMEMBERED = 100
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How a change was read before a verdict: for how many active seconds, which files whole.

    *unseen* are the places that are risky and were not on the screen, *unsent* is how many
    comments were written and not sent.
    """

    seconds: float
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unsent: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as the event of a verdict tells it."""
        seconds = round(self.seconds, 1)
        return {"seconds": seconds, "seen": list(self.seen), "unseen": list(self.unseen)}


def doubts(reading: Reading) -> list[str]:
    """Return what somebody who says yes after that *reading* has not done."""
    found = []
    if reading.unseen:
        what = counted(len(reading.unseen), "risky hunk")
        found.append(f"{what} not seen: {', '.join(reading.unseen[:_MOST_NAMED])}")
    if reading.unsent:
        found.append(f"{counted(reading.unsent, 'comment')} written and not sent: r sends them")
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """The revision of a change that somebody has looked at."""

    head: str
    base: str
    revision: int
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody said of a change of so many *lines*; *spoke*: with words, places, or a no."""

    word: str
    at: float
    lines: int = 0
    spoke: bool = False
    unseen: int = 0


class Attention:
    """Counts the seconds that somebody reads: those between two touches, unless they are idle."""

    def __init__(self, now: float) -> None:
        self._last = now
        self._seconds = 0.0

    def touch(self, now: float) -> None:
        """Take in that a key was pressed at *now*."""
        gap = max(0.0, now - self._last)
        self._seconds += gap if gap <= IDLE_SECONDS else 0.0
        self._last = now

    def leave(self, now: float) -> float:
        """Return the seconds so far; whatever comes until the next touch does not count."""
        self.touch(now)
        return self._seconds

    def back(self, now: float) -> None:
        """Go on counting from *now*."""
        self._last = now


class Readers:
    """The looks and verdicts of all readers, folded from the factory stream as it grows."""

    def __init__(self) -> None:
        self._looks: dict[tuple[str, str], list[Look]] = defaultdict(list)
        self._verdicts: dict[str, deque[Verdict]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    def tell(self, event: Event, change: Change) -> None:
        """Take an event of *change* that counts."""
        by = str(event.data.get("by") or "")
        if event.type == READ:
            self._looked(by, event, change)
        elif event.data.get("batch"):
            return  # one yes to several has safeguards of its own; it is counted apart
        elif event.type in _VERDICTS and by not in MACHINES and not by.startswith(LANE):
            self._verdicts[by].append(_verdict(event, change))

    def has_seen(self, change: Change, by: str) -> bool:
        """Tell whether *by* has looked at *change* as it is."""
        return any(look.head == change.head for look in self._looks.get((change.id, by), ()))

    def last_look(self, change: Change, by: str) -> Look | None:
        """Return the last look of *by* at another revision of *change* than the present one."""
        looks = [look for look in self._looks.get((change.id, by), ()) if look.head != change.head]
        return looks[-1] if looks else None

    def verdicts_of(self, by: str) -> Sequence[Verdict]:
        """Return the last verdicts of *by*, oldest first."""
        return tuple(self._verdicts.get(by, ()))

    def _looked(self, by: str, event: Event, change: Change) -> None:
        data = event.data
        head, base = str(data.get("head")), str(data.get("base"))
        looks = self._looks[change.id, by]
        looks[:] = [look for look in looks if look.head != head]
        looks.append(Look(head, base, int(data.get("revision") or 0), event_time(event)))


def rubber_stamps(verdicts: Sequence[Verdict], now: float) -> list[str]:
    """Return what makes the last *verdicts* of a reader look like those of nobody who reads.

    It is said, and stops nobody.
    """
    return list(_stamps(verdicts, now))


def _stamps(verdicts: Sequence[Verdict], now: float) -> Iterator[str]:
    yes = [one for one in verdicts if one.word == "approved"]
    lines = sum(one.lines for one in yes if now - one.at <= _HOUR)
    if lines > _LINES_AN_HOUR:
        yield f"you approved {lines} changed lines within the hour: few people read over 500"
    if yes and verdicts[-1] is yes[-1] and yes[-1].unseen:
        places = counted(yes[-1].unseen, "risky place")
        were = "was" if yes[-1].unseen == 1 else "were"
        yield f"{places} of the change that you approved last {were} not on your screen"
    silent = _silent(verdicts)
    if silent >= _SILENT_APPROVALS:
        yield f"your last {silent} verdicts are approvals without a word"
    last = verdicts[-_ALL_APPROVED_OF:]
    if len(last) == _ALL_APPROVED_OF and all(one.word == "approved" for one in last):
        yield f"your last {_ALL_APPROVED_OF} verdicts are all approvals"


def _silent(verdicts: Sequence[Verdict]) -> int:
    """Return how many approvals without a word there were since anything else."""
    number = 0
    for one in reversed(verdicts):
        if one.word != "approved" or one.spoke:
            return number
        number += 1
    return number


def _verdict(event: Event, change: Change) -> Verdict:
    data, facts = event.data, change.facts
    noes = any(answer.get("answer") is False for answer in data.get("taste") or ())
    return Verdict(
        _VERDICTS[event.type],
        event_time(event),
        lines=int(facts.get("added") or 0) + int(facts.get("removed") or 0),
        spoke=bool(data.get("text") or data.get("places") or noes),
        unseen=len(data.get("unseen") or ()),
    )
