"""Decides for the session host: what to obey, when enough is enough, how the session ends.

Owns no process and no file: it looks at the dialogue and the clock, and acts through the agent's
few verbs, so that tests can run hours of a session in a millisecond.
"""

import signal
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Protocol

from darkfactory.clock import Clock, SystemClock
from darkfactory.domain.session import ControlOp, Outcome, TurnEnd
from darkfactory.events.stream import Writer
from darkfactory.sessions import limits
from darkfactory.sessions.dialogue import Dialogue
from darkfactory.sessions.ending import Ending
from darkfactory.sessions.inbox import ControlMessage
from darkfactory.sessions.ladder import Ladder, Rung
from darkfactory.sessions.loop import LOOP
from darkfactory.sessions.looping import GoOn, Looping
from darkfactory.sessions.refusal import Situation, refusal
from darkfactory.sessions.spec import SessionSpec
from darkfactory.sessions.waffling import Waffling


class StoppableAgent(Protocol):
    """The verbs by which a supervisor makes an agent stop."""

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the agent's own process group."""
        ...

    def go_on(self) -> None:
        """Let what a signal has stopped go on, so that it can hear that it is to end."""
        ...

    def kill_all(self) -> None:
        """Kill the agent and all it started."""
        ...

    def mark_strays(self) -> None:
        """Mark the running commands of the present turn: they have no right to go on."""
        ...

    def kill_strays(self) -> None:
        """Kill what was marked and still runs."""
        ...


_RANKS = {Outcome.CANCELLED: 2, Outcome.NUKED: 1}
"""Which verdict stands above an earlier one: a person's above a machine's, both above limits."""
_OWN_LIMITS = (TurnEnd.MAX_TURNS, TurnEnd.BUDGET)
_STRAYS_AFTER_SECONDS = 1.5
_UNANSWERED_AFTER_SECONDS = 5.0
_STRAYS_UNTIL_SECONDS = 9.0
_DEAF_AFTER_SECONDS = 30.0
_LONGEST_CAUSE = 300


class Supervisor:
    """The judgement of one session host. Times are monotonic seconds.

    Args:
        clock: Tells when a verdict was taken, nothing else.
        unanswered: The approvals, each with its command, that an earlier run of the session asked
            for and did not live to hear about.
        waffling: What the score of the session asks for; without it nobody acts on a score.
        looping: What follows a turn; without it the session ends with its turn.
    """

    def __init__(
        self,
        spec: SessionSpec,
        dialogue: Dialogue,
        agent: StoppableAgent,
        writer: Writer,
        *,
        now: float,
        clock: Clock | None = None,
        unanswered: Mapping[str, str] | None = None,
        waffling: Waffling | None = None,
        looping: Looping | None = None,
    ) -> None:
        self._spec = spec
        self._clock = clock or SystemClock()
        self._dialogue = dialogue
        self._agent = agent
        self._writer = writer
        self._limits = limits.SessionLimits(
            spec.tokens, spec.usd, spec.turns, spec.deadline_seconds
        )
        self._started_at = now
        self._heard_at = now
        self._looked_at = now
        self._waited = 0.0  # for people to answer what the agent asked leave for
        self._interrupt: tuple[str, float] | None = None
        self._asked: tuple[float, int] | None = None
        self._questions: dict[str, float] = {}  # when each open approval was asked for
        self._unanswered = dict(unanswered or {})
        self._answers: dict[str, ControlMessage] = {}  # to commands that will be asked for again
        self._waffling = waffling
        self._looping = looping
        self._ladder: Ladder | None = None
        self.ending: Ending | None = None

    def heard(self, now: float) -> None:
        """Note that the agent said something."""
        self._heard_at = now

    def obey(self, message: ControlMessage, now: float) -> None:
        """Do what *message* asks, or say in the log why not."""
        refusal = self._refusal(message)
        if refusal is not None:
            self._reject(message, refusal)
            return
        match message.op:
            case ControlOp.STEER:
                self._heard_at = now
                self._dialogue.steer(message.id, message.text)
            case ControlOp.INTERRUPT if not self._dialogue.in_turn:
                self._heard_at = now
                self._dialogue.steer(message.id, message.text, op=message.op)
            case ControlOp.INTERRUPT:
                self._interrupt = (message.id, now)
                self._dialogue.interrupt(message.id, text=message.text)
            case ControlOp.CANCEL if message.ends_turn_only:
                self._interrupt = (message.id, now)
                self._dialogue.interrupt(message.id, op=message.op)
            case ControlOp.CANCEL:
                self._end(Ending.cancelled(message.by, message.reason), Rung.INTERRUPT, now)
                applied = {"id": message.id, "op": message.op}
                self._writer.write("control.applied", applied, durable=True)
            case ControlOp.APPROVE | ControlOp.DENY:
                self._take_answer(message, now)

    def stop(self, reason: str, now: float) -> None:
        """Bring the session to an end that a later run takes up again."""
        self._end(Ending(Outcome.CRASHED, reason), Rung.INTERRUPT, now)

    def fail(self, reason: str) -> None:
        """Note that the host itself cannot go on; an earlier verdict stands."""
        if self.ending is None:
            self._decide(Ending(Outcome.CRASHED, reason))

    def look(self, now: float) -> None:
        """See what is due: limits, silence, the end of a turn, the next rung of the ladder."""
        if self._dialogue.approvals:
            self._waited += now - self._looked_at
        self._looked_at = now
        if self.ending is None:
            self._mind_the_questions(now)
            self._mind_the_limits(now)
        if self.ending is None and self._dialogue.reached:
            done = Ending(Outcome.PROPOSED, self._dialogue.reached, polite=True)
            self._end(done, Rung.INTERRUPT, now)
        if self.ending is None and self._dialogue.in_turn:
            self._mind_the_score(now)
        if self.ending is None:
            self._mind_the_turn(now)
        self._descend(now)
        self._mind_the_strays(now)

    def final(self, exit_code: int | None, number: int | None, complaint: str = "") -> Ending:
        """Return how the session ended, now that the agent is gone.

        Args:
            complaint: The end of its stderr.
        """
        for message in self._answers.values():
            reason = "the session ended before it asked for that again"
            data = {"id": message.id, "op": message.op, "reason": reason}
            self._writer.write("control.expired", data, durable=True)
        self._answers.clear()
        if self.ending is not None:
            return self.ending
        told = None if self._dialogue.in_turn else self._turn_ending()
        if told is None:
            how = f"signal {number}" if number else f"exit status {exit_code}"
            where = "in the middle of its turn" if self._dialogue.in_turn else "between turns"
            reason = _because(f"the agent ended {where}: {how}", _cause(complaint))
            told = Ending(Outcome.CRASHED, reason)
        return self._decide(told)

    def _reject(self, message: ControlMessage, reason: str) -> None:
        data = {"id": message.id, "op": message.op, "reason": reason}
        self._writer.write("control.rejected", data, durable=True)

    def _take_answer(self, message: ControlMessage, now: float) -> None:
        """Answer an open approval, or keep the answer to one that will be asked for again.

        Programs number their requests anew in each run, so that one name may mean two commands:
        then nobody can tell which was meant.
        """
        before = self._unanswered.pop(message.request, None)
        present = self._dialogue.approvals.get(message.request)
        if before is None or before == present:
            self._answer(message, message.request, now)
        elif present is None:
            self._answers[before] = message
        else:
            self._reject(message, f"{message.request!r} asks for another command now: answer again")

    def _answer(self, message: ControlMessage, request: str, now: float) -> None:
        self._heard_at = now
        approve = message.op is ControlOp.APPROVE
        self._dialogue.answer(
            message.id, request, approve=approve, by=message.by, note=message.text
        )

    def _refusal(self, message: ControlMessage) -> str | None:
        asked = self._dialogue.approvals.keys() | self._unanswered.keys()
        ending = None if self.ending is None else self.ending.reason
        situation = Situation(self._spec.agent, self._dialogue.in_turn, asked, ending)
        return refusal(message, situation)

    def _mind_the_limits(self, now: float) -> None:
        spared = min(self._waited, self._limits.deadline_seconds)
        age = now - self._started_at - spared
        late = limits.deadline_reached(self._limits, age)
        spent = limits.budget_reached(self._limits, self._dialogue.used)
        if late is not None:
            self._end(Ending(late.outcome, late.reason), Rung.INTERRUPT, now)
        elif spent is not None:
            self._ask_then_force(spent, now)
        elif age >= limits.ask_at(self._limits.deadline_seconds):
            self._ask("the session's time is nearly over", now)

    def _ask_then_force(self, spent: limits.Reached, now: float) -> None:
        if self._dialogue.in_turn:
            self._ask(spent.reason, now)
            if self._asked is not None:
                at, requests = self._asked
                if limits.must_force(at, now, self._dialogue.used.requests - requests):
                    self._dialogue.cut_turn(TurnEnd.BUDGET)
                    self._end(Ending(spent.outcome, spent.reason), Rung.INTERRUPT, now)
        elif self._dialogue.turn_end is TurnEnd.DONE:
            self._end(Ending(spent.outcome, spent.reason, polite=True), Rung.FINISH, now)

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
        wish = {"id": name, "op": ControlOp.STEER, "by": "budget", "reason": reason, "text": text}
        self._say_wish(wish)
        self._dialogue.steer(name, text, ends=True)

    def _mind_the_score(self, now: float) -> None:
        """Ask of the session what its score asks for, as a person would."""
        if self._waffling is None:
            return
        for message in self._waffling.due():
            wish = {"id": message.id, "op": message.op, "by": message.by}
            said = {"reason": message.reason, "text": message.text}
            self._say_wish({**wish, **{key: words for key, words in said.items() if words}})
            if self._waffling.only_shown is None:
                self.obey(message, now)
            else:
                self._reject(message, self._waffling.only_shown)

    def _mind_the_questions(self, now: float) -> None:
        """Deny what nobody has answered for as long as the agent itself may be silent.

        What was answered while nobody ran the session counts when it is asked for again.
        """
        open_ = self._dialogue.approvals
        for request, command in tuple(open_.items()):
            if command in self._answers:
                self._answer(self._answers.pop(command), request, now)
        self._questions = {request: self._questions.get(request, now) for request in open_}
        for request, asked_at in self._questions.items():
            if limits.is_silent(asked_at, now, self._spec.silence_seconds):
                self._heard_at = now
                self._deny(request, f"nobody answered for {self._spec.silence_seconds:g} s")

    def _deny(self, request: str, reason: str) -> None:
        name, by = f"unanswered-{self._spec.epoch}-{request}", "timeout"
        text = (
            f"{reason}, so it is denied. Go on without it, or end your turn and say what you need."
        )
        wish = {"id": name, "op": ControlOp.DENY, "by": by, "reason": reason, "text": text}
        self._say_wish({**wish, "request": request})
        self._dialogue.answer(name, request, approve=False, by=by, note=text)

    def _say_wish(self, wish: dict[str, str]) -> None:
        """Log a wish of the host's own as a person's would be."""
        self._writer.write("control.requested", wish, durable=True)
        self._writer.write("control.accepted", {"id": wish["id"], "op": wish["op"]}, durable=True)

    def _mind_the_turn(self, now: float) -> None:
        dialogue = self._dialogue
        if dialogue.in_turn or dialogue.turn_end is None or dialogue.waiting_steers:
            self._mind_the_silence(now)
            return
        if self._looping is not None and dialogue.turn_end is TurnEnd.DONE:
            self._loop_on(self._looping, now)
            return
        ending = self._turn_ending()
        if ending is None:  # interrupted: idle on purpose until a steer, a cancel or the deadline
            self._heard_at = now
        else:
            self._end(ending, Rung.FINISH, now)

    def _loop_on(self, looping: Looping, now: float) -> None:
        """Begin the next turn of the loop, wait for its check, or end the session."""
        self._heard_at = now
        step = looping.step()
        if isinstance(step, GoOn):
            wish = {"id": step.name, "op": ControlOp.STEER, "by": LOOP, "text": step.words}
            self._say_wish(wish)
            self._dialogue.steer(step.name, step.words)
        elif step is not None:
            self._end(step, Rung.FINISH, now)

    def _turn_ending(self) -> Ending | None:
        """Return the end that the agent's last turn means, None where it means none."""
        end = self._dialogue.turn_end
        if end is None or end is TurnEnd.INTERRUPTED:
            return None
        if end is TurnEnd.DONE and self._looping is not None:
            return self._looping.cut("the agent ended between two turns of its loop")
        if end is TurnEnd.DONE:
            return Ending.done()
        if end in _OWN_LIMITS:
            return Ending(Outcome.BUDGET, f"the agent stopped at its own limit: {end}")
        return Ending(Outcome.FAILED, _because(f"the turn ended: {end}", self._dialogue.failure))

    def _mind_the_silence(self, now: float) -> None:
        if self._dialogue.approvals:
            self._heard_at = now  # it waits for a person, who may take long
        if limits.is_silent(self._heard_at, now, self._spec.silence_seconds):
            polite = not self._dialogue.in_turn and self._dialogue.turn_end is TurnEnd.DONE
            self._dialogue.cut_turn(TurnEnd.STALLED)
            reason = f"stalled: no output for {self._spec.silence_seconds:g} s"
            self._end(Ending(Outcome.TIMED_OUT, reason, polite=polite), Rung.INTERRUPT, now)

    def _mind_the_strays(self, now: float) -> None:
        """See that the commands of an interrupted turn are dead within 10 seconds.

        A turn's commands are marked when it ends as interrupted; here, if it does not end. An agent
        that does not end it even then is beyond talking to.
        """
        if self._interrupt is None:
            return
        control, at = self._interrupt
        waited = now - at
        unanswered = self._dialogue.is_waiting(control)
        if waited > _STRAYS_UNTIL_SECONDS and not unanswered:
            self._interrupt = None
        elif waited >= _DEAF_AFTER_SECONDS:
            self._interrupt = None
            self._dialogue.cut_turn(TurnEnd.STALLED)
            reason = f"the agent did not answer an interrupt for {_DEAF_AFTER_SECONDS:g} s"
            self._end(Ending(Outcome.TIMED_OUT, reason), Rung.TERMINATE, now)
        elif waited <= _STRAYS_UNTIL_SECONDS:
            self._sweep_strays(waited, unanswered=unanswered)

    def _sweep_strays(self, waited: float, *, unanswered: bool) -> None:
        if waited >= _UNANSWERED_AFTER_SECONDS and unanswered:
            self._agent.mark_strays()
        if waited >= _STRAYS_AFTER_SECONDS:
            self._agent.kill_strays()

    def _end(self, ending: Ending, rung: Rung, now: float) -> None:
        """Bring the session to its end, unless it has a verdict that stands above this one."""
        rank = _RANKS.get(ending.outcome, 0)
        if self.ending is None or rank > _RANKS.get(self.ending.outcome, 0):
            self._decide(ending)
        if self._ladder is None:
            self._ladder = Ladder.start(rung, now)

    def _decide(self, ending: Ending) -> Ending:
        """Take the verdict and log it: if the host is killed now, its successor ends it alike."""
        self.ending = replace(ending, at=self._clock.now())
        self._dialogue.say_no_more()
        data = asdict(self.ending)
        self._writer.write("session.ending", data, agent=self._spec.agent, durable=True)
        return self.ending

    def _descend(self, now: float) -> None:
        if self._ladder is None:
            return
        if not self._dialogue.in_turn:
            self._ladder.skip_to(Rung.FINISH, now)
        rung = self._ladder.due(now)
        if rung is not None and rung is not Rung.KILL:
            self._agent.go_on()
        match rung:
            case Rung.INTERRUPT:
                self._interrupt_to_end()
            case Rung.FINISH:
                self._dialogue.finish()
            case Rung.TERMINATE:
                self._agent.signal_group(signal.SIGTERM)
            case Rung.KILL:
                self._agent.kill_all()

    def _interrupt_to_end(self) -> None:
        name = f"end-{self._spec.epoch}"
        reason = self.ending.reason if self.ending else ""
        wish = {"id": name, "op": ControlOp.INTERRUPT, "by": "host", "reason": reason}
        self._say_wish(wish)
        self._dialogue.interrupt(name)


def _because(what: str, said: str) -> str:
    """Return *what* happened with what the agent said about it, in one line."""
    why = " ".join(said.split())[:_LONGEST_CAUSE]
    return f"{what}: {why}" if why else what


def _cause(complaint: str) -> str:
    """Return the line of a program's last words that tells most; its stack may follow it."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [""])[-1]
