"""When an agent has heard a steer: with the first answer of its model that began behind it. Pure.

Programs call tools side by side and run on while words wait, so calls alone prove no hearing. In a
log an answer begins with what the model says or thinks once calls have ended or a request was
counted; with the second request counted; with a turn. Where requests are not counted, a call that
starts when all before it have ended stands for an answer. Behind words whose coming is told, what
may have begun before them counts for none: a request may be on its way when they come.
"""

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import text_of
from darkfactory.domain.session import ControlOp
from darkfactory.waffle.ladder import Ladder
from darkfactory.waffle.recent import Recent
from darkfactory.waffle.steers import BY_SCORE

_WISHES = 8


class Hearing:
    """Tells a ladder what became of its steers, event by event.

    A session that says so (`steers_told` of ``session.started``) is held to what its log tells was
    applied. Of any other log it is assumed that a steer comes at once, unless it stands there.
    """

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._answers = _Answers()
        self._wishes: Recent[str, int] = Recent(_WISHES)

    def take(self, event: Event, calls: int) -> None:
        """Take the next event, before which there were *calls*."""
        if event.type.startswith("control."):
            self._control(event, calls)
        elif event.parent is None:
            if event.type == "session.started":
                self._ladder.begin(told=event.data.get("steers_told") is True)
            if self._answers.begins(event):
                self._ladder.answered(calls)

    def _control(self, event: Event, calls: int) -> None:
        name = text_of(event.data.get("id"))
        if event.type == "control.requested":
            if event.data.get("op") == ControlOp.STEER and event.data.get("by") in BY_SCORE:
                self._wishes.put(name, self._ladder.steers)
                self._ladder.waiting(self._ladder.steers)
            return
        number = self._wishes.get(name)
        if number is None:
            return
        match event.type:
            case "control.applied":
                self._ladder.applied(number)
                self._answers.restart()
            case "control.rejected":
                self._ladder.shown(number, calls)
            case "control.expired":
                self._ladder.lost(number)


class _Answers:
    """Tells where the answers of a session's own agent begin."""

    def __init__(self) -> None:
        self._counted = False
        self._open = 0
        self.restart()

    def restart(self) -> None:
        """Let what comes next belong to the answer that is being given."""
        self._ended = False
        self._told = False

    def begins(self, event: Event) -> bool:
        """Tell whether an answer has begun by *event* that was not there before."""
        match event.type:
            case "turn.started":
                self.restart()
                return True
            case "thought":
                return self._speaks()
            case "message" if event.data.get("role") == "assistant":
                return self._speaks()
            case "usage" if event.data.get("scope") == "request":
                begun, self._told, self._counted = self._told, True, True
                return begun
            case "tool.started":
                begun = self._ended and not (self._counted or self._open)
                self._open += 1
                self._ended = self._ended and not begun
                return begun
            case "tool.finished":
                self._open = max(self._open - 1, 0)
                self._ended = True
        return False

    def _speaks(self) -> bool:
        begun = self._ended or self._told
        self._ended = self._told = False
        return begun
