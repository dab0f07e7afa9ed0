"""The gate as one person goes through it: what waits in which order, one change whole, verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from darkfactory.domain.change import ChangeState, CloseAs
from darkfactory.factory.line import Line
from darkfactory.factory.show_gate import is_hard, known_change, looked, reading_order, show_facts
from darkfactory.factory.since_last import mark_looked
from darkfactory.gate.comments import Comment
from darkfactory.gate.readers import Reading, rubber_stamps
from darkfactory.gate.record import Change

if TYPE_CHECKING:  # the first change is drawn before its diff is read
    from darkfactory.changes.moved import Place
    from darkfactory.changes.reading import ReadingFile
    from darkfactory.gate.room import GateRoom

_DIFF_LIMIT = 512 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits for a verdict, as the list of them shows it."""

    id: str
    title: str
    lane: str
    risk: float
    hard: bool
    green: bool
    head: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from, and what it has cost."""

    agent: str = ""
    skills: tuple[str, ...] = ()
    tokens: int = 0
    usd: float = 0.0
    minutes: float = 0.0
    body: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """A diff as it is read; *moved* are rows of moved code, *more* the lines that are left out."""

    files: "tuple[ReadingFile, ...]"
    moved: "frozenset[Place]" = frozenset()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """One change whole. *since* is what changed since revision *seen*, None at a first look.

    *change* and *taste* are those of ``gate show``; *diff* is None while it is not read.
    """

    change: dict[str, Any]
    taste: tuple[str, ...]
    origin: Origin
    diff: Diff | None = None
    since: Diff | None = None
    seen: int = 0

    @property
    def lands(self) -> str:
        """When it lands once somebody says yes, in words."""
        if self.change["pretested"]:
            return "at once: its merge with the base as it is was tested"
        if self.change["harness"]["result"] is None:
            return "after a run of the checks, its first"
        return "after a run of the checks: the base has moved since they ran"

    @property
    def news(self) -> Diff | None:
        """What its reader has not seen yet: what changed since their last look, else all of it."""
        return self.diff if self.since is None else self.since

    @property
    def id(self) -> str:
        """The change."""
        return str(self.change["id"])

    @property
    def head(self) -> str:
        """The commit that is shown."""
        return str(self.change["head"])


class Review:
    """The waiting changes of one factory, for the person *by*. Used by one thread at a time."""

    def __init__(self, line: Line, by: str) -> None:
        self._line = line
        self._by = by
        self._gate: GateRoom | None = None

    def waiting(self) -> list[Waiting]:
        """Return what waits for a verdict now, in the order in which it is read."""
        self._line.record.refresh()
        now = self._line.clock.now()
        found = [
            change
            for change in self._line.record.changes
            if change.state_at(now) is ChangeState.WAITING_TASTE
        ]
        return [_waiting(change) for change in sorted(found, key=reading_order)]

    def facts(self, name: str) -> Opened:
        """Return a change without its diff: only the record is asked."""
        change = self._change(name)
        shown = show_facts(self._line, change)
        taste = tuple(str(row["question"]) for row in shown["taste"])
        return Opened(shown["change"], taste, self._origin(change))

    def open(self, name: str) -> Opened:
        """Return a change whole, and what of it is new to its reader.

        Raises:
            UnknownChange: If there is none.
            HubLost: If its commits are gone.
        """
        from darkfactory.changes.measure import diff_text

        change, facts = self._change(name), self.facts(name)
        hub = self._line.hub
        text = diff_text(hub.path, change.base, change.head, limit_bytes=_DIFF_LIMIT)
        lines = int(facts.change["added"]) + int(facts.change["removed"])
        told = looked(self._line, change, self._by)
        since, last = told["since_last"], told["last_look"]
        return Opened(
            facts.change,
            facts.taste,
            facts.origin,
            _diff(text, facts.change, lines),
            None if since is None else _diff(since, facts.change, None),
            int(last["revision"]) if last else 0,
        )

    def mark_looked(self, name: str) -> None:
        """Record that the reader has the change before them as it is."""
        mark_looked(self._line, self._change(name), self._by)

    def state(self, name: str) -> tuple[str, str, int, dict[str, Any]]:
        """Return the head, the state, the revision and the facts that a change has now."""
        change = self._change(name)
        state = change.state_at(self._line.clock.now()).value
        return change.head, state, change.revision, show_facts(self._line, change)["change"]

    def diff(self, name: str) -> tuple[str, str, str, str]:
        """Return what a pager needs: base, head, the hub's folder, and the whole diff as text."""
        from darkfactory.changes.measure import diff_text

        change, hub = self._change(name), self._line.hub
        text = diff_text(hub.path, change.base, change.head, limit_bytes=_DIFF_LIMIT * 64)
        return change.base, change.head, str(hub.path), text

    def approve(
        self,
        name: str,
        head: str,
        reading: Reading,
        *,
        text: str = "",
        taste: dict[int, bool] | None = None,
    ) -> None:
        """Say yes to a change; it is in the queue then, and somebody has to land it.

        Raises:
            Moved: If it has another head than *head*; so for all verdicts.
            NotAtTheGate: If it does not wait for that verdict; so for all verdicts.
            Overtaken: If something else happened to it at the same moment; so for all verdicts.
            NoReason: If it breaks rules that the gate enforces, and *text* does not say why it may.
        """
        from darkfactory.gate.verdicts import approve

        room, change = self._read(name, head)
        approve(room, change, by=self._by, text=text, taste=taste, reading=reading)

    def rework(
        self, name: str, head: str, reading: Reading, *, text: str, comments: Sequence[Comment]
    ) -> None:
        """Send a change back with words, and comments on its lines.

        Raises:
            NoWords: If there are none.
            NoSuchPlace: If a comment is on a line that is not there.
        """
        from darkfactory.gate.verdicts import rework

        room, change = self._read(name, head)
        rework(room, change, by=self._by, text=text, comments=comments, reading=reading)

    def close(
        self, name: str, head: str, reading: Reading, *, close_as: CloseAs, text: str
    ) -> None:
        """Close a change without landing it."""
        from darkfactory.gate.verdicts import close

        room, change = self._read(name, head)
        close(room, change, by=self._by, close_as=close_as, text=text, reading=reading)

    def defer(self, name: str, head: str, reading: Reading, *, until: str) -> None:
        """Put a change aside.

        Raises:
            BadTime: If *until* is no time to come.
        """
        from darkfactory.gate.verdicts import defer

        room, change = self._read(name, head)
        defer(room, change, by=self._by, until=until, reading=reading)

    def batch(self, lane: str) -> dict[str, Any]:
        """Return what one yes to *lane* would cover now, as ``gate batch`` tells it.

        Raises:
            NoBatches: If the lane does not allow it.
        """
        from darkfactory.factory.batch import offer_batch

        return offer_batch(self._line, lane, by=self._by, tests=False).told()

    def approve_batch(self, lane: str, batch: str) -> list[str]:
        """Say yes to a *batch* as it was shown; return the changes that are in the queue then.

        Raises:
            NotOpened: If something that was drawn was not opened.
            BatchMoved: If it is another one now.
        """
        from darkfactory.factory.batch import approve_batch

        return approve_batch(self._line, lane, by=self._by, batch=batch)

    def undo(self, names: Sequence[str]) -> dict[str, Any]:
        """Take back the yes to changes that have not landed, as ``gate undo`` does."""
        from darkfactory.factory.batch import undo

        return undo(self._line, names, by=self._by)

    def stamps(self) -> list[str]:
        """Return what makes the reader's last verdicts look like rubber stamps."""
        self._line.record.refresh()
        verdicts = self._line.record.readers.verdicts_of(self._by)
        return rubber_stamps(verdicts, self._line.clock.now())

    def _read(self, name: str, head: str) -> "tuple[GateRoom, Change]":
        from darkfactory.gate.verdicts import check_read

        self._gate = self._gate or self._line.gate()
        change = self._gate.find(name)
        check_read(change, (head,))
        return self._gate, change

    def _change(self, name: str) -> Change:
        return known_change(self._line, name)

    def _origin(self, change: Change) -> Origin:
        record = self._line.record
        rows = record.plan.plan.items if record.plan else ()
        body = next((row.item.body for row in rows if row.item.id == change.item), "")
        session = record.sessions.get(change.session or "")
        if session is None:
            return Origin(body=body)
        skills = session.started.data.get("skills") or ()
        return Origin(
            session.agent,
            tuple(str(skill.get("name")) for skill in skills),
            session.tokens,
            session.cost_usd,
            session.seconds / 60,
            body,
        )


def _waiting(change: Change) -> Waiting:
    return Waiting(
        change.id,
        change.title,
        change.lane,
        change.risk.score,
        is_hard(change),
        bool(change.check.get("green")),
        change.head,
    )


def _diff(text: str, change: dict[str, Any], lines: int | None) -> Diff:
    """Return *text* in reading order.

    Args:
        lines: How many changed lines there are in all, if somebody counted.
    """
    from darkfactory.changes.hunks import patches
    from darkfactory.changes.moved import moved_rows
    from darkfactory.changes.reading import in_reading_order

    files = in_reading_order(patches(text), change)
    patched = [file.patch for file in files]
    shown = sum(file.changed("+") + file.changed("-") for file in patched)
    more = 0 if lines is None else max(0, lines - shown)
    return Diff(files, moved_rows(patched), more)
