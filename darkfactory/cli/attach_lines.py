"""What an attached view says: the lines of its log, its head, what waits for an answer."""

from dataclasses import dataclass, field

from darkfactory.cli.attach_feed import Answered, News, Note, Over
from darkfactory.cli.output import flat, plain
from darkfactory.cli.transcript import event_text
from darkfactory.cli.words import count, state_word
from darkfactory.domain.event import Event
from darkfactory.domain.session import TurnEnd
from darkfactory.sessions.control import Receipt
from darkfactory.sessions.story import Story


@dataclass(frozen=True, slots=True)
class Line:
    """Some text of the log and what kind it is: said, done, asked, trouble, note or end."""

    text: str
    kind: str


@dataclass(slots=True)
class Telling:
    """What was told of a session so far, and what this view has asked of it."""

    session: str
    story: Story = field(default_factory=Story)
    about: str = ""
    over: bool = False
    _waiting: dict[str, str] = field(default_factory=dict)
    _early: dict[str, Event] = field(default_factory=dict)

    def lines(self, news: News) -> list[Line]:
        """Take *news* in and return the lines that tell it."""
        match news:
            case Note(text, bad):
                return [Line(f"  ! {flat(text)}" if bad else f"  . {flat(text)}", _kind(bad))]
            case Answered(op, receipt):
                return self._answered(str(op), receipt)
            case Over():
                self.over = True
                return [Line("  . nothing more comes in this log", "note")]
            case _:
                return self._told(news)

    def head(self) -> str:
        """Return what the session is and does, in one line."""
        parts = [self.session, self.about, self._state(), f"{count(self.story.tokens)} tokens"]
        return "  ".join(part for part in parts if part)

    def question(self) -> tuple[str, str] | None:
        """Return the approval that waits longest, and the words that ask for it."""
        if not self.story.approvals or self.story.ended is not None:
            return None
        request, command = next(iter(self.story.approvals.items()))
        more = len(self.story.approvals) - 1
        asked = f"{request} wants your yes to: {flat(command) or 'a step'}"
        return request, f"{asked}  (and {more} more)" if more else asked

    def _told(self, event: Event) -> list[Line]:
        self.story.tell(0, event)
        if event.type == "session.started":
            data = event.data
            self.about = flat(f"{data.get('item')} in {data.get('lane')} by {event.agent}")
        if event.type in ("control.applied", "control.rejected", "control.expired"):
            return self._closed(event)
        text = event_text(event)
        return [Line(plain(text), _kind_of(event.type))] if text else []

    def _answered(self, op: str, receipt: Receipt) -> list[Line]:
        if receipt.state == "applied":
            return [_applied(op, receipt.how)]
        early = self._early.pop(receipt.id, None)
        if early is not None:
            return [_applied(op, early.data.get("how"))]
        self._waiting[receipt.id] = op
        return [Line(f"  = {op} is accepted and will be applied", "note")]

    def _closed(self, event: Event) -> list[Line]:
        """Tell the end of a message: ours, which was only accepted until now, or a refused one."""
        name = str(event.data.get("id"))
        op = self._waiting.pop(name, None)
        if event.type != "control.applied":
            return [Line(plain(event_text(event)), "trouble")]
        if op is not None:
            return [_applied(op, event.data.get("how"))]
        self._early[name] = event
        return []

    def _state(self) -> str:
        story = self.story
        if story.ended is not None:
            return state_word(str(story.ended.get("outcome")))
        if story.approvals:
            return "WAITS FOR YOU"
        if story.in_turn:
            return "RETRYING" if story.retrying else "working"
        if story.turn_end == TurnEnd.INTERRUPTED:
            return "idle: steer or cancel it"
        return "starting" if story.turn_end is None else "finishing"


def _applied(op: str, how: object) -> Line:
    when = {"now": "applied now", "queued": "queued until its turn is over"}.get(
        str(how), "applied"
    )
    return Line(f"  = {op}: {when}", "note")


def _kind(bad: bool) -> str:  # noqa: FBT001 - a fact
    return "trouble" if bad else "note"


def _kind_of(type_: str) -> str:
    if type_ in ("session.started", "session.ended", "turn.finished"):
        return "end"
    if type_ == "message":
        return "said"
    if type_.startswith(("approval.", "control.")):
        return "asked"
    if type_ in ("error", "warning", "denied", "retry", "waffle.scored"):
        return "trouble"
    return "done"
