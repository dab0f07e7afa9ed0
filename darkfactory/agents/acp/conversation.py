"""A dialogue with one agent that speaks the Agent Client Protocol; one session, one turn at once.

A second prompt while a turn runs means something else to each agent (merged, queued, the first one
cancelled, never answered), so none is ever sent: words for a running turn go by the steering
extension where the agent has it, and wait for the turn's end where it has not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from darkfactory.agents.acp.handshake import Handshake
from darkfactory.agents.acp.permissions import CANCELLED, Desk, Question
from darkfactory.agents.acp.story import Story
from darkfactory.agents.protocol import (
    Applied,
    CloseInput,
    Emit,
    Lost,
    Refused,
    Send,
    Step,
)
from darkfactory.agents.rpc import Asked, Rpc
from darkfactory.agents.wire import count, decode, mapping, number, sequence, text
from darkfactory.domain.lane import Autonomy
from darkfactory.domain.session import TurnEnd

_PROMPT, _STEER = "session/prompt", "_session/steering"
_NO_YES = "none of its options allows it"
_ENDS = {
    "end_turn": TurnEnd.DONE,
    "max_tokens": TurnEnd.BUDGET,
    "max_turn_requests": TurnEnd.MAX_TURNS,
}
_WHY = {
    "cancelled": "the agent says that its turn was cancelled, which nobody asked for",
    "refusal": "the agent or its model refused to go on",
}


class AcpConversation:
    """One session with an agent of the protocol."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        workspace = text(request.get("workspace"))
        autonomy = Autonomy(request.get("autonomy") or Autonomy.PROPOSE)
        self._first = text(request.get("prompt"))
        self._rpc = Rpc({"jsonrpc": "2.0"})
        self._handshake = Handshake(self._rpc, request)
        self._story = Story(
            workspace=workspace,
            servers=[text(mapping(one).get("name")) for one in sequence(request.get("mcp"))],
            tokens_before=count(request.get("total_before")),
            cost_before=float(request.get("cost_before") or 0.0),
            skills=sequence(request.get("skills")),
        )
        self._desk = Desk(autonomy, workspace, epoch=count(request.get("epoch")))
        self._failed: str | None = None
        self._in_turn = False
        self._prompted: Asked | None = None
        self._waiting: list[tuple[str | None, str]] = []
        self._interrupts: list[str] = []
        self._answers: Mapping[str, Callable[[Asked, Mapping[str, Any]], list[Step]]] = {
            **dict.fromkeys(Handshake.METHODS, self._shook_hands),
            _PROMPT: self._turn_over,
            _STEER: self._steered,
        }

    def open(self, *, trigger: str) -> list[Step]:
        """Return the handshake; session and prompt follow its answers."""
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
            return self._refused(asked, mapping(message["error"]))
        return self._answers[asked.method](asked, mapping(message.get("result")))

    def steer(self, control: str, text: str) -> list[Step]:
        """Return the steps that give *text* to the running turn, or start one with it."""
        if self._failed is not None:
            return [Refused(control, self._failed)]
        if not self._in_turn:
            return self._prompt([(control, text)])
        return self._say_soon(control, text)

    def interrupt(self, control: str) -> list[Step]:
        """Return the steps that cancel the running turn, and all that waits for it or for us."""
        if not self._in_turn:
            return [Refused(control, "no turn is running")]
        self._interrupts.append(control)
        waiting, self._waiting = self._waiting, []
        steps = _refusals(waiting, "an interrupt came first")
        if self._prompted is None:
            return steps
        self._story.stop()
        cancel = self._rpc.notify("session/cancel", {"sessionId": self._handshake.session})
        return [*steps, cancel, *self._cancel_questions()]

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        """Return the steps that answer approval *request*.

        The protocol has no place for a denial's *note*: it is given as a steer.
        """
        question = self._desk.take(request)
        if question is None:
            return [Refused(control, f"approval {request!r} is not open any more")]
        yes = question.yes(lasting=False) if approve else None
        steps: list[Step] = [
            self._rpc.reply(question.id, yes or question.denial()),
            Applied(control),
        ]
        if approve:
            return steps
        if note:
            steps += self._say_soon(None, f"The command was denied: {note}")
        return steps + self._story.denied(question.call, note or "a person denied it")

    def finish(self) -> list[Step]:
        """Return the end of input, at which most agents end; the host ends the others."""
        return [CloseInput()]

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        """Return the ends of what was open when the program went away."""
        del exit_code, signal  # the host tells them
        if not self._in_turn:
            return []
        silent = self._handshake.unanswered
        told = [Emit("error", {"code": "acp.start", "text": silent})] if silent else []
        return [*told, *self._finish_turn(TurnEnd.KILLED, {})]

    def _shook_hands(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        return self._after_handshake(self._handshake.answered(asked, result))

    def _after_handshake(self, sends: list[Send]) -> list[Step]:
        if self._handshake.problem is not None:
            return self._fail(self._handshake.problem)
        native = self._handshake.native
        if native is None:
            return list(sends)
        if self._interrupts:
            return [native, *self._finish_turn(TurnEnd.INTERRUPTED, {}), *self._next()]
        steps: list[Step] = [native, self._say()]
        if self._handshake.steers:
            steps += [self._steer(*waiting) for waiting in self._waiting]
            self._waiting.clear()
        return steps

    def _prompt(self, said: Sequence[tuple[str | None, str]]) -> list[Step]:
        """Begin a turn with what people have said."""
        self._in_turn = True
        applied: list[Step] = [Applied(control, "queued") for control, _ in said if control]
        began = Emit("turn.started", {"trigger": "steer"})
        return [*applied, began, self._say(*(words for _, words in said))]

    def _say(self, *said: str) -> Send:
        """Say the item's prompt, if it was not said yet, and what people have said."""
        words, self._first = "\n\n".join(filter(None, (self._first, *said))), ""
        self._story.begin()
        self._prompted = Asked(_PROMPT)
        return self._rpc.request(self._prompted, self._words_for_session(words))

    def _steer(self, control: str | None, words: str) -> Send:
        idle = {"_meta": {"steering": {"idleBehavior": "promptRequired"}}}
        asked = Asked(_STEER, control, words)
        return self._rpc.request(asked, {**self._words_for_session(words), **idle})

    def _words_for_session(self, words: str) -> dict[str, Any]:
        prompt = [{"type": "text", "text": words}]
        return {"sessionId": self._handshake.session, "prompt": prompt}

    def _steered(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        how = {"injected": "now", "startedNewTurn": "queued"}.get(text(result.get("outcome")))
        if how is None:
            return self._keep(asked.control, asked.words)
        return [Applied(asked.control, how)] if asked.control else []

    def _say_soon(self, control: str | None, words: str) -> list[Step]:
        """Say it in the running turn where that is possible, else in the next one."""
        if self._prompted is not None and self._handshake.steers and not self._interrupts:
            return [self._steer(control, words)]
        return self._keep(control, words)

    def _keep(self, control: str | None, words: str) -> list[Step]:
        """Keep what a person has said for the next turn, or begin it: nothing said is lost."""
        if not self._in_turn:
            return self._prompt([(control, words)])
        self._waiting.append((control, words))
        return []

    def _refused(self, asked: Asked, error: Mapping[str, Any]) -> list[Step]:
        """Return what a request that the agent refused leads to."""
        if asked.method in Handshake.METHODS:
            return self._after_handshake(self._handshake.refused(asked, error))
        if asked.method == _STEER:
            return self._keep(asked.control, asked.words)
        return self._end_turn(TurnEnd.API_ERROR, {}, self._handshake.complaint(error))

    def _turn_over(self, asked: Asked, result: Mapping[str, Any]) -> list[Step]:
        del asked
        stopped = text(result.get("stopReason"))
        reason = _ENDS.get(stopped)
        if reason is not None:
            return self._end_turn(reason, result, None)
        why = _WHY.get(stopped) or f"the agent ended its turn: {stopped[:100] or 'no reason given'}"
        return self._end_turn(TurnEnd.API_ERROR, result, why)

    def _end_turn(self, reason: TurnEnd, result: Mapping[str, Any], why: str | None) -> list[Step]:
        """End the turn; if somebody has interrupted it, that is why it ended."""
        if self._interrupts:
            reason, why = TurnEnd.INTERRUPTED, None
        failed: list[Step] = [Emit("error", {"code": "acp.turn", "text": why})] if why else []
        return [*failed, *self._finish_turn(reason, result), *self._next()]

    def _finish_turn(self, reason: TurnEnd, result: Mapping[str, Any]) -> list[Step]:
        interrupts, self._interrupts = self._interrupts, []
        self._in_turn, self._prompted = False, None
        status = "aborted" if reason is TurnEnd.INTERRUPTED else "unknown"
        return [
            *self._cancel_questions(),
            *self._story.end(status, result),
            *(Applied(control) for control in interrupts),
            Emit("turn.finished", {"reason": reason, "text": self._story.words}),
        ]

    def _next(self) -> list[Step]:
        said, self._waiting = self._waiting, []
        return self._prompt(said) if said else []

    def _fail(self, reason: str) -> list[Step]:
        """Give up: there is no session to talk to, or none that may be talked to."""
        self._failed = reason
        waiting, self._waiting = self._waiting, []
        return [
            *_refusals(waiting, reason),
            Emit("error", {"code": "acp.start", "text": reason}),
            *([Lost()] if self._handshake.lost else ()),
            *self._finish_turn(TurnEnd.API_ERROR, {}),
        ]

    def _happened(self, method: str, params: Mapping[str, Any]) -> list[Step]:
        if method == "$/cancel_request":
            self._desk.settled(params.get("requestId"))
        if method != "session/update" or self._prompted is None:
            return []  # the past of a loaded session, or work in no turn
        if params.get("sessionId") != self._handshake.session:
            return self._story.warn("an update of another session")
        return self._story.hear(mapping(params.get("update")))

    def _question(self, id_: Any, method: str, params: Mapping[str, Any]) -> list[Step]:
        if not isinstance(id_, str) and number(id_) is None:
            return self._story.warn(f"a request without a usable id: {method[:100]!r}")
        if method != "session/request_permission":
            warned = self._story.warn(f"unknown request: {method[:100]!r}")
            return [self._rpc.refuse(id_, method[:100]), *warned]
        ours = params.get("sessionId") == self._handshake.session
        if self._prompted is None or self._interrupts or not ours:
            return [self._rpc.reply(id_, CANCELLED)]
        what, steps = self._story.asked(mapping(params.get("toolCall")))
        return steps + self._decide(Question.of(id_, params, what))

    def _decide(self, question: Question) -> list[Step]:
        reason = self._desk.reason_to_deny(question)
        if reason is not None:
            return self._deny(question, reason)
        if not self._desk.needs_person(question):
            yes = question.yes(lasting=not self._desk.suggests)
            return [self._rpc.reply(question.id, yes)] if yes else self._deny(question, _NO_YES)
        asked = {
            "request": self._desk.wait(question),
            "call": self._story.name_of(question.call),
            "kind": question.what.kind,
            "command": question.what.command or question.what.name,
        }
        return [Emit("approval.requested", asked)]

    def _deny(self, question: Question, reason: str) -> list[Step]:
        denied = self._story.denied(question.call, reason)
        return [self._rpc.reply(question.id, question.denial()), *denied]

    def _cancel_questions(self) -> list[Step]:
        return [self._rpc.reply(question.id, CANCELLED) for question in self._desk.close()]


def _refusals(waiting: Iterable[tuple[str | None, str]], reason: str) -> list[Step]:
    return [Refused(control, reason) for control, _ in waiting if control]
