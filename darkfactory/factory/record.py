"""The factory's record: everything the ``factory`` stream and the hub's refs say, folded.

Read again from where the last reading stopped, so a running factory looks often and cheaply.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.change import ChangeState, CloseAs, HarnessVerdict
from darkfactory.domain.event import Event
from darkfactory.domain.session import RUN_STOPPED, Outcome
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.disposition import Attempted
from darkfactory.factory.plans import PlanFold, StoredPlan
from darkfactory.gate.readers import Readers
from darkfactory.gate.record import Change, Changes, event_time

FACTORY = "factory"
_MAY_TELL = frozenset({"change.landed", "plan.made", "run.started"})
"""After these a change that its red base keeps from being judged is worth another test."""
_JUDGED = frozenset({"change.closed", "change.abandoned", "change.rework", "change.bounced"})


@dataclass(slots=True)
class SessionRow:
    """A session as the factory stream tells it; *outcome* is None until it has ended."""

    id: str
    item: str
    lane: str
    agent: str
    attempt: int
    started: Event
    run: str | None = None
    ends: list[dict[str, Any]] = field(default_factory=list)
    outcome: Outcome | None = None
    ends_in_run: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    """How long it worked, what lies between its runs left out."""
    begun: float = 0.0
    """When it was last started, in seconds since the epoch."""
    begun_at: int = 0
    """Where in the stream it was last started."""
    ended_at: int = 0
    """Where in the stream it last ended."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why an item could not start, and what would let it."""

    problem: str
    fix: str


@dataclass(slots=True)
class RunRow:
    """One ``df run``, from its start to its finish; a rerun goes on with an unfinished one."""

    id: str
    started: Event
    finished: bool = False
    stopped: bool = False
    """A person has ended it: whatever runs next is another run."""
    sessions: dict[str, tuple[int, float]] = field(default_factory=dict)
    """What each session had used when the run began with it: (tokens, USD)."""
    stuck: dict[str, Stuck] = field(default_factory=dict)
    """The items that could not start."""
    held: str = ""
    """Why nothing new started when that was last told."""

    @property
    def over(self) -> bool:
        """Whether no rerun goes on with it."""
        return self.finished or self.stopped


@dataclass(frozen=True, slots=True)
class LeftBranch:
    """A branch of the user's that lacks what has landed: the *reason*, the *command* for it.

    *commit* is where it was; what is somewhere else by now has been seen to.
    """

    branch: str
    commit: str
    reason: str
    command: str

    @property
    def words(self) -> str:
        """What a person is told."""
        return f"{self.reason}; run: {self.command}"


class Record:
    """The folded factory stream of one repository."""

    def __init__(self, state: StateFolder) -> None:
        self.state = state
        self.stream = Stream(state.streams, FACTORY)
        self.changes = Changes()
        self.readers = Readers()
        self.sessions: dict[str, SessionRow] = {}
        self._of_item: dict[str, list[SessionRow]] = {}
        self._plans = PlanFold()
        self.assigned: dict[str, str] = {}
        self.reports: dict[str, str] = {}
        self.read: set[str] = set()
        """The sessions whose report a person has looked at."""
        self.run: RunRow | None = None
        self.left: LeftBranch | None = None
        self.demoted: dict[str, dict[str, Any]] = {}
        """Data of the ``lane.demoted`` of each lane that nobody has trusted again."""
        self.demoted_for: set[str] = set()
        """The changes that a lane was ever demoted for."""
        self.skills_told: dict[str, set[str]] = defaultdict(set)
        """Of each change: the skills that ``skill.changed`` said it changed by landing."""
        self.stops = 0
        self.broken_base: dict[str, Any] | None = None
        """Data of the last ``base.checked``, where the harness did not run on the base."""
        self._judged_at: dict[str, int] = {}
        self._assigned_at: dict[str, int] = {}
        self.written_off: set[str] = set()
        """Commits that the hub has lost and that nobody waits for any more."""
        self._checked_at: dict[str, int] = {}
        self._entered_at: dict[str, int] = {}
        self._may_tell_at = 0
        self.position = 0
        self._unseen: list[Event] = []

    @property
    def plan(self) -> StoredPlan | None:
        """The last plan that triage recorded."""
        return self._plans.last

    def refresh(self) -> None:
        """Read on in the stream from where the last reading stopped."""
        for behind, event in self.stream.read(self.position):
            self.position = behind
            self._tell(event)
            self._unseen.append(event)

    def take_unseen(self) -> list[Event]:
        """Return the events read since the last call, whoever read them."""
        taken, self._unseen = self._unseen, []
        return taken

    def writer(self, producer: str) -> Writer:
        """Return a writer to the factory stream."""
        return Writer(self.stream, producer=producer, once=True)

    def sessions_of(self, item: str) -> list[SessionRow]:
        """Return the sessions of *item*, oldest first."""
        return list(self._of_item.get(item, ()))

    def items(self) -> list[str]:
        """Return the items that have had a session or a change, in the order they began."""
        real = (change.item for change in self.changes if not change.drill)
        return list(dict.fromkeys((*self._of_item, *real)))

    def has_begun(self, item: str) -> bool:
        """Tell whether *item* has had a session or a change."""
        return item in self._of_item or self.changes.of_item(item) is not None

    def attempted(self, item: str, *, since: int | None = None) -> list[Attempted]:
        """Return the sessions of *item* as :mod:`disposition` judges them.

        Args:
            since: Where in the stream whoever asks began.
        """
        change = self.changes.of_item(item)
        in_run = self.run.sessions if self.run else {}
        return [
            Attempted(
                row.id,
                row.outcome,
                row.ends_in_run if row.id in in_run else 0,
                settled=row.outcome is None or self._is_settled(row, change),
                later=row.begun_at > self._judged_at.get(item, 0),
                with_run=bool(row.ends) and _with_run(row.ends[-1]),
                just_now=since is not None and row.ended_at > since,
                before_word=0 < row.ended_at < self._assigned_at.get(item, 0),
            )
            for row in self.sessions_of(item)
        ]

    def finished_items(self) -> frozenset[str]:
        """Return the items whose blocked ones may start: landed, closed for good, reported."""
        over = {change.item for change in self.changes if _is_over(change)}
        return frozenset(over | set(self.reports))

    def _tell(self, event: Event) -> None:
        self.changes.tell(event)
        self._read(event)
        self._plans.tell(event)
        self._remember_when(event)
        self._trust(event)
        match event.type:
            case "session.started" if event.session:
                self._started(event.session, event)
            case "session.ended" if event.session in self.sessions:
                self._ended(self.sessions[str(event.session)], event)
            case "hub.mended":
                self.written_off.update(map(str, event.data.get("lost") or ()))
            case "report.read" if event.session:
                self.read.add(event.session)
            case "item.assigned":
                self.assigned[str(event.data.get("item"))] = str(event.data.get("lane"))
                self._assigned_at[str(event.data.get("item"))] = self.position
            case "base.left" | "base.forwarded" | "base.checked":
                self._base_went(event)
            case "run.started" | "run.paused" | "run.finished":
                self._run_went(event)

    def _read(self, event: Event) -> None:
        change = self.changes.get(str(event.data.get("change")))
        if change is not None and event.id not in self.changes.void:
            self.readers.tell(event, change)
        if event.type == "skill.changed":
            self.skills_told[str(event.data.get("change"))].add(str(event.data.get("skill")))

    def _trust(self, event: Event) -> None:
        """Learn that a lane may not land alone any more, or may again."""
        lane = str(event.data.get("lane"))
        if event.type == "lane.demoted":
            self.demoted[lane] = dict(event.data)
            self.demoted_for.add(str(event.data.get("change")))
        elif event.type == "lane.trusted":
            self.demoted.pop(lane, None)

    def _base_went(self, event: Event) -> None:
        if event.type == "base.checked":
            broken = event.data.get("result") == HarnessVerdict.ERROR
            self.broken_base = dict(event.data) if broken else None
            return
        self.left = None
        if event.type == "base.left":
            names = ("branch", "commit", "reason", "command")
            self.left = LeftBranch(*(str(event.data.get(name)) for name in names))

    def _remember_when(self, event: Event) -> None:
        """Remember where in the stream an event was that later ones are held against."""
        if event.type in _JUDGED:
            self._judged_at[str(event.data.get("item"))] = self.position
        elif event.type in _MAY_TELL:
            self._may_tell_at = self.position
        if event.type == "change.proposed" and event.session is None:
            self._entered_at[str(event.data.get("change"))] = self.position
        if event.type == "change.checked":
            self._checked_at[str(event.data.get("change"))] = self.position

    def _run_went(self, event: Event) -> None:
        if event.type == "run.started":
            self.run = RunRow(str(event.data.get("run")), event)
            for row in self.sessions.values():
                row.ends_in_run = 0
        elif event.type == "run.finished" and self.run is not None:
            self.run.finished = True
        else:
            self._run_paused(event)

    def _run_paused(self, event: Event) -> None:
        data = event.data
        self.stops += bool(data.get("stop"))
        if self.run is None:
            return
        self.run.stopped |= bool(data.get("stop"))
        if "item" in data:
            fix = str(data.get("fix") or "mend that, then `df run`")
            self.run.stuck[str(data["item"])] = Stuck(str(data.get("problem")), fix)
        else:
            self.run.held = str(data.get("reason") or "")

    def _started(self, session: str, event: Event) -> None:
        data = event.data
        known = self.sessions.get(session)
        if known is not None:
            known.outcome = None
        else:
            known = self.sessions[session] = SessionRow(
                id=session,
                item=str(data.get("item")),
                lane=str(data.get("lane")),
                agent=event.agent or "",
                attempt=int(data.get("attempt") or 1),
                started=event,
            )
            self._of_item.setdefault(known.item, []).append(known)
        known.begun_at = self.position
        known.begun = event_time(event)
        if self.run is not None and session not in self.run.sessions:
            self.run.sessions[session] = (known.tokens, known.cost_usd)

    def _ended(self, row: SessionRow, event: Event) -> None:
        data = {**event.data, "epoch": event.producer.epoch if event.producer else 1}
        row.ends.append(data)
        row.ended_at = self.position
        row.seconds += max(0.0, event_time(event) - row.begun)
        row.ends_in_run += not _with_run(data)
        row.outcome = Outcome(data["outcome"])
        row.tokens = max(row.tokens, int(data.get("tokens") or 0))
        row.cost_usd = max(row.cost_usd, float(data.get("cost_usd") or 0.0))
        if row.outcome is Outcome.REPORTED:
            self.reports[row.item] = row.id

    def _is_settled(self, row: SessionRow, change: Change | None) -> bool:
        """Tell whether what an end left is taken in: proposed and checked, or nothing to be."""
        end = row.ends[-1]
        head = offered_head(end, row.id, change)
        if head is None:
            return True
        if change is None:
            return False
        if change.branch:  # a newer word on the item than an end before it
            return row.ended_at < self._entered_at.get(change.id, 0)
        if change.state is ChangeState.CHECKING:
            checked_at = self._checked_at.get(change.id, 0)
            return change.waits_for_base and checked_at > self._may_tell_at
        known = (change.session, change.facts.get("epoch"), change.head)
        return known == (row.id, end["epoch"], head)


def _with_run(end: Mapping[str, Any]) -> bool:
    """Tell whether an end (data of ``session.ended``) came with that of the whole run."""
    return str(end.get("reason")).endswith(RUN_STOPPED)


def offered_head(end: Mapping[str, Any], session: str, change: Change | None) -> str | None:
    """Return the commit that an end (data of ``session.ended``) offers at the gate, if any.

    A session that met a limit but ended its own turn has meant its tree to be as it is. One that a
    change came back to may answer without touching it: then it offers the change as it was.
    """
    polite, outcome, head = bool(end.get("polite")), end["outcome"], end.get("head")
    if head is not None:
        stopped = outcome in (Outcome.BUDGET, Outcome.TIMED_OUT) and polite
        return str(head) if stopped or outcome == Outcome.PROPOSED else None
    back = change is not None and change.state in _BACK and change.session == session
    answered = polite and outcome in (Outcome.PROPOSED, Outcome.FAILED)
    return change.head if back and change and answered else None


_BACK = (ChangeState.REWORK, ChangeState.BOUNCED)


def _is_over(change: Change) -> bool:
    """Tell whether the item of *change* is done with."""
    if change.state is ChangeState.CLOSED:
        return change.reason != CloseAs.REIMPLEMENT
    return change.state in (ChangeState.LANDED, ChangeState.SUPERSEDED)
