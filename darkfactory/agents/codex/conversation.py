"""A dialogue with one ``codex app-server`` that serves one thread and its sub-agents."""

from collections.abc import Callable, Mapping
from typing import Any

from darkfactory.agents.codex import faults
from darkfactory.agents.codex.approvals import Desk, Question
from darkfactory.agents.codex.handshake import Handshake
from darkfactory.agents.codex.story import Story
from darkfactory.agents.protocol import (
    Applied,
    CloseInput,
    Emit,
    Refused,
    Send,
    Step,
)
from darkfactory.agents.rpc import Asked, Rpc
from darkfactory.agents.wire import count, decode, mapping, number, text
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import TurnEnd

_CLEAN = "thread/backgroundTerminals/clean"


class CodexConversation:
    """One session with Codex.

    A command that runs when its turn is interrupted lives on: Codex answers at once and lets it
    run. So each interrupt is followed by a request to close the thread's terminals, and a host
    should still look for what is left: older versions do not know that request.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._prompt = text(request.get("prompt"))
        workspace = text(request.get("workspace"))
        self._rpc = Rpc()
        self._handshake = Handshake(self._rpc, request)
        self._story = Story(
            agent=text(request.get("agent")) or "codex",
            workspace=workspace,
            tokens_before=count(request.get("total_before")),
            raw=not request.get("resume"),
        )
        self._desk = Desk(Autonomy(request.get("autonomy") or Autonomy.PROPOSE), workspace)
        self._failed: str | None = None
        self._in_turn = False
        self._turn = ""
        self._start: Asked | None = None
        self._next: str | None = None
        self._waiting: list[tuple[str, str]] = []
        self._interrupts: list[str] = []
        self._answers: Mapping[str, Callable[[Asked, Mapping[str, Any]], list[Step]]] = {
            **dict.fromkeys(Handshake.METHODS, self._shook_hands),
            "turn/start": self._turn_answered,
            "turn/steer": self._applied,
            "turn/interrupt": self._applied,
        }

    def open(self, *, trigger: str) -> list[Step]:
        """Return the handshake; thread and prompt follow its answer."""
        self._in_turn = True
        return [Emit("turn.started", {"trigger": trigger}), self._handshake.begin()]

    def hear(self, line: bytes) -> list[Step]:
        """Return what one line means: an answer, a question or something that happened."""
        if not line.strip():
            return []
        message = decode(line)
        if message is None:
            return self._story.warn(f"not a message: {line[:200]!r}")
        method, params = text(message.get("method")), mapping(message.get("params"))
        if method and "id" in message:
            return self._question(message["id"], method, params)
        if method:
            return self._happened(method, params)
        asked = self._rpc.answered(message.get("id"))
        if asked is None:
            return self._story.warn(f"an answer to nothing: {line[:200]!r}")
        if message.get("error") is not None:
            return self._refused(asked, text(mapping(message["error"]).get("message")))
        then = self._answers.get(asked.method)
        return then(asked, mapping(message.get("result"))) if then else []

    def steer(self, control: str, text: str) -> list[Step]:
        """Return the steps that give *text* to the running turn, or start one with it."""
        if self._failed is not None:
            return [Refused(control, self._failed)]
        if self._in_turn and self._turn:
            return [self._steer(control, text)]
        if self._in_turn or self._start is not None:
            self._waiting.append((control, text))
            return []
        return [self._start_turn(control, text)]

    def interrupt(self, control: str) -> list[Step]:
        """Return the steps that end the running turn and those of its sub-agents."""
        if not self._in_turn:
            return [Refused(control, "no turn is running")]
        if not self._turn:
            self._interrupts.append(control)
            return []
        return [self._interrupt(control), *self._interrupt_sub_agents()]

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        """Return the steps that answer approval *request*; the agent hears a denial's *note*."""
        question = self._desk.take(request)
        if question is None:
            return [Refused(control, f"approval {request!r} is not open any more")]
        steps: list[Step] = [
            self._rpc.reply(question.id, question.answer(approve=approve)),
            Applied(control),
        ]
        if approve:
            return steps
        steps += self._story.denied(question.thread, question.call, note or "a person denied it")
        if note and self._turn and question.thread == self._story.main:
            about = f"The command was denied: {note}"
            steps.append(self._rpc.request(Asked("turn/steer"), self._steering(about)))
        return steps

    def finish(self) -> list[Step]:
        """Return the end of input, at which app-server ends with all its commands."""
        return [CloseInput()]

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        """Return the ends of what was open when the program went away."""
        del exit_code, signal  # the host tells them
        steps = self._story.close()
        return [*steps, *self._finish_turn(TurnEnd.KILLED)] if self._in_turn else steps

    def _shook_hands(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        steps = self._handshake.answered(asked, result)
        if self._handshake.problem is not None:
            return [*steps, *self._fail(self._handshake.problem)]
        native = self._handshake.native
        if native is None:
            return steps
        self._story.main = native.id or ""
        return [*steps, native, self._start_turn(None, self._prompt)]

    def _start_turn(self, control: str | None, words: str) -> Send:
        self._start = Asked("turn/start", control, words)
        words_of = [{"type": "text", "text": words}]
        return self._rpc.request(self._start, {"threadId": self._story.main, "input": words_of})

    def _turn_answered(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        turn = text(mapping(result.get("turn")).get("id"))
        if asked is not self._start:
            return []  # it was already told to have started
        if self._in_turn and self._turn not in ("", turn):
            self._start, self._next = None, turn  # the end of the turn before it is on its way
            return self._applied(asked, result)
        return self._begin(turn, asked.control)

    def _begin(self, turn: str, control: str | None) -> list[Step]:
        self._start = None
        steps: list[Step] = [Applied(control)] if control else []
        if not self._in_turn:
            steps.append(Emit("turn.started", {"trigger": "steer"}))
        if turn != self._turn:
            self._story.turn_began(self._story.main, turn)
        self._in_turn, self._turn = True, turn
        steps += [self._steer(*waiting) for waiting in self._waiting]
        steps += [self._interrupt(waiting) for waiting in self._interrupts]
        self._waiting.clear()
        self._interrupts.clear()
        return steps

    def _applied(self, asked: Asked, _result: Mapping[str, Any]) -> list[Step]:
        return [Applied(asked.control)] if asked.control else []

    def _refused(self, asked: Asked, reason: str) -> list[Step]:
        """Return what a request that Codex refused leads to."""
        reason = reason or f"Codex refused {asked.method}"
        if asked.method in Handshake.METHODS:
            return self._fail(reason)
        match asked.method:
            case "turn/start" if asked.control is not None:
                return self._start_refused(asked.control, reason)
            case "turn/start":
                return self._fail(reason)
            case "turn/steer" if asked.control is not None:
                # The turn has just ended: nothing that a person says is lost, it starts the next.
                if self._start is not None:
                    self._waiting.append((asked.control, asked.words))
                    return []
                return [self._start_turn(asked.control, asked.words)]
        return [Refused(asked.control, reason)] if asked.control else []

    def _start_refused(self, control: str, reason: str) -> list[Step]:
        self._start = None
        refused: list[Step] = [Refused(control, reason)]
        if not self._waiting:
            return refused
        return [*refused, self._start_turn(*self._waiting.pop(0))]

    def _fail(self, reason: str) -> list[Step]:
        """Give up: there is no thread to talk to, or none that may be talked to."""
        self._failed, self._start = reason, None
        waiting = [control for control, _ in self._waiting] + self._interrupts
        self._waiting.clear()
        self._interrupts.clear()
        return [
            Emit("error", {"code": "codex.start", "text": reason}),
            *(Refused(control, reason) for control in waiting),
            *self._finish_turn(TurnEnd.API_ERROR),
        ]

    def _finish_turn(self, reason: TurnEnd) -> list[Step]:
        if not self._in_turn:
            return []
        self._in_turn, self._turn = False, ""
        return [Emit("turn.finished", {"reason": reason, "text": self._story.words})]

    def _happened(self, method: str, params: Mapping[str, Any]) -> list[Step]:
        turn, thread = mapping(params.get("turn")), text(params.get("threadId"))
        match method:
            case "turn/started" if thread:
                return self._turn_started(thread, text(turn.get("id")))
            case "turn/completed" if thread:
                return self._turn_completed(thread, turn)
            case "serverRequest/resolved":
                self._desk.settled(params.get("requestId"))
                return []
        return self._story.hear(method, params)

    def _turn_started(self, thread: str, turn: str) -> list[Step]:
        if thread != self._story.main:
            self._story.turn_began(thread, turn)
            return []
        if turn == self._turn or (self._in_turn and self._turn):
            return []
        return self._begin(turn, self._start.control if self._start else None)

    def _turn_completed(self, thread: str, turn: Mapping[str, Any]) -> list[Step]:
        main, name = thread == self._story.main, text(turn.get("id"))
        if main and (not self._in_turn or name not in (self._turn, self._next)):
            return []
        steps = self._story.turn_over(thread, turn)
        self._desk.close(thread)
        if not main:
            return steps
        steps += [self._decline(question) for question in self._desk.close()]
        reason = faults.turn_end(turn)
        steps += self._finish_turn(reason)
        if reason is TurnEnd.INTERRUPTED:
            steps += self._close_terminals()
        if self._next is not None:
            following, self._next = self._next, None
            steps += self._begin(following, None)
            steps += self._turn_completed(thread, turn) if following == name else []
        return steps

    def _question(self, id_: Any, method: str, params: Mapping[str, Any]) -> list[Step]:
        if not isinstance(id_, str) and number(id_) is None:
            return self._story.warn(f"a request without a usable id: {method[:100]!r}")
        question = Question.of(id_, method, params)
        if question is None:
            return [self._rpc.refuse(id_, method), *self._story.warn(f"unknown request: {method}")]
        if not self._in_turn:
            return [self._decline(question)]  # a sub-agent that goes on after the turn
        paths = self._story.paths_of(question.call)
        reason = self._desk.reason_to_decline(question, params, paths)
        if reason is not None:
            denied = self._story.denied(question.thread, question.call, reason)
            return [self._decline(question), *denied]
        if not self._desk.needs_person(question):
            return [self._rpc.reply(id_, question.answer(approve=True))]
        asked = {
            "request": self._desk.wait(question),
            "call": self._story.name_of(question.call),
            "kind": question.kind,
            "command": question.command,
        }
        return [Emit("approval.requested", asked)]

    def _decline(self, question: Question) -> Send:
        return self._rpc.reply(question.id, question.answer(approve=False))

    def _steer(self, control: str, words: str) -> Send:
        return self._rpc.request(Asked("turn/steer", control, words), self._steering(words))

    def _steering(self, words: str) -> dict[str, Any]:
        turn = {"threadId": self._story.main, "expectedTurnId": self._turn}
        return {**turn, "input": [{"type": "text", "text": words}]}

    def _interrupt(self, control: str | None) -> Send:
        params = {"threadId": self._story.main, "turnId": self._turn}
        return self._rpc.request(Asked("turn/interrupt", control), params)

    def _interrupt_sub_agents(self) -> list[Step]:
        return [
            self._rpc.request(Asked("turn/interrupt"), {"threadId": thread, "turnId": turn})
            for thread, turn in self._story.running_sub_agents
        ]

    def _close_terminals(self) -> list[Step]:
        threads = [self._story.main, *(thread for thread, _ in self._story.running_sub_agents)]
        return [self._rpc.request(Asked(_CLEAN), {"threadId": thread}) for thread in threads]
