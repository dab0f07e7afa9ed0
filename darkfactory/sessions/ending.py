"""The last steps of a session, in an order in which a crash between any two loses nothing.

First the work goes under a ref of the hub, then the session's stream says how it ended, then the
factory stream, last exit.json. Each step can be taken again with the same result.
"""

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from darkfactory.domain.session import Outcome
from darkfactory.errors import FactoryError
from darkfactory.events.stream import Stream, Writer
from darkfactory.files import write_atomic
from darkfactory.sessions.spec import SUMMARY_FILE, SessionEnd, SessionSpec, save_end

if TYPE_CHECKING:
    from darkfactory.sessions.agent_process import AgentProcess
    from darkfactory.sessions.dialogue import Dialogue

_FOR_GOOD = frozenset({Outcome.NUKED, Outcome.CANCELLED})
_NUKERS = frozenset({"waffle", "df/waffle"})


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session ends. *polite*: the agent ended its own turn, so its tree is as it meant it."""

    outcome: Outcome
    reason: str
    polite: bool = False

    @classmethod
    def done(cls) -> "Ending":
        """The agent says that it is done; what it left decides what that is worth."""
        return cls(Outcome.PROPOSED, "the agent ended its turn", polite=True)

    @classmethod
    def cancelled(cls, by: str, reason: str) -> "Ending":
        """Someone ended it: the waffle detector nukes, a budget stops, a person cancels."""
        said = f"cancelled by {by}" + (f": {reason}" if reason else "")
        if by in _NUKERS:
            return cls(Outcome.NUKED, said)
        return cls(Outcome.BUDGET if by == "budget" else Outcome.CANCELLED, said)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the work of a session lies in the hub, if it left any."""

    head: str | None = None
    ref: str | None = None
    quarantine: str | None = None
    notes: tuple[str, ...] = ()


def finish_session(
    folder: str,
    spec: SessionSpec,
    writer: Writer,
    ending: Ending,
    *,
    dialogue: "Dialogue",
    agent: "AgentProcess",
    orphans: int,
) -> SessionEnd:
    """Keep the work, say how it ended, write exit.json; return what was written.

    Raises:
        DiskFull: If there is no room to say it; the next recovery goes on from there.
    """
    kept = keep_work(spec, ending)
    outcome, reason = judge(spec, ending, kept)
    if dialogue.last_words:
        write_atomic(os.path.join(folder, SUMMARY_FILE), dialogue.last_words + "\n")
    end = SessionEnd(
        epoch=spec.epoch,
        outcome=outcome,
        reason=reason,
        exit_code=agent.exit_code,
        signal=agent.signal,
        orphans_killed=orphans,
        head=kept.head,
        preserved=kept.ref,
        quarantine=kept.quarantine,
        polite=ending.polite,
        native=dialogue.native,
        summary=dialogue.last_words,
        notes=(*kept.notes, *_complaint(outcome, agent)),
        tokens=dialogue.used.tokens,
        cost_usd=dialogue.used.usd,
    )
    record_end(folder, spec, writer, end)
    return end


def judge(spec: SessionSpec, ending: Ending, kept: Kept) -> tuple[Outcome, str]:
    """Return what an ending is worth: only a change in the tree is a proposal."""
    if ending.outcome is not Outcome.PROPOSED:
        return ending.outcome, ending.reason
    if spec.observes:
        return Outcome.REPORTED, ending.reason
    if kept.head is None:
        return Outcome.FAILED, "the agent ended its turn and left no change"
    return Outcome.PROPOSED, ending.reason


def keep_work(spec: SessionSpec, ending: Ending) -> Kept:
    """Put all that lies in the workspace under a ref of the hub.

    What ended for good is preserved whole, ignored files too; what may be offered or taken up again
    is collected and the workspace stays as it is. A failure of git here is said in the notes, never
    swallowed: the workspace stays leased and keeps the work.
    """
    from pathlib import Path

    from darkfactory.domain.state import StateFolder
    from darkfactory.workspaces.collect import collect
    from darkfactory.workspaces.hub import open_hub
    from darkfactory.workspaces.pool import Pool
    from darkfactory.workspaces.preserve import preserve

    state = StateFolder(Path(spec.hub).parent)
    when = int(time.time())
    ref = f"refs/df/work/{spec.session}/{spec.epoch}"
    try:
        hub = open_hub(state, spec.branch)
        pool = Pool(state, "agents", hub, kind=spec.workspace_kind, keep=spec.keep)
        workspace = pool.find(spec.session)
        if workspace is None:
            return Kept(notes=("the session has no workspace",))
        collected = collect(hub, workspace, ref=ref, message=_message(spec), when=when)
        if ending.outcome in _FOR_GOOD:
            saved = preserve(hub, workspace, session=spec.session, reason=ending.reason, when=when)
            pool.record_kept(spec.session, kept=True)
            path = os.fspath(saved.path) if saved.path else None
            return Kept(collected.head, saved.ref, path, collected.notes)
        pool.record_kept(spec.session, kept=collected.whole)
    except FactoryError as error:
        return Kept(notes=(f"work not collected: {error.problem}",))
    return Kept(collected.head, ref if collected.head else None, None, collected.notes)


def _message(spec: SessionSpec) -> str:
    return f"{spec.title}\n\nItem: {spec.item}\nSession: {spec.session}\nAgent: {spec.agent}\n"


def record_end(folder: str, spec: SessionSpec, writer: Writer, end: SessionEnd) -> None:
    """Say in both streams and in exit.json that the session has ended."""
    data = ended_data(end)
    writer.write("session.ended", data, agent=spec.agent, durable=True)
    factory = Stream(spec.streams, "factory")
    Writer(factory, producer=f"host:{spec.session}", epoch=spec.epoch, session=spec.session).write(
        "session.ended",
        {**data, "item": spec.item, "lane": spec.lane, "attempt": spec.attempt},
        agent=spec.agent,
        durable=True,
    )
    factory.close()
    save_end(folder, end)


def ended_data(end: SessionEnd) -> dict[str, Any]:
    """Return the data of ``session.ended``."""
    data: dict[str, Any] = {
        "outcome": end.outcome,
        "reason": end.reason,
        "exit_code": end.exit_code,
        "signal": end.signal,
        "orphans_killed": end.orphans_killed,
        "polite": end.polite,
        "head": end.head,
        "tokens": end.tokens,
        "cost_usd": end.cost_usd,
        "notes": list(end.notes),
    }
    if end.preserved or end.quarantine:
        data["preserved"] = {"ref": end.preserved, "path": end.quarantine}
    return data


def _complaint(outcome: Outcome, agent: "AgentProcess") -> tuple[str, ...]:
    """Return the end of what a failed agent wrote to standard error."""
    if outcome not in (Outcome.CRASHED, Outcome.FAILED, Outcome.TIMED_OUT):
        return ()
    said = agent.stderr_tail[-2000:].decode("utf-8", "replace").strip()
    return (f"stderr: {said}",) if said else ()
