"""Sweep what the factory no longer needs from its state folder, or take the last sweep back."""

from collections.abc import Sequence
from dataclasses import replace

from darkfactory.errors import AnswerNo
from darkfactory.factory.disposition import OPEN, Standing, standing
from darkfactory.factory.line import Line
from darkfactory.factory.run_lock import run_lock
from darkfactory.gate.room import gate_lock
from darkfactory.workspaces.gc import GcDone, apply_gc, undo_gc
from darkfactory.workspaces.sweepings import LAB, GcItem, GcPlan, GcPolicy, plan_gc, plan_of

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
    now = line.clock.now()
    left = _left_by_evals(line, now)
    if line.is_new:
        return plan_of(left) if left else GcPlan("", ())
    own = plan_gc(line.state, line.hub, now=now, policy=sweeping_policy(line))
    return plan_of((*own.items, *left)) if left else own


def apply_sweep(line: Line, plan: GcPlan) -> GcDone:
    """Take what *plan* names, as far as it is still as it was planned.

    Raises:
        RunLocked: If a ``df run`` works this repository.
        GateBusy: If another command is landing changes.
        DiskFull: If there is no room for the record of the sweep; nothing was taken then.
    """
    now = line.clock.now()
    left = [item for item in plan.items if item.kind == LAB]
    own = replace(plan, items=tuple(item for item in plan.items if item.kind != LAB))
    done = GcDone(plan.id, (), ())
    if not line.is_new:
        with run_lock(line.state), gate_lock(line.state):
            done = apply_gc(line.state, line.hub, own, now=now, policy=sweeping_policy(line))
    swept = _sweep_evals(line, left, now)
    used = [(item.name, "the evals need it") for item in left if item not in swept]
    return replace(done, done=(*done.done, *swept), left=(*done.left, *used))


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


def _left_by_evals(line: Line, now: float) -> list[GcItem]:
    if not line.state.evals.is_dir():
        return []
    from darkfactory.factory.sweep_lab import left_in_lab

    return left_in_lab(line.state, now=now)


def _sweep_evals(line: Line, items: Sequence[GcItem], now: float) -> list[GcItem]:
    if not items:
        return []
    from darkfactory.factory.sweep_lab import sweep_lab

    return sweep_lab(line.state, items, now=now)
