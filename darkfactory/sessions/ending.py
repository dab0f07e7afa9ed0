"""The last steps of a session, in an order in which a crash between any two loses nothing.

First the work goes under a ref of the hub, then the session's stream says how it ended, then the
factory stream, last exit.json. Each step can be taken again with the same result.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.session import Outcome
from darkfactory.errors import DiskFull, FactoryError
from darkfactory.events.stream import Writer
from darkfactory.files import write_atomic
from darkfactory.sessions.spec import SUMMARY_FILE, SessionEnd, SessionSpec, save_end

FOR_GOOD = frozenset({Outcome.NUKED, Outcome.CANCELLED})
"""How a session ends that nobody takes up again: all it left is preserved."""
REWORKED = "steer"
"""What begins a turn in which a change came back to its agent."""
_NUKERS = frozenset({"waffle", "df/waffle"})


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session ends.

    *polite*: the agent ended its own turn, so its tree is as it meant it. *at* is when it was
    decided (seconds since the epoch); the factory's commits bear that date. *instead* is a ref with
    an earlier state of the tree that is offered, because it was measured better than the last.
    """

    outcome: Outcome
    reason: str
    polite: bool = False
    at: float = 0.0
    instead: str = ""

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


def told_ending(data: Mapping[str, Any] | None) -> Ending | None:
    """Return the verdict that the data of ``session.ending`` tell, None where they tell none."""
    if data is None:
        return None
    try:
        return Ending(
            Outcome(data["outcome"]),
            str(data["reason"]),
            data["polite"] is True,
            float(data["at"]),
            str(data.get("instead") or ""),
        )
    except (LookupError, ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Left:
    """What is known of the agent now that it is gone. *complaint* is the end of its stderr."""

    exit_code: int | None = None
    signal: int | None = None
    orphans_killed: int = 0
    native: str | None = None
    last_words: str = ""
    tokens: int = 0
    cost_usd: float = 0.0
    complaint: str = ""
    waffle: float | None = None
    risk: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the work of a session lies in the hub. *problem*: why it does not, if git failed."""

    head: str | None = None
    ref: str | None = None
    quarantine: str | None = None
    notes: tuple[str, ...] = ()
    problem: str | None = None


def finish_session(
    folder: str, spec: SessionSpec, ending: Ending, left: Left, *, log: Writer, factory: Writer
) -> SessionEnd:
    """Keep the work, say how it ended, write exit.json; return what was written.

    Raises:
        DiskFull: If there is no room for the work or the words; the next recovery goes on there.
    """
    kept = keep_work(spec, ending)
    outcome, reason = judge(spec, ending, kept)
    if left.last_words:
        write_atomic(os.path.join(folder, SUMMARY_FILE), left.last_words + "\n")
    end = SessionEnd(
        epoch=spec.epoch,
        outcome=outcome,
        reason=reason,
        exit_code=left.exit_code,
        signal=left.signal,
        orphans_killed=left.orphans_killed,
        head=kept.head,
        preserved=kept.ref,
        quarantine=kept.quarantine,
        polite=ending.polite,
        native=left.native,
        summary=left.last_words,
        notes=(*kept.notes, *_complaint(outcome, left.complaint)),
        tokens=left.tokens,
        cost_usd=left.cost_usd,
        waffle=left.waffle,
        risk=left.risk,
    )
    for type_, data in rules_at_end(spec, outcome, kept, log):
        log.write(type_, data, agent=spec.agent, durable=True)
    log.write("session.ended", ended_data(end), agent=spec.agent, durable=True)
    say_to_factory(factory, spec, ended_data(end))
    save_end(folder, end)
    return end


def judge(spec: SessionSpec, ending: Ending, kept: Kept) -> tuple[Outcome, str]:
    """Return what an ending is worth: only a change in the tree is a proposal."""
    if ending.outcome is not Outcome.PROPOSED:
        return ending.outcome, ending.reason
    if spec.observes:
        return Outcome.REPORTED, ending.reason
    if kept.head is None:
        if spec.trigger == REWORKED and not (kept.problem or kept.notes):
            return Outcome.PROPOSED, "the agent answered and left its change as it was"
        if kept.problem or kept.notes:
            return Outcome.FAILED, kept.problem or f"nothing could be collected: {kept.notes[0]}"
        return Outcome.FAILED, f"{ending.reason} and left no change"
    return Outcome.PROPOSED, ending.reason


def rules_at_end(
    spec: SessionSpec, outcome: Outcome, kept: Kept, log: Writer
) -> list[tuple[str, dict[str, Any]]]:
    """Return how the session's rules stand now that it is over, as events.

    A session that crashed is taken up again, and judged then.

    Raises:
        DiskFull: If git has no room to look.
    """
    if not spec.rules or outcome is Outcome.CRASHED or kept.problem:
        return []
    from pathlib import Path

    from darkfactory.domain.state import StateFolder
    from darkfactory.sessions.hub_tree import HubTree
    from darkfactory.sessions.live_rules import judge_rules
    from darkfactory.workspaces.hub import existing_hub

    events = (event for _, event in log.stream.read())
    try:
        hub = existing_hub(StateFolder(Path(spec.hub).parent), spec.branch)
        tree = HubTree(hub, spec.base, kept.head or spec.base)
        return judge_rules(spec.rules, events, tree)
    except DiskFull:
        raise
    except FactoryError as error:  # the session has ended all the same
        return [("warning", {"text": f"its rules were not judged: {error.problem}"})]


def keep_work(spec: SessionSpec, ending: Ending) -> Kept:
    """Put all that lies in the workspace under a ref of the hub.

    What ended for good is preserved whole, ignored files too; what may be offered or taken up again
    is collected and the workspace stays as it is. A failure of git here is part of the answer: the
    workspace stays leased and keeps the work.

    Raises:
        DiskFull: If the hub has no room for it.
    """
    from pathlib import Path

    from darkfactory.domain.state import StateFolder
    from darkfactory.workspaces.collect import collect
    from darkfactory.workspaces.hub import existing_hub
    from darkfactory.workspaces.pool import Pool
    from darkfactory.workspaces.preserve import preserve

    state = StateFolder(Path(spec.hub).parent)
    when = int(ending.at)
    ref = f"refs/df/work/{spec.session}/{spec.epoch}"
    try:
        hub = existing_hub(state, spec.branch)
        pool = Pool(state, "agents", hub, kind=spec.workspace_kind, keep=spec.keep)
        workspace = pool.find(spec.session)
        if workspace is None:
            return Kept(problem="the session has no workspace")
        if ending.outcome in FOR_GOOD:
            # Collected once only: preserve moves what collect would look for, if it was killed.
            head = (
                hub.ref(ref)
                or collect(hub, workspace, ref=ref, message=commit_message(spec), when=when).head
            )
            saved = preserve(hub, workspace, session=spec.session, reason=ending.reason, when=when)
            pool.record_kept(spec.session, kept=True)
            return Kept(head, saved.ref, os.fspath(saved.path) if saved.path else None)
        collected = collect(hub, workspace, ref=ref, message=commit_message(spec), when=when)
        pool.record_kept(spec.session, kept=collected.whole)
        best = hub.ref(ending.instead) if ending.instead else None
    except DiskFull:
        raise
    except FactoryError as error:
        problem = f"its work was not collected: {error.problem}"
        return Kept(notes=(problem,), problem=problem)
    if best is not None:
        note = f"an earlier state that was measured better is offered; the last is kept as {ref}"
        return Kept(best, ref, None, (*collected.notes, note))
    return Kept(collected.head, ref if collected.head else None, None, collected.notes)


def commit_message(spec: SessionSpec) -> str:
    """Return the message of the commit that holds what the agent of *spec* has not committed."""
    return f"{spec.title}\n\nItem: {spec.item}\nSession: {spec.session}\nAgent: {spec.agent}\n"


def say_to_factory(factory: Writer, spec: SessionSpec, ended: dict[str, Any]) -> None:
    """Tell the factory stream of *ended*, the data of ``session.ended``."""
    factory.write("session.ended", factory_data(spec, ended), agent=spec.agent, durable=True)


def factory_data(spec: SessionSpec, ended: dict[str, Any]) -> dict[str, Any]:
    """Return *ended*, the data of ``session.ended``, as the factory stream has it."""
    return {**ended, "item": spec.item, "lane": spec.lane, "attempt": spec.attempt}


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
        "waffle": end.waffle,
        "risk": end.risk,
        "notes": list(end.notes),
    }
    if end.preserved or end.quarantine:
        data["preserved"] = {"ref": end.preserved, "path": end.quarantine}
    return data


def _complaint(outcome: Outcome, said: str) -> tuple[str, ...]:
    told = outcome in (Outcome.CRASHED, Outcome.FAILED, Outcome.TIMED_OUT)
    return (f"stderr: {said}",) if told and said else ()
