"""A session without processes: real dialogue, supervisor and log; the agent and the time are told.

::

    session = Rehearsal(tmp_path, tokens=100)
    session.at(0)                # the prompt is said and the turn has begun
    session.agent_says(usage(120))
    session.at(1)                # the supervisor looks at what is due
    assert session.agent.told == ["steer budget-1"]
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any

from darkfactory.agents.protocol import Applied, CloseInput, Conversation, Emit, Send, Step
from darkfactory.domain.event import Event
from darkfactory.domain.lane import Autonomy, Loop
from darkfactory.domain.session import ControlOp
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.dialogue import Dialogue
from darkfactory.sessions.inbox import ControlMessage
from darkfactory.sessions.looping import Looping
from darkfactory.sessions.redact import Redactor
from darkfactory.sessions.spec import SessionSpec
from darkfactory.sessions.supervisor import Supervisor
from darkfactory.sessions.waffling import Waffling

SESSION = "s-1"
NOON = 1_700_000_000.0


class TellingClock:
    """Tells the time it is given."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return NOON + self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody sleeps here: {seconds}")


def make_spec(folder: Path, **changes: Any) -> SessionSpec:
    """Return a spec of session s-1 whose streams lie below *folder*."""
    given: dict[str, Any] = {
        "session": SESSION, "item": "item-1", "title": "Mend it", "lane": "bugs", "attempt": 1,
        "epoch": 1, "kind": "mock", "agent": "mock", "autonomy": Autonomy.PROPOSE,
        "argv": ("agent",), "workspace": str(folder / "workspace"), "hub": str(folder / "hub.git"),
        "base": "0" * 40, "streams": str(folder / "streams"), "prompt": "item-1: Mend it",
    }  # fmt: skip
    return SessionSpec(**{**given, **changes})


@dataclass
class ToldConversation:
    """An adapter's side: notes what it is told; what the agent then says, the test says."""

    told: list[str] = field(default_factory=list)
    at_end: list[Step] = field(default_factory=list)
    begins: bool = True
    most_bytes: int = 1000

    def open(self, *, trigger: str) -> list[Step]:
        return [Emit("turn.started", {"trigger": trigger})] if self.begins else []

    def hear(self, line: bytes) -> list[Step]:
        if len(line) > self.most_bytes:
            raise RecursionError
        return [Emit("message", {"role": "assistant", "text": line.decode()})]

    def steer(self, control: str, text: str) -> list[Step]:
        self.told.append(f"steer {control}")
        return [Send(text.encode() + b"\n")]

    def interrupt(self, control: str) -> list[Step]:
        self.told.append(f"interrupt {control}")
        return []

    def answer(self, control: str, request: str, *, approve: bool, note: str) -> list[Step]:
        self.told.append(f"{'approve' if approve else 'deny'} {request} {note}".strip())
        return [Applied(control)]

    def finish(self) -> list[Step]:
        self.told.append("finish")
        return [CloseInput()]

    def ended(self, exit_code: int | None, signal: int | None) -> list[Step]:
        self.told.append(f"ended {exit_code} {signal}")
        return self.at_end


@dataclass
class ToldAgent:
    """The verbs by which a process is ended: notes them."""

    told: list[str]

    def signal_group(self, number: Signals) -> None:
        self.told.append(number.name)

    def go_on(self) -> None:
        """Nothing of it is ever stopped."""

    def kill_all(self) -> None:
        self.told.append("kill")

    def mark_strays(self) -> None:
        self.told.append("mark strays")

    def kill_strays(self) -> None:
        self.told.append("kill strays")


class Rehearsal:
    """One session. *told* is all that its agent was told, by protocol and by signal.

    Args:
        speaks: The conversation of a real adapter instead; then *sent* tells what it was told.
    """

    def __init__(
        self,
        folder: Path,
        *,
        begins: bool = True,
        secrets: Mapping[str, str] | None = None,
        turns_before: int = 0,
        speaks: Conversation | None = None,
        waffling: Waffling | None = None,
        loop: Loop | None = None,
        **spec: Any,
    ) -> None:
        self.clock = TellingClock()
        self.spec = make_spec(folder, **spec)
        self.log = Stream(self.spec.streams, f"s/{SESSION}")
        self.writer = Writer(
            self.log, producer="host:s-1", epoch=1, session=SESSION, clock=self.clock
        )
        self.conversation = ToldConversation(begins=begins)
        self.told = self.conversation.told
        self.sent: list[bytes | None] = []
        self.dialogue = Dialogue(
            self.spec,
            speaks or self.conversation,
            self.writer,
            redactor=Redactor(secrets or {}),
            write=self.sent.append,
            turns_before=turns_before,
        )
        self.supervisor = Supervisor(
            self.spec,
            self.dialogue,
            ToldAgent(self.told),
            self.writer,
            now=0.0,
            clock=self.clock,
            waffling=waffling,
            looping=Looping(loop, self.log, epoch=1) if loop else None,
        )
        self.dialogue.open()

    def at(self, seconds: float) -> None:
        """Let the time be *seconds* after the start, and the supervisor look."""
        self.clock.seconds = seconds
        self.supervisor.look(seconds)

    def agent_says(self, *steps: Step) -> None:
        """Let the agent say *steps* now."""
        self.supervisor.heard(self.clock.seconds)
        self.dialogue.do(steps)

    def agent_prints(self, *lines: bytes) -> None:
        """Let the agent's program print *lines* now."""
        self.supervisor.heard(self.clock.seconds)
        for line in lines:
            self.dialogue.hear(line)

    def asked(self, op: ControlOp, name: str = "c-1", **more: Any) -> None:
        """Let somebody ask for *op* now."""
        given: dict[str, Any] = {"by": "ada", **more}
        self.supervisor.obey(ControlMessage(id=name, op=op, **given), self.clock.seconds)

    def events(self, *types: str) -> list[Event]:
        """Return the log's events, of *types* if any are given."""
        found = [event for _, event in self.log.read()]
        return [event for event in found if event.type in types] if types else found

    def types(self) -> list[str]:
        """Return the types of the log's events in their order."""
        return [event.type for event in self.events()]

    def data(self, type_: str) -> list[dict[str, Any]]:
        """Return the data of the log's events of *type_*."""
        return [dict(event.data) for event in self.events(type_)]


def usage(total: int, *, usd: float | None = None) -> Emit:
    """Return the usage of one more model request."""
    return Emit("usage", {"scope": "request", "total_session": total, "cost_usd": usd})


def turn_over(reason: str = "done", text: str = "") -> Emit:
    """Return the end of a turn."""
    return Emit("turn.finished", {"reason": reason, "text": text})


def turn_begins(trigger: str = "steer") -> Emit:
    """Return the beginning of a turn."""
    return Emit("turn.started", {"trigger": trigger})


def outcomes(session: Rehearsal) -> Iterable[tuple[str, bool]]:
    """Return the verdicts that the log tells, in their order, and whether each was polite."""
    return [(data["outcome"], data["polite"]) for data in session.data("session.ending")]
