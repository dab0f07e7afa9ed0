"""Read what happened in a factory: sessions, landings and verdicts, as plain values."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.domain.session import Outcome
from darkfactory.events.stream import Stream
from darkfactory.factory.facts_gone import facts_gone
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.factory.reverts import reverted_since
from darkfactory.gate.record import LANE, MACHINES, OPEN, Changes, event_time
from darkfactory.retro.history import Fate, History, Landing, Look, Sitting, Verdict
from darkfactory.waffle.steers import BY_SCORE, steers_of

_VERDICTS = frozenset({"change.approved", "change.rework", "change.closed", "change.deferred"})
_SENT_BACK = frozenset({"change.rework", "change.closed"})
_LANDED = frozenset({ChangeState.LANDED, ChangeState.SUPERSEDED})


def read_history(line: Line, start: float) -> History:
    """Return what the record tells; the logs of sessions that ended before *start* are not read.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    line.record.refresh()
    told = _Told()
    for _, event in line.record.stream.read():
        told.take(event)
    rows = [row for row in line.record.sessions.values() if row.outcome is not None]
    sittings = [_sitting(line, row, told, start) for row in rows]
    landed = {name: one for name, one in told.landings.items() if one.at > start}
    reverted = reverted_since(line, min(landed.values()).base) if landed else frozenset()
    landings = tuple(
        Landing(
            name,
            one.at,
            regressed=one.commit in told.red or not reverted.isdisjoint((one.commit, one.head)),
            batch=one.batch,
        )
        for name, one in landed.items()
    )
    looks = tuple(told.looks)
    verdicts = {session: tuple(said) for session, said in told.verdicts.items()}
    return History(tuple(sorted(sittings, key=lambda one: one.at)), landings, looks, verdicts)


class _Landed(NamedTuple):
    """When a change landed, as which commit, with which head, on which base, and if in a batch."""

    at: float
    commit: str
    head: str
    base: str
    batch: bool


class _Told:
    """What the factory stream tells of ends, landings and verdicts."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.ended_at: dict[str, float] = {}
        self.proposed: dict[str, set[str]] = defaultdict(set)
        self.landings: dict[str, _Landed] = {}
        self.looks: list[Look] = []
        self.verdicts: dict[str, list[Verdict]] = defaultdict(list)
        self.red: set[str] = set()
        """Commits that a green change had landed as, and on which the checks then failed."""
        self._green: set[str] = set()

    def take(self, event: Event) -> None:
        self.changes.tell(event)
        data, session = event.data, event.session or ""
        if event.type == "session.ended":
            self.ended_at[session] = event_time(event)
        elif event.id in self.changes.void:
            return
        elif event.type == "change.proposed" and not data.get("drill"):
            self.proposed[session].add(str(data.get("change")))
        elif event.type == "change.checked":
            self._checked(event)
        elif event.type == "change.landed":
            self._landed(event)
        elif event.type in _VERDICTS:
            self._looked(event)

    def _looked(self, event: Event) -> None:
        """Take the verdict of a person; lanes and the gate itself have looked at nothing."""
        by = str(event.data.get("by"))
        if by in MACHINES or by.startswith(LANE):
            return
        change = self.changes.get(str(event.data.get("change")))
        drilled = change.drilled if change is not None else ""
        caught = drilled == "caught" if drilled else None
        seconds, batch = number_of(event.data.get("seconds")), bool(event.data.get("batch"))
        self.looks.append(Look(event_time(event), seconds, caught, batch))
        if change is not None and not change.drill and event.type in _SENT_BACK:
            day = str(event.ts or "")[:10]
            said = [Verdict(by, day, text) for text in _reasons(event)]
            self.verdicts[change.session or ""] += said

    def fate(self, row: SessionRow) -> Fate:
        """Return what became of the work of a session that has ended."""
        if row.outcome is Outcome.REPORTED:
            return Fate.REPORTED
        found = [self.changes.get(name) for name in self.proposed.get(row.id, ())]
        states = {change.state for change in found if change is not None}
        if states & _LANDED:
            return Fate.LANDED
        waits = not states and row.outcome is Outcome.PROPOSED
        return Fate.OPEN if waits or states & OPEN else Fate.LOST

    def _checked(self, event: Event) -> None:
        """Learn that a base is red: a change is green on it although the checks fail."""
        base = str(event.data.get("base"))
        hides = event.data.get("green") or event.data.get("waits")
        if base in self._green and hides and event.data.get("result") != "pass":
            self.red.add(base)

    def _landed(self, event: Event) -> None:
        name, commit = str(event.data.get("change")), str(event.data.get("commit"))
        change = self.changes.get(name)
        head, base = change.head if change else commit, str(event.data.get("base"))
        batch = bool(change and change.approval and change.approval.batch)
        self.landings[name] = _Landed(event_time(event), commit, head, base, batch)
        if change is not None and change.check.get("result") == "pass":
            self._green.add(commit)


def _sitting(line: Line, row: SessionRow, told: _Told, start: float) -> Sitting:
    at = told.ended_at.get(row.id, 0.0)
    steers: tuple[bool | None, ...] = ()
    if at > start:
        log = Stream(line.state.streams, f"s/{row.id}").read()
        found = steers_of(log, gone=facts_gone(told.changes, row.id))
        steers = tuple(one.rescued for one in found if one.by in BY_SCORE)
    return Sitting(
        session=row.id,
        item=row.item,
        lane=row.lane,
        at=at,
        outcome=str(row.outcome),
        fate=told.fate(row),
        tokens=row.tokens or None,
        steers=steers,
    )


def _reasons(event: Event) -> Iterator[str]:
    """Yield why a person did not want a change: words, comments, taste lines answered with no."""
    data = event.data
    for one in map(mapping_of, list_of(data.get("places"))):
        yield text_of(one.get("text"))
    for one in map(mapping_of, list_of(data.get("taste"))):
        if one.get("answer") is False:
            yield text_of(one.get("question"))
    yield text_of(data.get("text"))
