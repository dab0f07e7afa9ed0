"""What one run of a session has told so far, read back from its stream."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.event import Data, Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.sessions.limits import highest
from darkfactory.waffle.steers import is_nuke

_SCORES = 16
_NOBODY = ("recovery", "turn end")  # who resolves an approval when whoever asked is gone


@dataclass(slots=True)
class Story:
    """Facts of the log that a later reader needs.

    *ended* is the data of ``session.ended`` and *ended_epoch* the run that it ended; *ending* is a
    verdict that a host has taken and not carried out yet. *wishes* are requested and not answered
    yet, each with its data; *controls* are those of them that were accepted, *answered* the rest.
    *unanswered* are approvals that nobody answered before an earlier run of the session came to its
    end. *began* is the event of the last start, *end* that of the end behind it, *dated* the first
    that has a time. *scores* are the last waffle scores told, *doubt* what the last one asks for,
    and *because* its first reason; once the score has *nuked* the session, they stay what it was
    nuked for.
    """

    turn: int | None = None
    in_turn: bool = False
    turn_end: str | None = None
    open_calls: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    wishes: dict[str, Data] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    native: str | None = None
    model: str | None = None
    last_words: str = ""
    tokens: int = 0
    cost: float = 0.0
    requests: int = 0
    dated: Event | None = None
    began: Event | None = None
    end: Event | None = None
    last: Event | None = None
    last_position: int = 0
    retrying: bool = False
    waffle: float | None = None
    risk: float | None = None
    scores: deque[float] = field(default_factory=lambda: deque(maxlen=_SCORES))
    doubt: str = ""
    because: str = ""
    last_action: str = ""
    nuked: bool = False
    ending: dict[str, Any] | None = None
    ended: dict[str, Any] | None = None
    ended_epoch: int | None = None

    @property
    def spoke(self) -> bool:
        """Whether the agent has said or done anything, so that its conversation is worth keeping.

        Programs tell a conversation's id before they have stored anything of it.
        """
        return bool(self.last_words or self.last_action or self.requests)

    def tell(self, position: int, event: Event) -> None:
        """Take the next event, which ends at *position*; what is posted into it proves nothing."""
        if not event.posted:
            self._take(position, event)

    def _take(self, position: int, event: Event) -> None:
        data = event.data
        self.dated = self.dated or (event if event.ts is not None else None)
        self.last, self.last_position = event, position
        self.retrying = event.type == "retry"
        match event.type:
            case "session.started":
                self.began, self.end = event, None
                self._begin()
            case "session.ending":
                self.ending = dict(data)
            case "session.ended":
                self.end = event
                self.ended, self.ending, self.in_turn = dict(data), None, False
                self.ended_epoch = event.producer.epoch if event.producer else None
            case "session.native":
                self.native = str(data.get("id"))
                self.model = text_of(data.get("model")) or self.model
            case "usage":
                self._count(data)
            case "waffle.scored" if not self.nuked:
                self._scored(data)
            case "message" if data.get("role") == "assistant" and event.parent is None:
                self.last_words = text_of(data.get("text"))
            case _:
                self._turns(event)
                self._calls(event)
                self._controls(event)

    def _scored(self, data: Data) -> None:
        self.waffle, self.risk = number_of(data.get("score")), number_of(data.get("risk"))
        if self.waffle is not None:
            self.scores.append(self.waffle)
        self.doubt = text_of(data.get("action"))
        first = next(iter(list_of(data.get("signals"))), None)
        self.because = text_of(mapping_of(first).get("because"))

    def _begin(self) -> None:
        """Forget what was open when an earlier run of the session ended."""
        self.ending = self.ended = self.ended_epoch = None
        self.native = self.turn_end = None
        self.in_turn = self.nuked = False
        self.open_calls.clear()
        self.unanswered |= self.approvals
        self.approvals.clear()

    def _turns(self, event: Event) -> None:
        if event.type == "turn.started":
            self.turn, self.in_turn, self.turn_end = event.turn, True, None
        elif event.type == "turn.finished":
            self.in_turn, self.turn_end = False, str(event.data.get("reason"))
            self.last_words = text_of(event.data.get("text")) or self.last_words

    def _calls(self, event: Event) -> None:
        data = event.data
        match event.type:
            case "tool.started":
                self.open_calls[str(data.get("call"))] = str(data.get("name") or "")
                self.last_action = _action(data)
            case "tool.finished":
                self.open_calls.pop(str(data.get("call")), None)
            case "approval.requested":
                self.approvals[str(data.get("request"))] = text_of(data.get("command"))
            case "approval.resolved":
                command = self.approvals.pop(str(data.get("request")), "")
                if command and data.get("by") in _NOBODY:
                    self.unanswered[str(data.get("request"))] = command

    def _controls(self, event: Event) -> None:
        name = str(event.data.get("id"))
        match event.type:
            case "control.requested":
                self.wishes[name] = event.data
                self.nuked |= is_nuke(event.data)
            case "control.accepted":
                self.controls[name] = str(event.data.get("op") or "")
            case "control.applied" | "control.rejected" | "control.expired":
                self.wishes.pop(name, None)
                self.controls.pop(name, None)
                self.answered.add(name)

    def _count(self, data: Any) -> None:
        self.tokens = highest(self.tokens, data.get("total_session"))
        self.cost = highest(self.cost, data.get("cost_usd"))
        self.requests += data.get("scope") == "request"


def _action(data: Data) -> str:
    """Return what a call does, by the data of its start."""
    paths = " ".join(map(str, list_of(data.get("paths"))))
    name = text_of(data.get("name")) or text_of(data.get("kind")) or "tool"
    return f"{name} {text_of(data.get('command')) or paths}".strip()


def read_story(events: Iterable[tuple[int, Event]]) -> Story:
    """Return what *events*, each with the position behind it, tell."""
    story = Story()
    for position, event in events:
        story.tell(position, event)
    return story
