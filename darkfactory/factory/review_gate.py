"""What a person does at the gate: say yes to changes, land what is approved."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.factory.line import Line
from darkfactory.gate.forward import forward
from darkfactory.gate.land import Landings, land_all, next_in_line
from darkfactory.gate.room import GateBusy, gate_lock
from darkfactory.gate.verdicts import approve

_QUEUED = frozenset(
    {ChangeState.APPROVED, ChangeState.QUEUED, ChangeState.TESTING, ChangeState.LANDING}
)


def approve_changes(
    line: Line,
    names: Sequence[str],
    *,
    by: str,
    text: str = "",
    taste: dict[int, bool] | None = None,
) -> dict[str, Any]:
    """Approve changes as they are now and land them before returning.

    Of several at once those that touch the harness are refused: they need a look of their own.

    Raises:
        UnknownChange: If one is unknown; then none is approved.
        NotAtTheGate: If one is not waiting for a verdict; then none is approved.
    """
    room = line.gate()
    changes = list({change.id: change for change in map(room.find, names)}.values())
    refused = []
    for change in changes:
        if len(changes) > 1 and change.facts.get("protected"):
            refused.append({"id": change.id, "reason": "touches the harness: approve it by itself"})
            continue
        approve(room, change, by=by, text=text, taste=taste)
    result = land_queue(line)
    return {**result, "refused": refused}


def land_queue(line: Line, *, thaw_by: str | None = None) -> dict[str, Any]:
    """Land what is approved; what another gate process is landing is named as queued.

    Raises:
        GateFrozen: If an audit has failed.
    """
    room = line.gate()
    if thaw_by is not None:
        room.record("gate.frozen", {"reason": None, "by": thaw_by})
    try:
        with gate_lock(line.state):
            line.hub.sync_base()
            done = land_all(room)
            moved = forward(line.hub)
    except GateBusy:
        done, words = Landings(), "another command is landing; it takes yours too"
    else:
        words = moved.words
    queued = [change.id for change in room.refresh() if change.state in _QUEUED]
    return {
        "landed": [asdict(row) for row in done.landed],
        "bounced": [asdict(row) for row in done.bounced],
        "queued": queued,
        "refused": [],
        "warnings": [],
        "forward": words,
    }


def wait_for_verdicts(line: Line) -> None:
    """Return once something is approved; looks twice a second."""
    room = line.gate()
    while next_in_line(room) is None:
        time.sleep(0.5)
