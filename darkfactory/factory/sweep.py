"""Sweep what the factory no longer needs from its state folder, or take the last sweep back."""

from darkfactory.errors import AnswerNo
from darkfactory.factory.disposition import OPEN, Standing, standing
from darkfactory.factory.line import Line
from darkfactory.factory.run_lock import run_lock
from darkfactory.gate.room import gate_lock
from darkfactory.workspaces.gc import GcDone, apply_gc, undo_gc
from darkfactory.workspaces.sweepings import GcPlan, GcPolicy, plan_gc

_OVER = frozenset({Standing.LANDED, Standing.CLOSED, Standing.REPORTED})


class NothingToUndo(AnswerNo):
    """There is no sweep that could be taken back."""

    code = "gc.nothing"

    def __init__(self) -> None:
        super().__init__(
            "there is no sweep to undo", fix="`df gc` shows what a sweep would take, and why"
        )


def plan_sweep(line: Line) -> GcPlan:
    """Return what a sweep now would take; changes nothing.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    if line.is_new:
        return GcPlan("", ())
    return plan_gc(line.state, line.hub, now=line.clock.now(), policy=sweeping_policy(line))


def apply_sweep(line: Line, plan: GcPlan) -> GcDone:
    """Take what *plan* names, as far as it is still as it was planned.

    Raises:
        RunLocked: If a ``df run`` works this repository.
        GateBusy: If another command is landing changes.
        DiskFull: If there is no room for the record of the sweep; nothing was taken then.
    """
    if line.is_new:
        return GcDone(plan.id, (), ())
    with run_lock(line.state), gate_lock(line.state):
        now = line.clock.now()
        return apply_gc(line.state, line.hub, plan, now=now, policy=sweeping_policy(line))


def undo_sweep(line: Line) -> GcDone:
    """Bring back what the last sweep took.

    Raises:
        NothingToUndo: If there was none, or its time has passed.
        RunLocked: If a ``df run`` works this repository.
        GateBusy: If another command is landing changes.
    """
    done = None
    if not line.is_new:
        with run_lock(line.state), gate_lock(line.state):
            done = undo_gc(line.state, line.hub)
    if done is None:
        raise NothingToUndo
    return done


def sweeping_policy(line: Line) -> GcPolicy:
    """Return the rules: what a conversation may be taken up with again stays, whatever its age."""
    line.record.refresh()
    in_use: set[str] = set()
    settled: set[str] = set()
    superseded: set[str] = set()
    for item in {row.item for row in line.record.sessions.values()}:
        change = line.record.changes.of_item(item)
        *earlier, last = (row.id for row in line.record.sessions_of(item))
        stands = standing(line.record.attempted(item), change)
        if stands in _OVER:
            settled.update((*earlier, last))
            continue
        superseded.update(earlier)
        if stands in OPEN:
            in_use.update((last, (change.session if change else None) or last))
    return GcPolicy(
        in_use=frozenset(in_use), settled=frozenset(settled), superseded=frozenset(superseded)
    )
