"""The orderly end of a session whose host was killed.

A host that is gone without exit.json was killed: its agent is swept, its work is kept, its log is
closed.
"""

import os
import signal

from darkfactory.domain.session import ControlOp, Outcome, TurnEnd
from darkfactory.events.stream import Stream, Writer
from darkfactory.files import read_json
from darkfactory.processes.identity import ProcessId, is_alive
from darkfactory.processes.sweep import MARKER, kill_marked, kill_tree, signal_all
from darkfactory.sessions.ending import Ending, judge, keep_work, record_end
from darkfactory.sessions.hosts import host_lock
from darkfactory.sessions.inbox import Inbox
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
        _sweep(folder)
        return _record(folder, spec)


def _sweep(folder: str) -> int:
    """Kill what is left of the agent: by identity, its descendants, and by marker."""
    marker = marker_of(folder)
    body = read_json(os.path.join(folder, HOST_FILE)) or {}
    pid, start = body.get("agent_pid"), body.get("agent_start")
    killed = 0
    if isinstance(pid, int) and isinstance(start, str):
        agent = ProcessId(pid, start, str(body.get("boot")))
        if is_alive(agent):
            killed += kill_tree(pid, name=MARKER, value=marker)
            signal_all([pid], signal.SIGKILL)
    return killed + kill_marked(MARKER, marker)


def _record(folder: str, spec: SessionSpec) -> SessionEnd:
    log = Stream(spec.streams, f"s/{spec.session}")
    writer = Writer(log, producer="recovery", epoch=spec.epoch, session=spec.session, once=True)
    story = read_story(log.read())
    if story.ended is not None:  # said already: only exit.json and perhaps the factory are missing
        _say_to_factory(spec, story.ended)
        end = _end_of(spec, story)
        save_end(folder, end)
        return end
    _close_open_ends(writer, story)
    ending = Ending(Outcome.CRASHED, "the session host was killed")
    for message in Inbox(Stream(spec.streams, f"s/{spec.session}/control"), log, writer).take():
        if message.op is ControlOp.CANCEL:
            ending = Ending.cancelled(message.by, message.reason)
            writer.write("control.applied", {"id": message.id, "op": "cancel"}, durable=True)
        else:
            data = {"id": message.id, "op": message.op, "reason": "the session host was killed"}
            writer.write("control.expired", data, durable=True)
    kept = keep_work(spec, ending)
    outcome, reason = judge(spec, ending, kept)
    end = SessionEnd(
        epoch=spec.epoch,
        outcome=outcome,
        reason=reason,
        head=kept.head,
        preserved=kept.ref,
        quarantine=kept.quarantine,
        native=story.native or spec.native or spec.resume,
        summary=story.last_words,
        notes=kept.notes,
        tokens=max(story.tokens, spec.total_before),
        cost_usd=max(story.cost, spec.cost_before),
    )
    record_end(folder, spec, writer, end)
    return end


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
        native=story.native or spec.native or spec.resume,
        summary=story.last_words,
        notes=tuple(told.get("notes") or ()),
        tokens=int(told.get("tokens") or 0),
        cost_usd=float(told.get("cost_usd") or 0.0),
    )


def _close_open_ends(writer: Writer, story: Story) -> None:
    """Say of what the killed host left open how it stands: calls unknown, the turn killed."""
    for call in story.open_calls:
        writer.write("tool.finished", {"call": call, "status": "unknown"}, turn=story.turn)
    for request in story.approvals:
        data = {"request": request, "decision": "deny", "by": "recovery"}
        writer.write("approval.resolved", data, turn=story.turn)
    if story.in_turn:
        data = {"reason": TurnEnd.KILLED, "text": ""}
        writer.write("turn.finished", data, turn=story.turn, durable=True)


def _say_to_factory(spec: SessionSpec, ended: dict[str, object]) -> None:
    """Repeat ``session.ended`` in the factory stream where the killed host had not."""
    factory = Stream(spec.streams, "factory")
    for _, event in factory.read():
        if (
            event.type == "session.ended"
            and event.session == spec.session
            and event.producer is not None
            and event.producer.epoch == spec.epoch
        ):
            return
    data = {**ended, "item": spec.item, "lane": spec.lane, "attempt": spec.attempt}
    Writer(factory, producer="recovery", epoch=spec.epoch, session=spec.session, once=True).write(
        "session.ended", data, agent=spec.agent, durable=True
    )
    factory.close()
