"""What a person should know when a run is over: what went wrong and why, what waits for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from darkfactory.domain.change import ChangeState
from darkfactory.domain.item import PlannedItem
from darkfactory.domain.session import Outcome
from darkfactory.factory.disposition import Standing
from darkfactory.factory.idle import Idle, read_idle
from darkfactory.factory.item_now import blockers, item_now, waits_for
from darkfactory.factory.line import Line
from darkfactory.factory.record import SessionRow
from darkfactory.factory.status import standing_of
from darkfactory.factory.summary import Summary, result_of, summarise
from darkfactory.gate.record import Change

_GOOD = ("proposed", "reported", "landed")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that did not come to a good end.

    *what* is how a session ended, the state of a red change, ``stuck`` for an item that could not
    start, or ``held`` for one that did not; *id* names the session, the change or the item. *look*
    is the command that shows more.
    """

    what: str
    id: str
    reason: str
    look: str = "df status"

    @property
    def listed_by(self) -> str:
        """The command that lists all of its kind."""
        by_what = {"stuck": "df brief", "held": "df triage"}
        of_change = self.look.startswith("df gate")
        return by_what.get(self.what, "df gate" if of_change else "df sessions")


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of one run. *waiting* are the changes at the gate that want a verdict.

    *stopped* are the items whose last session ended with the run; *idle* tells why no session was
    started, where none was.
    """

    summary: Summary
    troubles: tuple[Trouble, ...]
    waiting: tuple[str, ...]
    idle: Idle | None = None
    stopped: tuple[str, ...] = ()

    @property
    def next(self) -> str:
        """The command that a person goes on with."""
        if self.waiting:
            return "df gate"
        if self.troubles:
            return self.troubles[0].look
        if self.stopped:
            return "df run"
        return self.idle.next if self.idle else "df status"


def read_closing(line: Line, *, item: str | None = None, lane: str | None = None) -> Closing:
    """Return what the last run came to, from the record alone.

    Args:
        item: The one item that the run was for, if it was for one.
        lane: The one lane that it was for.
    """
    line.record.refresh()
    now = line.clock.now()
    waiting = [
        change.id
        for change in line.record.changes
        if change.state_at(now) is ChangeState.WAITING_TASTE
    ]
    plan = line.record.plan
    wanted = [
        row
        for row in (plan.plan.items if plan else ())
        if item in (None, row.item.id) and lane in (None, row.lane) and not row.duplicate_of
    ]
    troubles = (*_of_sessions(line), *_not_started(line, wanted))
    summary = summarise(line)
    idle = None if summary.sessions else read_idle(line, item=item, lane=lane)
    return Closing(summary, troubles, tuple(waiting), idle, _stopped(line))


def _stopped(line: Line) -> tuple[str, ...]:
    """Return the items that this run has begun and that were ended with it."""
    run = line.record.run
    begun = dict.fromkeys(line.record.sessions[name].item for name in (run.sessions if run else ()))
    return tuple(item for item in begun if standing_of(line, item) is Standing.STOPPED)


def _of_sessions(line: Line) -> Iterator[Trouble]:
    """Yield the items that came to no good end in this run, and every session that was nuked."""
    run = line.record.run
    rows = [line.record.sessions[session] for session in (run.sessions if run else ())]
    last = {row.item: row for row in rows}
    for row in rows:
        change = line.record.changes.of_item(row.item)
        if standing_of(line, row.item) is Standing.STOPPED:
            continue
        if row is last[row.item] and row.ends and result_of(row, change) not in _GOOD:
            yield _of_last(row, change)
        elif row.outcome is Outcome.NUKED:
            yield _of_session(row)


def _of_last(row: SessionRow, change: Change | None) -> Trouble:
    """Return why an item came to no good: its change is red, or the session itself ended badly."""
    if change is not None and _tells_of(change, row):
        return Trouble(change.state, change.id, why_back(change), f"df gate show {change.id}")
    return _of_session(row)


def _tells_of(change: Change, row: SessionRow) -> bool:
    """Tell whether *change* says how *row* went: its work is red, or was given up as it was."""
    given_up = change.state is ChangeState.ABANDONED and change.session == row.id
    return given_up or row.outcome is Outcome.PROPOSED


def _of_session(row: SessionRow) -> Trouble:
    reason = str(row.ends[-1].get("reason") or "")
    return Trouble(str(row.outcome), row.id, reason, f"df sessions show {row.id}")


def why_back(change: Change) -> str:
    """Return why *change* is not on its way to the base: a person's words, or what failed."""
    if change.by and change.text and change.by not in ("harness", "gate"):
        return f"{change.by}: {change.text}"
    if change.reason == "textual":
        return f"it conflicts with the base in {', '.join(change.detail['files'])}"
    if isinstance(change.detail, dict) and change.detail.get("why"):
        return str(change.detail["why"])
    return str(change.check.get("why") or change.reason)


def _not_started(line: Line, wanted: list[PlannedItem]) -> Iterator[Trouble]:
    """Yield the items that this run should have started and did not, those with a fault first."""
    run = line.record.run
    stuck = run.stuck if run else {}
    left = [row.item.id for row in wanted if _is_left(line, row)]
    for item in left:
        if item in stuck:
            why = stuck[item]
            yield Trouble("stuck", item, f"{why.problem}; {why.fix}", "df doctor")
    for item in left:
        if item not in stuck:
            yield _held(line, item, run.held if run else "")


def _held(line: Line, item: str, held: str) -> Trouble:
    """Return why *item*, which is fit to start, did not."""
    waits = waits_for(line.record, item)
    if not waits:
        return Trouble("held", item, held or "the run ended before its turn; `df run` goes on")
    first = item_now(line.record, waits[0], now=line.clock.now())
    return Trouble("held", item, f"waits for {', '.join(blockers(line.record, item))}", first.go_on)


def _is_left(line: Line, row: PlannedItem) -> bool:
    return standing_of(line, row.item.id) is Standing.TODO
