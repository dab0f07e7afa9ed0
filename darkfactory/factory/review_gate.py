"""What a person does at the gate: see what waits, judge it, land it."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from darkfactory.changes.measure import diff_text
from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.factory.line import Line
from darkfactory.gate.forward import forward
from darkfactory.gate.land import Landings, land_all, next_in_line
from darkfactory.gate.record import TERMINAL, Change
from darkfactory.gate.room import GateBusy, gate_lock
from darkfactory.gate.verdicts import approve

_DIFF_LIMIT = 512 * 1024
_ORDER = {ChangeState.WAITING_TASTE: 0, ChangeState.BOUNCED: 1, ChangeState.REWORK: 1}
_LOGGED = {
    f"change.{verb}"
    for verb in (
        "proposed",
        "checked",
        "waiting",
        "approved",
        "landed",
        "bounced",
        "rework",
        "closed",
        "deferred",
        "superseded",
        "abandoned",
    )
}


def gate_rows(line: Line) -> list[dict[str, Any]]:
    """Return the changes that are not over, ready ones first, small risk first."""
    room = line.gate()
    now = line.clock.now()
    listed = {ChangeState.ABANDONED}
    found = [c for c in room.refresh() if c.state not in TERMINAL or c.state in listed]
    rows = [_row(change, now) for change in found if change.state_at(now) != "deferred"]
    later = [_row(change, now) for change in found if change.state_at(now) == "deferred"]
    rank = {state.value: at for state, at in _ORDER.items()}
    rows.sort(key=lambda row: (rank.get(row["state"], 2), row["risk"]["score"], row["id"]))
    return [*rows, *later]


def show_change(line: Line, name: str) -> dict[str, Any]:
    """Return one change with its diff, its claims held against facts, and the taste lines.

    Raises:
        UnknownChange: If there is no such change or item.
    """
    room = line.gate()
    change = room.find(name)
    lane = room.lane(change)
    body = {
        **_row(change, line.clock.now()),
        "diff": diff_text(line.hub.path, change.base, change.head, limit_bytes=_DIFF_LIMIT),
        "summary": change.facts.get("summary") or "",
        "claims": change.check.get("claims") or [],
        "head": change.head,
        "base": change.base,
        "notes": change.facts.get("notes") or [],
        "secrets": change.facts.get("secrets") or [],
        "protected": change.facts.get("protected") or [],
        "out_of_lane": change.facts.get("out_of_lane") or [],
        "why": change.check.get("why") or change.reason,
    }
    taste = [{"question": question} for question in (lane.taste if lane else ())]
    return {"change": body, "taste": taste}


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


def log_entries(line: Line) -> list[dict[str, Any]]:
    """Return who did what to which change, oldest first."""
    room = line.gate()
    entries = []
    for _, event in room.stream.read():
        room.changes.tell(event)
        name = event.data.get("change")
        if event.type not in _LOGGED or not isinstance(name, str):
            continue
        change = room.changes.get(name)
        if change is not None:
            entries.append(_entry(event, change))
    return entries


_QUEUED = frozenset(
    {ChangeState.APPROVED, ChangeState.QUEUED, ChangeState.TESTING, ChangeState.LANDING}
)


def _row(change: Change, now: float) -> dict[str, Any]:
    facts, check = change.facts, change.check
    return {
        "id": change.id,
        "item": change.item,
        "lane": change.lane,
        "title": change.title,
        "state": change.state_at(now).value,
        "session": change.session,
        "revision": change.revision,
        "harness": {
            "result": check.get("result"),
            "tree": check.get("tree"),
            "failing": check.get("failing") or [],
            "green": bool(check.get("green")),
        },
        "waffle": facts.get("waffle") or {"score": None, "signals": []},
        "risk": facts.get("risk") or {"score": 0.0, "reasons": []},
        "files": facts.get("files") or 0,
        "added": facts.get("added") or 0,
        "removed": facts.get("removed") or 0,
        "conflicts_with": facts.get("conflicts_with") or [],
        "pretested": bool(check.get("green")),
        "age_seconds": round(max(0.0, now - change.since), 1),
        "reason": change.reason,
    }


def _entry(event: Event, change: Change) -> dict[str, Any]:
    data = event.data
    landed = event.type == "change.landed"
    return {
        "ts": event.ts,
        "event": event.type.removeprefix("change."),
        "change": change.id,
        "item": change.item,
        "by": data.get("by"),
        "head": data.get("head") or change.head,
        "patch_id": data.get("patch_id") or change.patch_id,
        "seconds": data.get("seconds"),
        "seen": data.get("seen"),
        "taste": data.get("taste") or [],
        "reason": data.get("reason") or None,
        "detail": data.get("detail"),
        "text": data.get("text") or None,
        "base": data.get("base") if landed else change.base,
        "commit": data.get("commit"),
        "tree": data.get("tree"),
        "tested_tree": data.get("tested_tree"),
    }
