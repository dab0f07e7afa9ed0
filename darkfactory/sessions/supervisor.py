"""Decides for the session host: what to obey, when enough is enough, how the session ends.

Owns no process and no file: it looks at the dialogue and the clock, and acts through the agent's
few verbs, so that tests can run hours of a session in a millisecond.
"""

import signal
from typing import Protocol

from darkfactory.domain.session import ControlOp, Outcome, TurnEnd
from darkfactory.events.stream import Writer
from darkfactory.sessions import limits
from darkfactory.sessions.dialogue import Dialogue
from darkfactory.sessions.ending import Ending
from darkfactory.sessions.inbox import ControlMessage
from darkfactory.sessions.ladder import Ladder, Rung
from darkfactory.sessions.spec import SessionSpec


class StoppableAgent(Protocol):
    """The verbs by which a supervisor makes an agent stop."""

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the agent's own process group."""
        ...

    def kill_all(self) -> int:
        """Kill the agent and all it started; return how many of those there were."""
        ...

    def kill_strays(self, interrupted_seconds: float) -> None:
        """Kill commands that outlived a turn interrupted so long ago."""
        ...


class Supervisor:
    """The judgement of one session host. Times are monotonic seconds."""

    def __init__(
        self,
        spec: SessionSpec,
        dialogue: Dialogue,
        agent: StoppableAgent,
        writer: Writer,
        *,
        now: float,
    ) -> None:
        self._spec = spec
        self._dialogue = dialogue
        self._agent = agent
        self._writer = writer
        self._limits = limits.SessionLimits(
            spec.tokens, spec.usd, spec.turns, spec.deadline_seconds
        )
        self._started_at = now
        self._heard_at = now
        self._interrupted_at: float | None = None
        self._asked: tuple[float, int] | None = None
        self._ladder: Ladder | None = None
        self.ending: Ending | None = None

    def heard(self, now: float) -> None:
        """Note that the agent said something."""
        self._heard_at = now

    def obey(self, message: ControlMessage, now: float) -> None:
        """Do what *message* asks, or say in the log why not."""
        refusal = self._refusal(message)
        if refusal is not None:
            data = {"id": message.id, "op": message.op, "reason": refusal}
            self._writer.write("control.rejected", data, durable=True)
            return
        match message.op:
            case ControlOp.STEER:
                self._heard_at = now
                self._dialogue.steer(message.id, message.text)
            case ControlOp.INTERRUPT:
                self._dialogue.interrupt(message.id)
            case ControlOp.CANCEL:
                applied = {"id": message.id, "op": message.op}
                self._writer.write("control.applied", applied, durable=True)
                self._end(Ending.cancelled(message.by, message.reason), Rung.INTERRUPT, now)
            case ControlOp.APPROVE | ControlOp.DENY:
                self._heard_at = now
                approve = message.op is ControlOp.APPROVE
                self._dialogue.answer(
                    message.id, message.request, approve=approve, by=message.by, note=message.text
                )

    def stop(self, reason: str, now: float) -> None:
        """Bring the session to an end that a later run takes up again."""
        self._end(Ending(Outcome.CRASHED, reason), Rung.INTERRUPT, now)

    def look(self, now: float) -> None:
        """See what is due: limits, silence, the end of a turn, the next rung of the ladder."""
        if self.ending is None:
            self._mind_the_limits(now)
        if self.ending is None:
            self._mind_the_turn(now)
        self._descend(now)
        if self._interrupted_at is not None and not self._dialogue.in_turn:
            self._agent.kill_strays(now - self._interrupted_at)

    def final(self, exit_code: int | None, number: int | None) -> Ending:
        """Return how the session ended, now that the agent is gone."""
        if self.ending is not None:
            return self.ending
        if self._dialogue.turn_end is TurnEnd.DONE:
            return Ending.done()
        how = f"signal {number}" if number else f"exit status {exit_code}"
        where = "in the middle of its turn" if self._dialogue.in_turn else "between turns"
        return Ending(Outcome.CRASHED, f"the agent ended {where}: {how}")

    def _refusal(self, message: ControlMessage) -> str | None:
        if message.op is ControlOp.CANCEL:
            return None
        if self.ending is not None:
            return f"the session is ending: {self.ending.reason}"
        match message.op:
            case ControlOp.STEER:
                return None if message.text else "a steer needs a text"
            case ControlOp.INTERRUPT:
                return None if self._dialogue.in_turn else "no turn is running"
            case ControlOp.APPROVE | ControlOp.DENY:
                known = message.request in self._dialogue.approvals
                return None if known else f"no open approval {message.request!r}"
            case _:
                return f"a session on one machine cannot {message.op} yet: interrupt and steer it"

    def _mind_the_limits(self, now: float) -> None:
        age = now - self._started_at
        late = limits.deadline_reached(self._limits, age)
        spent = limits.budget_reached(self._limits, self._dialogue.used)
        if late is not None:
            self._end(Ending(late.outcome, late.reason), Rung.INTERRUPT, now)
        elif spent is not None:
            self._ask_then_force(spent, now)
        elif age >= limits.ask_at(self._limits.deadline_seconds):
            self._ask("the session's time is nearly over", now)

    def _ask_then_force(self, spent: limits.Reached, now: float) -> None:
        self._ask(spent.reason, now)
        if not self._dialogue.in_turn:
            self._end(Ending(spent.outcome, spent.reason, polite=True), Rung.FINISH, now)
        elif self._asked is not None:
            at, requests = self._asked
            if limits.must_force(at, now, self._dialogue.used.requests - requests):
                self._end(Ending(spent.outcome, spent.reason), Rung.INTERRUPT, now)

    def _ask(self, reason: str, now: float) -> None:
        """Ask the agent once, by a control message like any other, to come to an end."""
        if self._asked is not None or not self._dialogue.in_turn:
            return
        self._asked = (now, self._dialogue.used.requests)
        name = f"budget-{self._spec.epoch}"
        text = (
            f"Stop here: {reason}. Start nothing new. Leave the tree in a working state and end "
            "your turn with a summary of what is done and what is open."
        )
        data = {"id": name, "op": ControlOp.STEER, "by": "budget", "reason": reason, "text": text}
        self._writer.write("control.requested", data, durable=True)
        accepted = {"id": name, "op": ControlOp.STEER}
        self._writer.write("control.accepted", accepted, durable=True)
        self._dialogue.steer(name, text)

    def _mind_the_turn(self, now: float) -> None:
        dialogue = self._dialogue
        if dialogue.in_turn or dialogue.turn_end is None or dialogue.waiting_controls:
            self._interrupted_at = None
            self._mind_the_silence(now)
            return
        match dialogue.turn_end:
            case TurnEnd.INTERRUPTED:  # idle on purpose until a steer, a cancel or the deadline
                self._heard_at = now
                self._interrupted_at = self._interrupted_at or now
            case TurnEnd.DONE:
                self._end(Ending.done(), Rung.FINISH, now)
            case TurnEnd.MAX_TURNS | TurnEnd.BUDGET as end:
                reason = f"the agent stopped at its own limit: {end}"
                self._end(Ending(Outcome.BUDGET, reason), Rung.FINISH, now)
            case end:
                self._end(Ending(Outcome.FAILED, f"the turn ended: {end}"), Rung.FINISH, now)

    def _mind_the_silence(self, now: float) -> None:
        if self._dialogue.approvals:
            self._heard_at = now  # it waits for a person, who may take long
        if limits.is_silent(self._heard_at, now, self._spec.silence_seconds):
            self._dialogue.cut_turn(TurnEnd.STALLED)
            reason = f"stalled: no output for {self._spec.silence_seconds:.0f} s"
            self._end(Ending(Outcome.TIMED_OUT, reason), Rung.INTERRUPT, now)

    def _end(self, ending: Ending, rung: Rung, now: float) -> None:
        """Bring the session to its end; a person's word stands above an earlier limit."""
        if self.ending is None or ending.outcome in (Outcome.CANCELLED, Outcome.NUKED):
            self.ending = ending
        if self._ladder is None:
            self._ladder = Ladder.start(rung, now)

    def _descend(self, now: float) -> None:
        if self._ladder is None:
            return
        if not self._dialogue.in_turn:
            self._ladder.skip_to(Rung.FINISH, now)
        match self._ladder.due(now):
            case Rung.INTERRUPT:
                self._dialogue.interrupt(f"end-{self._spec.epoch}")
            case Rung.FINISH:
                self._dialogue.finish()
            case Rung.TERMINATE:
                self._agent.signal_group(signal.SIGTERM)
            case Rung.KILL:
                self._agent.kill_all()
            case None:
                return
