"""The orderly end of a session whose host was killed.

A host that is gone without exit.json was killed: its agent is swept, its work is kept, its log is
closed.
"""

import os
import signal
from dataclasses import asdict, replace
from typing import Any

from darkfactory.clock import SystemClock
from darkfactory.domain.foreign import number_of
from darkfactory.domain.session import ControlOp, Outcome, TurnEnd
from darkfactory.events.stream import Stream, Writer
from darkfactory.files import read_json
from darkfactory.processes.identity import ProcessId, is_alive
from darkfactory.processes.sweep import MARKER, kill_marked, kill_tree, signal_all
from darkfactory.sessions.dialogue import unknown_end
from darkfactory.sessions.ending import (
    FOR_GOOD,
    Ending,
    Left,
    finish_session,
    say_to_factory,
    told_ending,
)
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.inbox import ControlMessage, Inbox, asked_by_host, waiting_answers
from darkfactory.sessions.spec import (
    HOST_FILE,
    SessionEnd,
    SessionSpec,
    load_end,
    load_spec,
    marker_of,
    save_end,
)
from darkfactory.sessions.story import Story, read_story


def bury(folder: str) -> SessionEnd | None:
    """End the session in *folder* whose host was killed; return how, or None if someone runs it.

    Sweeps what is left of its agent, keeps its work under a ref, closes its log. Can be killed and
    called again at any point.
    """
    spec = load_spec(folder)
    if spec is None:
        return None
    with host_lock(folder) as ours:
        if not ours:
            return None
        end = load_end(folder)
        if end is not None and end.epoch >= spec.epoch:
            return end
        return _record(folder, spec, orphans=_sweep(folder))


def _sweep(folder: str) -> int:
    """Kill what is left of the agent: by identity, its descendants, and by marker."""
    marker = marker_of(folder)
    body = read_json(os.path.join(folder, HOST_FILE)) or {}
    pid, start = body.get("agent_pid"), body.get("agent_start")
    killed = 0
    if isinstance(pid, int) and isinstance(start, str):
        agent = ProcessId(pid, start, str(body.get("boot")))
        if is_alive(agent):
            signal_all([pid], signal.SIGSTOP)  # so that it starts nothing new meanwhile
            killed += kill_tree(pid, name=MARKER, value=marker)
            signal_all([pid], signal.SIGKILL)
    return killed + kill_marked(MARKER, marker)


def _record(folder: str, spec: SessionSpec, *, orphans: int) -> SessionEnd:
    stream = Stream(spec.streams, f"s/{spec.session}")
    log = _writer(spec, stream)
    story = read_story(stream.read())
    if story.ended is not None and story.ended_epoch == spec.epoch:
        _repeat_to_factory(spec, story.ended)  # said already: only exit.json is missing for sure
        end = _end_of(spec, story)
        save_end(folder, end)
        return end
    _close_open_ends(log, spec, story)
    ending = _ending(spec, story, log)
    left = Left(
        orphans_killed=orphans,
        native=story.native or spec.resume,
        last_words=story.last_words,
        tokens=max(story.tokens, spec.total_before),
        cost_usd=max(story.cost, spec.cost_before),
        waffle=story.waffle,
        risk=story.risk,
    )
    factory = _writer(spec, Stream(spec.streams, "factory"))
    return finish_session(folder, spec, ending, left, log=log, factory=factory)


def _writer(spec: SessionSpec, stream: Stream) -> Writer:
    return Writer(stream, producer="recovery", epoch=spec.epoch, session=spec.session, once=True)


def _ending(spec: SessionSpec, story: Story, log: Writer) -> Ending:
    """Return the verdict: a waiting cancel, else the killed host's own, else that it was killed.

    A nuke that the host asked for itself is such a cancel, from its first word in the log on.
    It is logged before a cancel counts as applied, so being killed here changes nothing. Other
    messages wait for the next host.
    """
    ending = told_ending(story.ending) or Ending(
        Outcome.CRASHED, "the session host was killed", at=SystemClock().now()
    )
    for message in asked_by_host(spec.streams, spec.session, story).values():
        if message.op is ControlOp.CANCEL:
            if message.id not in story.controls:
                accepted = {"id": message.id, "op": message.op}
                log.write("control.accepted", accepted, durable=True)
            ending = _obey(message, ending, spec, log)
    control = Stream(spec.streams, f"s/{spec.session}/control")
    for message in Inbox(control, log, taken=story.answered).take(ControlOp.CANCEL):
        missed = message.missed(spec.agent)
        if missed is None:
            ending = _obey(message, ending, spec, log)
        else:
            data = {"id": message.id, "op": message.op, "reason": missed}
            log.write("control.rejected", data, durable=True)
    return ending


def _obey(message: ControlMessage, ending: Ending, spec: SessionSpec, log: Writer) -> Ending:
    """Return the verdict once a cancel has been heard that came before it was carried out."""
    if ending.outcome not in FOR_GOOD and not message.ends_turn_only:
        cancelled = Ending.cancelled(message.by, message.reason)
        ending = replace(cancelled, at=SystemClock().now())
        log.write("session.ending", asdict(ending), agent=spec.agent, durable=True)
    log.write("control.applied", {"id": message.id, "op": message.op}, durable=True)
    return ending


def _end_of(spec: SessionSpec, story: Story) -> SessionEnd:
    """Return exit.json again from what the log says of the end."""
    told = story.ended or {}
    preserved = told.get("preserved") or {}
    return SessionEnd(
        epoch=spec.epoch,
        outcome=Outcome(told["outcome"]),
        reason=str(told.get("reason") or ""),
        exit_code=told.get("exit_code"),
        signal=told.get("signal"),
        orphans_killed=int(told.get("orphans_killed") or 0),
        head=told.get("head"),
        preserved=preserved.get("ref"),
        quarantine=preserved.get("path"),
        polite=bool(told.get("polite")),
        native=story.native or spec.resume,
        summary=story.last_words,
        notes=tuple(told.get("notes") or ()),
        tokens=int(told.get("tokens") or 0),
        cost_usd=float(told.get("cost_usd") or 0.0),
        waffle=number_of(told.get("waffle")),
        risk=number_of(told.get("risk")),
    )


def _close_open_ends(log: Writer, spec: SessionSpec, story: Story) -> None:
    """Say of what the killed host left open how it stands: calls unknown, the turn killed."""

    def say(type_: str, data: dict[str, Any]) -> None:
        log.write(type_, data, turn=story.turn, agent=spec.agent, durable=True)

    for call in story.open_calls:
        say("tool.finished", unknown_end(call))
    answered = {request for request, _ in waiting_answers(spec.streams, spec.session, story)}
    for request in story.approvals.keys() - answered:  # whose answer waits, waits with it
        say("approval.resolved", {"request": request, "decision": "deny", "by": "recovery"})
    if story.in_turn:
        say("turn.finished", {"reason": TurnEnd.KILLED, "text": ""})
    own = asked_by_host(spec.streams, spec.session, story)
    for control, op in ({name: wish.op for name, wish in own.items()} | story.controls).items():
        if op != ControlOp.CANCEL:
            reason = "the session host was killed"
            say("control.expired", {"id": control, "op": op, "reason": reason})


def _repeat_to_factory(spec: SessionSpec, ended: dict[str, Any]) -> None:
    """Repeat ``session.ended`` in the factory stream where the killed host had not said it."""
    factory = Stream(spec.streams, "factory")
    for _, event in factory.read():
        if (
            event.type == "session.ended"
            and event.session == spec.session
            and event.producer is not None
            and event.producer.epoch == spec.epoch
        ):
            return
    say_to_factory(_writer(spec, factory), spec, ended)
    factory.close()
