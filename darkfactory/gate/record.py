"""Changes as the factory stream tells them: folded from events, never stored anywhere else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from darkfactory.clock import seconds_of
from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event

OPEN = frozenset(
    {
        ChangeState.CHECKING,
        ChangeState.WAITING_TASTE,
        ChangeState.APPROVED,
        ChangeState.QUEUED,
        ChangeState.TESTING,
        ChangeState.LANDING,
        ChangeState.BOUNCED,
        ChangeState.REWORK,
        ChangeState.DEFERRED,
    }
)
TERMINAL = frozenset(ChangeState) - OPEN

_STATES = {
    "proposed": ChangeState.CHECKING,
    "waiting": ChangeState.WAITING_TASTE,
    "approved": ChangeState.APPROVED,
    "queued": ChangeState.QUEUED,
    "testing": ChangeState.TESTING,
    "landing": ChangeState.LANDING,
    "landed": ChangeState.LANDED,
    "bounced": ChangeState.BOUNCED,
    "rework": ChangeState.REWORK,
    "closed": ChangeState.CLOSED,
    "deferred": ChangeState.DEFERRED,
    "superseded": ChangeState.SUPERSEDED,
    "abandoned": ChangeState.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes to what: *head* and *patch_id* pin it; anything else voids it."""

    by: str
    head: str
    patch_id: str
    at: float


@dataclass(slots=True)
class Change:
    """One change as its events tell it. *facts* is the data of the last ``change.proposed``."""

    id: str
    item: str
    lane: str
    title: str
    session: str | None
    revision: int
    head: str
    base: str
    patch_id: str
    state: ChangeState
    since: float
    facts: dict[str, Any] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    approval: Approval | None = None
    intent: dict[str, Any] = field(default_factory=dict)
    landing: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    detail: Any = None
    text: str = ""
    by: str = ""
    places: tuple[dict[str, Any], ...] = ()
    deferred_until: float | None = None

    def state_at(self, now: float) -> ChangeState:
        """Return the state, a deferral that has run out counted as waiting again."""
        due = self.deferred_until is not None and now >= self.deferred_until
        if self.state is ChangeState.DEFERRED and due:
            return ChangeState.WAITING_TASTE
        return self.state


class Changes:
    """All changes of one factory, folded from its stream as it grows."""

    def __init__(self) -> None:
        self._by_id: dict[str, Change] = {}
        self.frozen: str | None = None

    def tell(self, event: Event) -> None:
        """Take the next event of the factory stream."""
        if event.type == "gate.frozen":
            self.frozen = str(event.data.get("reason") or "") or None
            return
        room, _, verb = event.type.partition(".")
        name = event.data.get("change")
        if room != "change" or not isinstance(name, str):
            return
        if verb == "proposed":
            self._proposed(name, event)
        elif name in self._by_id:
            self._moved(self._by_id[name], verb, event)

    def get(self, name: str) -> Change | None:
        """Return the change called *name*, or the newest one of item *name*."""
        found = self._by_id.get(name)
        return found or next((c for c in reversed(list(self)) if c.item == name), None)

    def of_item(self, item: str) -> Change | None:
        """Return the newest change of *item*."""
        return next((change for change in reversed(list(self)) if change.item == item), None)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._by_id.values())

    def _proposed(self, name: str, event: Event) -> None:
        data = dict(event.data)
        before = self._by_id.get(name)
        self._by_id[name] = Change(
            id=name,
            item=str(data.get("item")),
            lane=str(data.get("lane") or ""),
            title=str(data.get("title") or ""),
            session=event.session,
            revision=int(data.get("revision") or 1),
            head=str(data.get("head")),
            base=str(data.get("base")),
            patch_id=str(data.get("patch_id")),
            state=ChangeState.CHECKING,
            since=_at(event),
            facts=data,
            approval=_kept_approval(before, data),
        )

    def _moved(self, change: Change, verb: str, event: Event) -> None:
        data = dict(event.data)
        if verb == "checked":
            change.check = data
            return
        if verb == "audited" or verb not in _STATES:
            return
        change.state = _STATES[verb]
        change.since = _at(event)
        change.reason = str(data.get("reason") or "")
        change.detail = data.get("detail")
        change.text = str(data.get("text") or "")
        change.by = str(data.get("by") or "")
        change.places = tuple(data.get("places") or ())
        match verb:
            case "approved":
                by, head, pin = data.get("by"), data.get("head"), data.get("patch_id")
                change.approval = Approval(str(by), str(head), str(pin), _at(event))
            case "landing":
                change.intent = data
            case "landed":
                change.landing = data
            case "deferred":
                change.deferred_until = float(data.get("until") or 0.0)
            case "rework" | "closed":
                change.approval = None


def _kept_approval(before: Change | None, data: dict[str, Any]) -> Approval | None:
    """Return the approval that a new revision keeps: only of an equal patch (a pure rebase)."""
    if before is None or before.approval is None:
        return None
    return before.approval if before.approval.patch_id == data.get("patch_id") else None


def _at(event: Event) -> float:
    if isinstance(event.ts, str):
        return seconds_of(event.ts)
    return float(event.ts or 0.0)


def fold(events: Iterable[Event]) -> Changes:
    """Return the changes that *events* of a factory stream tell."""
    changes = Changes()
    for event in events:
        changes.tell(event)
    return changes
