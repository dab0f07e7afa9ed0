"""Changes as the factory stream tells them: folded from events, never stored anywhere else.

The order of the stream settles every race: an event that its change is past, or not ready for, is
void. So an approval never counts for a later head, and nobody closes what is just being landed.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from darkfactory.clock import seconds_of
from darkfactory.domain.change import ChangeState, Risk
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import number_of
from darkfactory.gate.comments import answered, asked, unanswered
from darkfactory.gate.effort import Look
from darkfactory.gate.flaky import Flaky
from darkfactory.gate.hold import Hold, hold_of
from darkfactory.gate.pairs import Pairs, Row
from darkfactory.gate.rules import broken_rules, names, wants_mending

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
ON_THE_WAY = frozenset(
    {ChangeState.APPROVED, ChangeState.QUEUED, ChangeState.TESTING, ChangeState.LANDING}
)
"""States of a change that somebody said yes to and that has not landed yet."""

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
    "withdrawn": ChangeState.WAITING_TASTE,
}

LANE = "lane:"
DRILL_REMOVED = "drill"
"""Why a drill is closed that nobody has judged."""
HARNESS = "harness"
"""Who sends back what is red."""
GATE = "gate"
"""Who sends back what leaves comments without an answer, or breaks rules of its skills."""
MACHINES = frozenset({"", HARNESS, GATE})
"""Who sends a change back without being a person: such a round counts against the attempts.

A person's is taken up once whatever the attempts; a session that fails over it counts again.
"""
UNANSWERED = "unanswered"
RULES = "rules"
ASKED_ANEW = frozenset({UNANSWERED, RULES})
"""Why the gate sends a change back that is taken up again whatever the attempts."""
_REMINDERS = 2
"""How often an agent is asked anew before its change comes back as it is."""
_REMEMBERED = 50
_LOOKS = 200
_OF_DRILLS = frozenset({"checked", "waiting", "approved", "rework", "closed", "deferred"})
_LEARNED = frozenset({"audited", "examined", "proved", "pretested", "drawn"})
_VERDICTS = frozenset({"approved", "rework", "closed", "deferred"})
_UNPROVED_RISK = 0.30
_FEWER_RISK = 0.40
_RULES_RISK = 0.40
_LANDS = (ChangeState.LANDING, ChangeState.LANDED)
_UNSAID = OPEN - {ChangeState.LANDING}
_JUDGED = frozenset({ChangeState.WAITING_TASTE, ChangeState.DEFERRED})
_FROM: dict[str, frozenset[ChangeState]] = {
    "waiting": frozenset({ChangeState.CHECKING, ChangeState.TESTING}),
    "approved": _JUDGED | {ChangeState.CHECKING},
    "queued": ON_THE_WAY | {ChangeState.CHECKING},
    "testing": ON_THE_WAY - {ChangeState.LANDING},
    "landing": frozenset({ChangeState.TESTING}),
    "landed": frozenset({ChangeState.LANDING}),
    "bounced": (ON_THE_WAY - {ChangeState.LANDING}) | {ChangeState.CHECKING},
    "rework": _UNSAID | {ChangeState.ABANDONED},
    "closed": _UNSAID | {ChangeState.ABANDONED},
    "deferred": _JUDGED,
    "superseded": (ON_THE_WAY - {ChangeState.LANDING}) | {ChangeState.CHECKING},
    "abandoned": _UNSAID,
    "withdrawn": ON_THE_WAY - {ChangeState.LANDING},
}
"""The states from which each event moves a change; in any other it is void."""


def may(state: ChangeState, verb: str) -> bool:
    """Tell whether event ``change.<verb>`` moves a change that is in *state*."""
    return state in _FROM[verb]


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes to what: *head* and *patch_id* pin it; anything else voids it.

    *by* starts with :data:`LANE` where a lane said it and no person. *batch* names the batch
    that it was said to as a part of, empty for a yes of its own; *opened*: somebody had opened it.
    *text* is the reason that was given, if any.
    """

    by: str
    head: str
    patch_id: str
    at: float
    batch: str = ""
    opened: bool = True
    text: str = ""


@dataclass(slots=True)
class Change:
    """One change as its events tell it. *facts* is the data of the last ``change.proposed``.

    *examined* is what a person said of its landing afterwards. *drilled* is what became of a drill:
    caught, missed or removed.
    *landings* is how many changes had landed when it was last tested. *proof* says whether its
    tests fail without its code, where that was tried. *plan* is how it fared behind others that
    have not landed yet. *drawn*: a batch may take it only once it was opened. *comments* are those
    of the last person who sent it back, each with what its agent has answered; *reminders* is how
    often it was asked anew for that, or to keep rules. *retests* is how often it was tested once
    more since its approval because it was red.
    """

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
    comments: tuple[dict[str, Any], ...] = ()
    deferred_until: float | None = None
    landings: int = -1
    proof: dict[str, Any] = field(default_factory=dict)
    audited: bool = False
    examined: str = ""
    drilled: str = ""
    retests: int = 0
    plan: dict[str, Any] = field(default_factory=dict)
    drawn: bool = False
    reminders: int = 0

    @property
    def wants_answers(self) -> bool:
        """Whether its agent is asked once more for answers before anybody reads it again."""
        return bool(unanswered(self.comments)) and self.reminders < _REMINDERS

    @property
    def wants_mending(self) -> bool:
        """Whether its agent is asked once more to keep the rules of its skills."""
        asked = self.approval is not None or self.reminders >= _REMINDERS
        return bool(self.check.get("green")) and not asked and wants_mending(self.check)

    @property
    def keeps_approval(self) -> bool:
        """Whether it has a yes that covers the rules that it breaks, if it breaks any."""
        return self.approval is not None and bool(
            self.approval.text.strip() or not broken_rules(self.check)
        )

    @property
    def branch(self) -> str | None:
        """The branch that it entered from; None: a session made it."""
        return self.facts.get("branch")

    @property
    def drill(self) -> dict[str, Any]:
        """What is wrong with it on purpose, empty for a real change; a drill never lands."""
        return self.facts.get("drill") or {}

    @property
    def lines(self) -> int:
        """How many lines it adds and removes."""
        return int(self.facts.get("added") or 0) + int(self.facts.get("removed") or 0)

    @property
    def waits_for_base(self) -> bool:
        """Whether only its red base keeps it from being judged: another base may tell."""
        return self.state is ChangeState.CHECKING and bool(self.check.get("waits"))

    @property
    def risk(self) -> Risk:
        """The risk that was measured, and what the last check adds to it."""
        told = self.facts.get("risk") or {}
        known = Risk(float(told.get("score") or 0.0), tuple(told.get("reasons") or ()))
        if self.check.get("unproved"):
            known = known.raised(_UNPROVED_RISK, str(self.check.get("why")))
        if self.check.get("fewer_tests"):
            known = known.raised(_FEWER_RISK, str(self.check["fewer_tests"]))
        broken = broken_rules(self.check)
        if broken:
            known = known.raised(_RULES_RISK, f"it breaks {', '.join(names(broken))}")
        return known

    def state_at(self, now: float) -> ChangeState:
        """Return the state, a deferral that has run out counted as waiting again."""
        due = self.deferred_until is not None and now >= self.deferred_until
        if self.state is ChangeState.DEFERRED and due:
            return ChangeState.WAITING_TASTE
        return self.state


class Changes:
    """All changes of one factory, folded from its stream as it grows.

    *void* holds the ids of events that moved nothing because they came too late or too early.
    *failed* tells of the last changes that were to land whether the harness refused them. *flaky*
    is what second runs of red changes told. *hold* is the red base for which
    landing is frozen, *holds* are all there were, by their fixer; *accepted* is the red base that a
    person has thawed last. *looks* are the last verdicts of people whose reading was measured.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Change] = {}
        self._by_item: dict[str, Change] = {}
        self.pairs = Pairs()
        self._landings = 0
        self._landed_tree = ""
        self.failed: deque[bool] = deque(maxlen=_REMEMBERED)
        self.flaky = Flaky()
        self.frozen: str | None = None
        self.hold: Hold | None = None
        self.holds: dict[str, Hold] = {}
        self.looks: deque[Look] = deque(maxlen=_LOOKS)
        self.accepted = ""
        self.void: set[str] = set()

    def tell(self, event: Event) -> None:
        """Take the next event of the factory stream."""
        room, _, verb = event.type.partition(".")
        name = event.data.get("change")
        if event.type == "gate.compared":
            self.pairs.compared(event.data, {one.id: one.head for one in self})
        if event.type == "gate.frozen":
            self._froze(event)
        if not isinstance(name, str):
            return
        known = self._by_id.get(name)
        if event.type == "gate.frozen" and known is not None:
            known.audited = True  # a person has to look at it; the gate does not ask twice
        elif room == "change" and verb == "proposed":
            self._proposed(name, known, event)
        elif room == "change" and known is not None:
            self._moved(known, verb, event)

    def _froze(self, event: Event) -> None:
        """Learn that landing stops or goes on: for a red base, for an audit, by a person's word."""
        data = event.data
        reason = str(data.get("reason") or "") or None
        if "base" not in data:
            self.frozen = reason
        if "base" in data and reason:
            self.hold = hold_of(dict(data))
            self.holds[self.hold.fixer] = self.hold
        elif not reason and self.hold is not None:
            self.accepted = "" if "base" in data else self.hold.base
            self.hold = None

    @property
    def stopped(self) -> str:
        """Why landing is frozen, whatever the reason; empty while it is not."""
        return self.frozen or (self.hold.reason if self.hold else "")

    def get(self, name: str) -> Change | None:
        """Return the change called *name*, or the newest one of item *name*."""
        return self._by_id.get(name) or self._by_item.get(name)

    def of_item(self, item: str) -> Change | None:
        """Return the newest change of *item*."""
        return self._by_item.get(item)

    def names(self) -> list[str]:
        """Return what :meth:`get` knows a change by: the ids of changes and of their items."""
        return [*self._by_id, *self._by_item]

    def __iter__(self) -> Iterator[Change]:
        return iter(self._by_id.values())

    def is_pretested(self, change: Change) -> bool:
        """Tell whether *change* was green on the base as the gate left it."""
        if change.check.get("green") and change.landings == self._landings:
            return True
        plan = change.plan
        return bool(plan.get("green")) and plan.get("base_tree") == self._landed_tree

    def conflicts_of(self, change: Change) -> list[str]:
        """Return the open changes that cannot land together with *change*, as last compared."""
        row = self.pairs.row(change.id) or Row()
        return [one.id for one in self if one.id in row.beside and one.state in OPEN]

    def merged_by_union(self, change: Change) -> list[str]:
        """Return the paths in which *change* meets the base by union, as last compared."""
        return list((self.pairs.row(change.id) or Row()).union)

    def conflicts_with_base(self, change: Change) -> list[str]:
        """Return the paths in which *change* does not merge with the base, as last compared."""
        return list((self.pairs.row(change.id) or Row()).base)

    def _proposed(self, name: str, before: Change | None, event: Event) -> None:
        data = dict(event.data)
        if before is not None and (before.state in _LANDS or before.item != str(data.get("item"))):
            self.void.add(event.id)
            return
        if before is not None and before.drill:
            data["drill"] = before.drill
        if before is None or before.head != data.get("head"):
            self.pairs.proposed(name)
        change = Change(
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
            since=event_time(event),
            facts=data,
            approval=_kept_approval(before, data),
            comments=answered(before.comments, str(data.get("summary"))) if before else (),
            drawn=before is not None and before.drawn and before.patch_id == data.get("patch_id"),
            reminders=before.reminders if before else 0,
        )
        self._by_id[name] = self._by_item[change.item] = change

    def _moved(self, change: Change, verb: str, event: Event) -> None:
        if verb == "checked" and _fits(change, verb, event):
            change.check = dict(event.data)
            change.landings = self._landings
        elif verb in _LEARNED:
            _learn(change, verb, event)
        elif verb == "retested":
            self._retested(change, event)
        elif verb in _FROM and may(change.state, verb) and _fits(change, verb, event):
            _move(change, verb, event)
            _end_drill(change, verb)
            self._count(change, verb)
            self._measure(change, verb, event)
        elif verb in _FROM:
            self.void.add(event.id)

    def _count(self, change: Change, verb: str) -> None:
        if verb == "landed":
            self._landings += 1
            self._landed_tree = str(change.landing.get("tested_tree"))
            self.failed.append(False)
        elif verb == "bounced" and change.reason == "harness":
            self.failed.append(True)

    def _measure(self, change: Change, verb: str, event: Event) -> None:
        """Remember how long a person has read *change* before a verdict, where that is told."""
        seconds = number_of(event.data.get("seconds"))
        by_person = not str(event.data.get("by")).startswith(LANE)
        if verb in _VERDICTS and by_person and seconds:
            self.looks.append(Look(change.lane, change.lines, seconds))

    def _retested(self, change: Change, event: Event) -> None:
        change.retests += 1
        self.flaky.tell(event.data, event_time(event))


def _end_drill(change: Change, verb: str) -> None:
    """End a drill with the first verdict on it: a yes has missed it, a no has caught it."""
    if not change.drill or verb not in ("approved", "rework", "closed"):
        return
    removed = change.reason == DRILL_REMOVED
    change.drilled = "missed" if verb == "approved" else "removed" if removed else "caught"
    change.state, change.approval = ChangeState.CLOSED, None


def _learn(change: Change, verb: str, event: Event) -> None:
    """Take a fact about the change; most count only if they are about the change as it is."""
    match verb:
        case "audited":
            change.audited = True
        case "examined":
            change.examined = str(event.data.get("reason"))
        case _ if event.data.get("head") != change.head:
            return
        case "proved":
            change.proof = dict(event.data)
        case "pretested":
            change.plan = dict(event.data)
        case "drawn":
            change.drawn = True


def _move(change: Change, verb: str, event: Event) -> None:
    data = dict(event.data)
    change.state = _STATES[verb]
    change.since = event_time(event)
    change.reason = str(data.get("reason") or "")
    change.detail = data.get("detail")
    change.text = str(data.get("text") or "")
    change.by = str(data.get("by") or "")
    change.places = tuple(data.get("places") or ())
    match verb:
        case "approved":
            by, head, pin = data.get("by"), data.get("head"), data.get("patch_id")
            change.approval = Approval(
                str(by),
                str(head),
                str(pin),
                event_time(event),
                batch=str(data.get("batch") or ""),
                opened=bool(data.get("opened", True)),
                text=change.text,
            )
            change.retests = 0
        case "rework" if change.by not in MACHINES:
            change.approval = None
            change.comments, change.reminders = asked(change.places), 0
        case "rework" if change.reason in ASKED_ANEW:
            change.reminders += 1
        case "landing":
            change.intent = data
        case "landed":
            change.landing = data
        case "deferred":
            change.deferred_until = float(data.get("until") or 0.0)
        case "waiting" | "withdrawn" | "rework" | "closed" | "abandoned":
            change.approval = None


def _fits(change: Change, verb: str, event: Event) -> bool:
    """Tell whether an event speaks of the change as it is: its head, and a yes to that head."""
    if event.data.get("head", change.head) != change.head:
        return False
    if change.drill and verb not in _OF_DRILLS:
        return False  # whatever is recorded, it is on no way to the base
    return change.approval is not None or verb not in ("queued", "testing", "landing")


def _kept_approval(before: Change | None, data: dict[str, Any]) -> Approval | None:
    """Return the approval that a new revision keeps: only of an equal patch (a pure rebase)."""
    if before is None or before.approval is None:
        return None
    return before.approval if before.approval.patch_id == data.get("patch_id") else None


def event_time(event: Event) -> float:
    """Return when an event of ours was, in seconds since the epoch; 0 where it does not say."""
    if isinstance(event.ts, str):
        return seconds_of(event.ts)
    return float(event.ts or 0.0)
