"""The host's side of the talk with one agent: steps in, log lines and bytes out.

Keeps what the rest of the host asks about: the turn, what was used, what is waiting for an answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from darkfactory.agents.protocol import (
    Applied,
    CloseInput,
    Conversation,
    Emit,
    Lost,
    Native,
    Refused,
    Send,
    Step,
)
from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp, TurnEnd
from darkfactory.events.stream import Writer
from darkfactory.sessions.limits import Used, highest
from darkfactory.sessions.redact import Redactor
from darkfactory.sessions.skill_files import SkillFiles
from darkfactory.sessions.spec import SessionSpec

if TYPE_CHECKING:
    from darkfactory.sessions.live_rules import LiveRules

_DURABLE = ("session.", "turn.", "control.", "approval.")
_MAX_TEXT = 256 * 1024
_MAX_WORDS = 64 * 1024


class Dialogue:
    """One conversation as the log tells it.

    *reached* says why a session is over that only had a skill to find; empty: it goes on. *failure*
    is the last error that the agent told of in its turn.

    Args:
        write: Writes bytes to the agent's standard input; None closes it.
        turns_before: How many turns the session had in earlier runs; their numbers go on.
        before: What the log holds of those runs; needed where the session has rules.
    """

    def __init__(
        self,
        spec: SessionSpec,
        conversation: Conversation,
        writer: Writer,
        *,
        redactor: Redactor,
        write: Callable[[bytes | None], None],
        turns_before: int = 0,
        before: Iterable[Event] = (),
    ) -> None:
        self._spec = spec
        self._conversation = conversation
        self._writer = writer
        self._redact = redactor
        self._write = write
        self._texts: dict[str, str] = {}
        self._ops: dict[str, str] = {}
        self._next: dict[str, str] = {}  # the words that follow an interrupt
        self._stopped: list[str] = []  # interrupts that have been obeyed; their words are due
        self._deltas: dict[str, list[str]] = {}
        self._skill_files = SkillFiles(spec.skills)
        self._rules = _live_rules(spec, before)
        self._told = Native()
        self._cut: TurnEnd | None = None
        self.turn = turns_before
        self.in_turn = False
        self.turn_end: TurnEnd | None = None
        self.last_words = ""
        self.failure = ""
        self.reached = ""
        self.native = spec.resume  # an id chosen by us is worth nothing until the program took it
        self.used = Used(spec.total_before, spec.cost_before, spec.requests_before)
        self.approvals: dict[str, str] = {}
        self.open_calls: set[str] = set()

    @property
    def waiting_steers(self) -> tuple[str, ...]:
        """Messages with words that the agent has not taken yet: a turn may follow."""
        return tuple(name for name in self._ops if name in self._texts or name in self._next)

    @property
    def holds_output(self) -> bool:
        """Whether output waits to be written together."""
        return bool(self._deltas)

    def is_waiting(self, control: str) -> bool:
        """Tell whether the agent has not answered *control* yet."""
        return control in self._ops

    def open(self) -> None:
        """Say the prompt."""
        self._say(self._spec.prompt)
        self.do(self._conversation.open(trigger=self._spec.trigger))

    def hear(self, line: bytes) -> None:
        """Take one line of the agent's output."""
        try:
            steps = self._conversation.hear(line)
        except RecursionError:
            text = f"a line of {len(line)} bytes is nested too deeply to be read"
            steps = [Emit("warning", {"text": text})]
        self.do(steps)

    def steer(
        self, control: str, text: str, *, op: ControlOp = ControlOp.STEER, ends: bool = False
    ) -> None:
        """Give *text* to the agent; the log says when it has taken it.

        Args:
            ends: It is to start nothing new, so it is not reminded of its skills.
        """
        said = text if ends or not self._spec.reminder else f"{text}\n\n{self._spec.reminder}"
        self._ops[control] = op
        self._texts[control] = said
        self.do(self._conversation.steer(control, said))

    def interrupt(
        self, control: str, *, text: str = "", op: ControlOp = ControlOp.INTERRUPT
    ) -> None:
        """End the running turn; the conversation stays usable, and goes on with *text* if any."""
        self._ops[control] = op
        if text:
            self._next[control] = text
        self.do(self._conversation.interrupt(control))

    def answer(self, control: str, request: str, *, approve: bool, by: str, note: str) -> None:
        """Answer approval *request*, which must be one of :attr:`approvals`."""
        op = "approve" if approve else "deny"
        self._ops[control] = op
        self.approvals.pop(request)
        self._emit("approval.resolved", {"request": request, "decision": op, "by": by})
        self.do(self._conversation.answer(control, request, approve=approve, note=note))

    def finish(self) -> None:
        """Let the agent end by itself."""
        self.do(self._conversation.finish())

    def ended(self, exit_code: int | None, signal: int | None) -> None:
        """Say what was left open when the program was gone."""
        self.do(self._conversation.ended(exit_code, signal))
        self.close()

    def close(self) -> None:
        """Say of everything that is still open how it stands."""
        for call in sorted(self.open_calls):
            self._emit("tool.finished", unknown_end(call))
        if self.in_turn:
            self._emit("turn.finished", {"reason": TurnEnd.KILLED, "text": ""})
        for control in tuple(self._ops):
            self._expire(control)
        self.flush()

    def say_no_more(self) -> None:
        """Let the words that were to follow an interrupt be: the session ends."""
        for control in self._next:
            self._expire(control)
        self._next.clear()
        self._stopped.clear()

    def cut_turn(self, reason: TurnEnd) -> None:
        """Note that the host ends the running turn for *reason*: that is how it will have ended."""
        self._cut = reason

    def do(self, steps: Iterable[Step]) -> None:
        """Carry out *steps* in their order."""
        for step in steps:
            match step:
                case Emit():
                    self._emit(step.type, dict(step.data), agent=step.agent, parent=step.parent)
                case Send():
                    self._write(step.line)
                case CloseInput():
                    self._write(None)
                case Applied():
                    self._applied(step)
                case Refused():
                    self._refused(step)
                case Native() | Lost():
                    self._native(step)

    def flush(self) -> None:
        """Write the output deltas that were held back to be written together."""
        held, self._deltas = self._deltas, {}
        for call, parts in held.items():
            data = {"call": call, "delta": "".join(parts)[-_MAX_TEXT:]}
            self._log("tool.output", self._redact.value(data))

    def _native(self, step: Native | Lost) -> None:
        if isinstance(step, Lost):
            self.native = None
            return
        known = self._told
        told = Native(step.id or known.id, step.model or known.model, step.version or known.version)
        if told == known:
            return
        self._told = told
        if told.id is None:
            return
        self.native = told.id  # in the log at once: a killed host's successor resumes by it
        self._log("session.native", asdict(told))

    def _applied(self, step: Applied) -> None:
        if not self.is_waiting(step.control):
            return  # answered before
        if step.control in self._next:
            self._stopped.append(step.control)
            self._say_next()
            return
        op = self._ops.pop(step.control)
        self._emit("control.applied", {"id": step.control, "op": op, "how": step.how})
        text = self._texts.pop(step.control, None)
        if text is not None:
            self._say(text, reminds=text.endswith(self._spec.reminder))

    def _say(self, text: str, *, reminds: bool = True) -> None:
        """Log words of ours, and the skills that they mention."""
        self._emit("message", {"role": "user", "text": text})
        named = [skill["name"] for skill in self._spec.skills if skill.get("deliver") != "catalog"]
        if named and reminds:
            turn = self.turn if self.in_turn else self.turn + 1  # the one that the words begin
            self._emit("skill.mention", {"names": named, "turn": turn})

    def _refused(self, step: Refused) -> None:
        if not self.is_waiting(step.control):
            return
        self._texts.pop(step.control, None)
        self._next.pop(step.control, None)
        data = {"id": step.control, "op": self._ops.pop(step.control), "reason": step.reason}
        self._emit("control.rejected", data)

    def _emit(
        self,
        type_: str,
        data: dict[str, Any],
        *,
        agent: str | None = None,
        parent: str | None = None,
    ) -> None:
        if type_ == "tool.output":
            self._deltas.setdefault(str(data.get("call")), []).append(str(data.get("delta", "")))
            return
        if self._deltas:
            self.flush()
        data = self._redact.value(data)
        if type_ == "turn.finished":
            self._turn_finished(data)
            return
        self._track(type_, data, from_sub_agent=parent is not None)
        self._log(type_, data, agent=agent, parent=parent)
        for seen in self._skill_files.take(type_, data):
            self._log(*seen, agent=agent, parent=parent)
        for broken in self._rules.take(Event(type_, data, parent=parent)) if self._rules else ():
            self._log("nn.violated", broken, agent=agent, parent=parent)

    def _track(self, type_: str, data: dict[str, Any], *, from_sub_agent: bool) -> None:
        match type_:
            case "turn.started":
                self.turn += 1
                self.in_turn, self.turn_end, self._cut, self.failure = True, None, None, ""
            case "usage":
                self._count(data)
            case "error" if not from_sub_agent:
                self.failure = _words(data)
            case "tool.started":
                self.open_calls.add(str(data.get("call")))
            case "tool.finished":
                self.open_calls.discard(str(data.get("call")))
            case "approval.requested":
                self.approvals[str(data.get("request"))] = str(data.get("command") or "")
            case "message" if data.get("role") == "assistant" and not from_sub_agent:
                self.last_words = _words(data)

    def _turn_finished(self, data: dict[str, Any]) -> None:
        if not self.in_turn:
            return
        self.last_words = _words(data) or self.last_words
        self.in_turn, self.turn_end = False, self._cut or TurnEnd(data["reason"])
        self.open_calls.clear()
        for request in tuple(self.approvals):
            self.approvals.pop(request)
            self._log(
                "approval.resolved", {"request": request, "decision": "deny", "by": "turn end"}
            )
        self._log("turn.finished", {**data, "reason": self.turn_end})
        self._say_next()

    def _expire(self, control: str) -> None:
        data = {"id": control, "op": self._ops.pop(control), "reason": "the session ended"}
        self._emit("control.expired", data)

    def _say_next(self) -> None:
        """Say what follows the interrupts that were obeyed, once their turn is over.

        Only then do they count as applied: an interrupt is both, the end and the new words.
        """
        if self.in_turn:
            return
        stopped, self._stopped = self._stopped, []
        for control in stopped:
            self.steer(control, self._next.pop(control), op=ControlOp.INTERRUPT)

    def _count(self, data: dict[str, Any]) -> None:
        self.used = Used(
            highest(self.used.tokens, data.get("total_session")),
            highest(self.used.usd, data.get("cost_usd")),
            self.used.requests + (data.get("scope") == "request"),
        )

    def _log(
        self,
        type_: str,
        data: dict[str, Any],
        *,
        agent: str | None = None,
        parent: str | None = None,
    ) -> None:
        self.reached = self.reached or _reached(self._spec.until_loaded, type_, data)
        self._writer.write(
            type_,
            data,
            turn=self.turn if self.in_turn or self.turn_end else None,
            agent=agent or self._spec.agent,
            parent=parent,
            durable=type_.startswith(_DURABLE),
        )


def _reached(skill: str, type_: str, data: dict[str, Any]) -> str:
    """Return how a session that looks for *skill* has found out, or that it went on without it."""
    if not skill:
        return ""
    if type_ == "skill.loaded" and data.get("name") == skill:
        return f"it loaded {skill}"
    return "it changed a file" if type_ == "file.changed" else ""


def _live_rules(spec: SessionSpec, before: Iterable[Event]) -> "LiveRules | None":
    """Return the rules of a session, which most have none of: what judges them loads a lot."""
    if not spec.rules:
        return None
    from darkfactory.sessions.live_rules import LiveRules

    rules = LiveRules(spec.rules)
    for event in before:
        tuple(rules.take(event))
    return rules


def unknown_end(call: str) -> dict[str, Any]:
    """Return the data of ``tool.finished`` for a call of which nobody saw the end."""
    empty = {"exit_code": None, "output": "", "output_hash": None, "ms": None}
    return {"call": call, "status": "unknown", **empty}


def _words(data: dict[str, Any]) -> str:
    """Return the end of a text: last words go into exit.json and into summaries."""
    return str(data.get("text") or "")[-_MAX_WORDS:]
