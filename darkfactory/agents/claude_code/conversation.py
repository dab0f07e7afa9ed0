"""The dialogue with one running Claude Code: its lines become steps, wishes become its messages.

A turn ends with the program's ``result`` line, or with ``session_state_changed: idle`` where none
comes (an interrupt caught the prompt before it began). A message sent while a turn runs reaches
the model with the next tool result; where none follows it becomes the next turn.
``command_lifecycle``, and the replay of the message, tell which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from darkfactory.agents.claude_code import notices, wire
from darkfactory.agents.claude_code.noise import Noise
from darkfactory.agents.claude_code.outcome import failure_of, turn_end_of
from darkfactory.agents.claude_code.skills import SkillUse
from darkfactory.agents.claude_code.transcript import Transcript
from darkfactory.agents.claude_code.usage import Ledger
from darkfactory.agents.protocol import Applied, CloseInput, Emit, Native, Refused, Send, Step
from darkfactory.domain.session import TurnEnd

_KILLED = frozenset({130, 137, 143})
_COST = "cost-"
_GONE_STATES = frozenset({"cancelled", "discarded", "refused"})


@dataclass(slots=True)
class _Turn:
    """The running turn. *heard*: the program has shown that it works on one of *messages*."""

    messages: set[str] = field(default_factory=set)
    interrupts: list[str] = field(default_factory=list)
    heard: bool = False
    cancelled: bool = False


@dataclass(slots=True)
class _Steer:
    """A message that the model has not got yet; *late*: the turn it was meant for is over."""

    control: str
    late: bool = False


class ClaudeConversation:
    """A dialogue with one running program; see the protocol's promise.

    Args:
        request: The session's spec; see :meth:`Adapter.converse`.
        new_id: Makes the names of messages, which must be unique in a conversation, also over
            resumes: the program drops a message whose name it knows.
    """

    def __init__(
        self, request: Mapping[str, Any], *, new_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self._prompt = str(request.get("prompt") or "")
        self._new_id = new_id
        ledger = Ledger(
            total_before=wire.count(request.get("total_before")),
            cost_before=wire.amount(request.get("cost_before")) or 0.0,
            resumed=bool(request.get("resume")),
        )
        workspace, skills = str(request.get("workspace") or ""), SkillUse(request.get("skills"))
        self._transcript = Transcript(workspace, ledger, skills)
        self._turn: _Turn | None = None
        self._steers: dict[str, _Steer] = {}
        self._approvals: set[str] = set()
        self._interrupts: dict[str, str] = {}
        self._native = Native()
        self._servers = [wire.word(one.get("name")) for one in wire.items(request.get("mcp"))]
        self._crippled = False
        self._asked = 0
        self._noise = Noise()
        self._heard_by: dict[str, Callable[[dict[str, Any]], list[Step]]] = {
            "assistant": self._assistant,
            "command_lifecycle": self._lifecycle,
            "control_request": self._asked_us,
            "control_response": self._answered,
            "result": self._result,
            "stream_event": self._stream,
            "system": self._system,
            "user": self._user,
        }

    def open(self, *, trigger: str) -> list[Step]:
        """Return the first steps: the prompt, and what the program says was spent before it."""
        message = self._new_id()
        started = self._begin(trigger, message)
        # The first cost summary shows what a resumed conversation had spent before.
        return [started, self._ask_cost(), Send(wire.user_message(message, self._prompt))]

    def hear(self, line: bytes) -> list[Step]:
        """Return what one line of standard output means; garbage is a ``warning``."""
        if wire.is_delta(line) or not line.strip():
            return []
        body = wire.decode(line)
        if body is None:
            return _warnings(self._noise.broken(line))
        kind = wire.word(body.get("type")) or ""
        handler = self._heard_by.get(kind)
        if handler is None:
            return _warnings(self._noise.unknown(kind))
        inside = self._turn is not None
        steps = handler(body)
        return steps if inside or self._turn else notices.between_turns(steps)

    def steer(self, control: str, text: str) -> list[Step]:
        """Return the steps that give *text* to the agent; a new turn when it is idle."""
        message = self._new_id()
        self._steers[message] = _Steer(control)
        send = Send(wire.user_message(message, text))
        return [send] if self._turn else [self._begin("steer", message), send]

    def interrupt(self, control: str) -> list[Step]:
        """Return the steps that end the turn, and the steers that it has not taken yet."""
        if self._turn is None:
            return [Refused(control, "no turn is running")]
        request = self._request_id("interrupt-")
        self._turn.interrupts.append(control)
        self._interrupts[request] = control
        return [Send(wire.control_request(request, "interrupt", cancel_queued=True))]

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        """Return the steps that answer approval *request*."""
        if request not in self._approvals:
            return [Refused(control, f"no open approval {request!r}")]
        self._approvals.discard(request)
        message = note or "A person denied this call."
        return [Send(wire.permission(request, allow=approve, message=message)), Applied(control)]

    def finish(self) -> list[Step]:
        """Return the steps that let the program end by itself; it is idle."""
        return [CloseInput()]

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        """Return what must be said once the program is gone: open calls, an unfinished turn."""
        killed = signal is not None or exit_code in _KILLED
        made: list[Step] = [*self._transcript.close_calls("aborted" if killed else "unknown")]
        if self._turn is None:
            return made
        self._turn = None
        made += [Emit("usage", usage) for usage in self._transcript.ledger.cut_off()]
        return [*made, _turn_finished(TurnEnd.KILLED, self._transcript.words)]

    def _assistant(self, line: dict[str, Any]) -> list[Step]:
        return [*self._wake(), *self._transcript.assistant(line)]

    def _user(self, line: dict[str, Any]) -> list[Step]:
        if line.get("isReplay") is True:
            return self._delivered(wire.word(line.get("uuid")) or "")
        return [*self._transcript.user(line)]

    def _stream(self, line: dict[str, Any]) -> list[Step]:
        usage = self._transcript.stream(line)
        return [*self._wake(), *usage, self._ask_cost()] if usage else []

    def _system(self, line: dict[str, Any]) -> list[Step]:
        subtype = line.get("subtype")
        if subtype == "init":
            return self._introduced(line)
        if subtype == "session_state_changed":
            return self._idle() if line.get("state") == "idle" else []
        if subtype == "permission_denied":
            reason = line.get("decision_reason") or line.get("message")
            return [*self._transcript.denied(line.get("tool_use_id"), reason)]
        notice = notices.notice_of(line)
        return [notice] if notice else []

    def _lifecycle(self, line: dict[str, Any]) -> list[Step]:
        message, state = wire.word(line.get("command_uuid")) or "", wire.word(line.get("state"))
        ours = self._turn is not None and message in self._turn.messages
        if self._turn is not None and ours:
            self._turn.heard = True
        if state == "started":
            return self._delivered(message)
        if state not in _GONE_STATES:
            return []
        if self._turn is not None and ours:
            self._turn.cancelled = True
        steer = self._steers.pop(message, None)
        return [Refused(steer.control, "an interrupt came first")] if steer else []

    def _result(self, line: dict[str, Any]) -> list[Step]:
        if self._turn is None:
            return []
        end = turn_end_of(line, interrupted=self._crippled or bool(self._turn.interrupts))
        made: list[Step] = [*self._transcript.denied_in(line)]
        failure = failure_of(line, end)
        if failure is not None:
            made.append(Emit("error", failure))
        usage = self._transcript.ledger.turn_finished(line)
        words = wire.word(line.get("result")) if end is TurnEnd.DONE else None
        return [*made, *self._end_turn(end, usage, words)]

    def _asked_us(self, line: dict[str, Any]) -> list[Step]:
        asked, name = wire.mapping(line.get("request")), wire.word(line.get("request_id"))
        if name is None:
            return []
        if asked.get("subtype") != "can_use_tool":
            text = f"the program asked for {asked.get('subtype')!r}, which nobody here answers"
            return [
                Send(wire.refusal(name, "not supported")),
                Emit("warning", {"text": wire.clipped(text)}),
            ]
        if self._turn is None:
            return [Send(wire.permission(name, allow=False, message="No turn is running."))]
        self._approvals.add(name)
        return [Emit("approval.requested", {"request": name, **self._transcript.asked(asked)})]

    def _answered(self, line: dict[str, Any]) -> list[Step]:
        told = wire.mapping(line.get("response"))
        name, failed = wire.word(told.get("request_id")) or "", told.get("subtype") == "error"
        if name.startswith(_COST):
            text = wire.mapping(told.get("response")).get("text")
            usage = self._transcript.ledger.cost_told(text)
            return [Emit("usage", usage)] if usage and self._turn else []
        control = self._interrupts.pop(name, None)
        if control is None or not failed:
            return []
        if self._turn is not None and control in self._turn.interrupts:
            self._turn.interrupts.remove(control)
        return [Refused(control, wire.word(told.get("error")) or "the program refused")]

    def _begin(self, trigger: str, *messages: str) -> Emit:
        self._turn = _Turn(set(messages))
        return Emit("turn.started", {"trigger": trigger})

    def _wake(self) -> list[Step]:
        """Note that the agent works; one that does so unasked has begun a turn by itself."""
        if self._turn is not None:
            self._turn.heard = True
            return []
        started = self._begin("resume")
        return [started, *self._wake()]

    def _delivered(self, message: str) -> list[Step]:
        if self._turn is not None and message in self._turn.messages:
            self._turn.heard = True
        steer = self._steers.pop(message, None)
        return [Applied(steer.control, "queued" if steer.late else "now")] if steer else []

    def _idle(self) -> list[Step]:
        turn = self._turn
        if turn is None or not turn.heard:
            return []
        stopped = turn.cancelled or turn.interrupts
        end = TurnEnd.INTERRUPTED if stopped else TurnEnd.DONE
        usage = self._transcript.ledger.cut_off()
        return self._end_turn(end, usage, None)

    def _end_turn(self, end: TurnEnd, usage: list[dict[str, Any]], words: str | None) -> list[Step]:
        status = "aborted" if end is TurnEnd.INTERRUPTED else "unknown"
        end = TurnEnd.API_ERROR if self._crippled else end
        interrupts = self._turn.interrupts if self._turn else []
        made: list[Step] = [
            *self._transcript.close_calls(status),
            *(Emit("usage", entry) for entry in usage),
            *(Applied(control) for control in interrupts),
            _turn_finished(end, words or self._transcript.words),
        ]
        self._turn, self._transcript.words = None, ""
        self._approvals.clear()
        self._interrupts.clear()
        if self._steers:  # sent too late for this turn: the program goes on with them by itself
            made.append(self._begin("steer", *self._steers))
            for steer in self._steers.values():
                steer.late = True
        return made

    def _introduced(self, line: dict[str, Any]) -> list[Step]:
        told, error = notices.native_of(line), notices.no_server(line, self._servers)
        made: list[Step] = [] if told == self._native else [told]
        self._native = told
        if error is None or self._turn is None or self._crippled:
            return made
        self._crippled = True  # without what it was to be tried with the turn has failed
        request = self._request_id("interrupt-")
        return [*made, error, Send(wire.control_request(request, "interrupt", cancel_queued=True))]

    def _request_id(self, prefix: str) -> str:
        self._asked += 1
        return f"{prefix}{self._asked}"

    def _ask_cost(self) -> Send:
        return Send(wire.control_request(self._request_id(_COST), "get_session_cost"))


def _warnings(warning: Mapping[str, Any] | None) -> list[Step]:
    return [] if warning is None else [Emit("warning", warning)]


def _turn_finished(end: TurnEnd, words: str) -> Emit:
    return Emit("turn.finished", {"reason": end.value, "text": wire.clipped(words)})
