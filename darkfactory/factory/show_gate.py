"""What a person sees at the gate, derived from the record: the list, one change, the log."""

from dataclasses import asdict
from typing import Any

from darkfactory.clock import timestamp
from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.domain.lane import Autonomy, Lane
from darkfactory.errors import UnknownChange
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.gate.record import ON_THE_WAY, OPEN, TERMINAL, Change, Changes
from darkfactory.gate.warned import HARD_FROM, warnings_of
from darkfactory.sessions.loop import checkpoints_of

_DIFF_LIMIT = 512 * 1024
_ORDER = {ChangeState.WAITING_TASTE: 0, ChangeState.BOUNCED: 1, ChangeState.REWORK: 1}
_NOT_YET = OPEN - ON_THE_WAY
_LOGGED = {
    f"change.{verb}"
    for verb in (
        "proposed",
        "checked",
        "waiting",
        "approved",
        "landed",
        "examined",
        "bounced",
        "rework",
        "closed",
        "deferred",
        "withdrawn",
        "superseded",
        "abandoned",
    )
}


def gate_rows(line: Line) -> list[dict[str, Any]]:
    """Return the changes that are not over, ready ones first, small risk first.

    An abandoned one is listed until its item has a newer one.
    """
    line.record.refresh()
    now, changes = line.clock.now(), line.record.changes
    found = [change for change in changes if change.state not in TERMINAL]
    found += [
        change
        for change in changes
        if change.state is ChangeState.ABANDONED and changes.of_item(change.item) is change
    ]
    rows = [_row(changes, one, now) for one in found if one.state_at(now) != "deferred"]
    later = [_row(changes, one, now) for one in found if one.state_at(now) == "deferred"]
    rank = {state.value: at for state, at in _ORDER.items()}
    rows.sort(key=lambda row: (rank.get(row["state"], 2), row["risk"]["score"], row["id"]))
    return [*rows, *later]


def reading_order(change: Change) -> tuple[bool, bool, str, float, str]:
    """Return what sorts changes of one state as people read them.

    Hard ones come last, what is not green behind what is; in a lane small risk comes first.
    """
    return is_hard(change), not change.check.get("green"), change.lane, change.risk.score, change.id


def is_hard(change: Change) -> bool:
    """Tell whether *change* wants a fresh head: much risk, or a warning that wants its own yes."""
    return change.risk.score >= HARD_FROM or bool(warnings_of(change))


def show_change(
    line: Line, name: str, *, by: str | None = None, since_last: bool = False
) -> dict[str, Any]:
    """Return one change with its diff, its claims held against facts, and the taste lines.

    Args:
        by: Who looks; it is recorded. None: nobody.
        since_last: Tell, too, what changed since the last look of *by* at another revision.

    Raises:
        UnknownChange: If there is no such change or item.
    """
    from darkfactory.changes.measure import diff_text

    change = known_change(line, name)
    shown = show_facts(line, change)
    base, head = change.base, change.head
    shown["change"]["diff"] = diff_text(line.hub.path, base, head, limit_bytes=_DIFF_LIMIT)
    shown["change"]["checkpoints"] = checkpoints_json(line, change)
    if by is None:
        return shown
    from darkfactory.factory.since_last import mark_looked

    if since_last:
        shown |= looked(line, change, by)
    mark_looked(line, change, by)
    return shown


def checkpoints_json(line: Line, change: Change) -> list[dict[str, Any]]:
    """Return what the loop of the session behind *change* was measured to, if it had one."""
    if change.session is None:
        return []
    log = Stream(line.state.streams, f"s/{change.session}").read()
    return [asdict(one) for one in checkpoints_of(event for _, event in log)]


def looked(line: Line, change: Change, by: str) -> dict[str, Any]:
    """Return what *change* does that it did not at the last look of *by*, and which that was.

    Both are None where *by* has looked at no other revision.
    """
    from darkfactory.factory.since_last import since_last

    look = line.record.readers.last_look(change, by)
    if look is None:
        return {"since_last": None, "last_look": None}
    known = {"head": look.head, "revision": look.revision, "ts": timestamp(look.at)}
    return {"since_last": since_last(line.hub, change, look), "last_look": known}


def known_change(line: Line, name: str) -> Change:
    """Return the change of that id, or the newest one of that item, as the record tells it now.

    Raises:
        UnknownChange: If there is neither.
    """
    line.record.refresh()
    change = line.record.changes.get(name)
    if change is None:
        raise UnknownChange(name, line.record.changes.names())
    return change


def show_facts(line: Line, change: Change) -> dict[str, Any]:
    """Return one change as :func:`show_change` does, without any diff; only the record is read."""
    lane = line.settings.lane(change.lane)
    body = {
        **_row(line.record.changes, change, line.clock.now()),
        "diff": "",
        "summary": change.facts.get("summary") or "",
        "claims": change.check.get("claims") or [],
        "head": change.head,
        "base": change.base,
        "notes": change.facts.get("notes") or [],
        "secrets": change.facts.get("secrets") or [],
        "protected": change.facts.get("protected") or [],
        "out_of_lane": change.facts.get("out_of_lane") or [],
        "authors": change.facts.get("authors") or [],
        "why": change.check.get("why") or change.reason,
        "text": change.text,
        "by": change.by,
        "places": list(change.places),
        "bypasses": change.facts.get("bypasses") or [],
        "tampered": change.facts.get("tampered") or [],
        "unread": change.facts.get("unread") or [],
        "altered": change.facts.get("altered") or [],
        "silenced": change.facts.get("silenced") or [],
        "invisible": change.facts.get("invisible") or [],
        "fewer_tests": change.check.get("fewer_tests") or "",
        "rules": change.check.get("rules") or [],
        "proof": _proof(change),
        "warnings": warnings_of(change),
        "comments": [dict(comment) for comment in change.comments],
        "flaky": _flaky(line.record.changes, change),
        **_alone(line, lane, change),
    }
    taste = [{"question": question} for question in (lane.taste if lane else ())]
    return {"change": body, "taste": taste}


def _proof(change: Change) -> dict[str, Any] | None:
    if not change.proof:
        return None
    told = {key: change.proof[key] for key in ("proves", "why")}
    return {**told, "weak": bool(change.proof.get("weak"))}


def _alone(line: Line, lane: Lane | None, change: Change) -> dict[str, Any]:
    """Return what keeps a change of a lane that lands alone waiting, and whether it is sampled."""
    if lane is None or lane.autonomy is not Autonomy.LAND:
        return {"waits_for_person": [], "audit": False}
    from darkfactory.factory.alone import hindrances, is_for_audit
    from darkfactory.factory.demotion import demotion_of

    demoted = demotion_of(line, lane)
    if demoted is not None and change.state in _NOT_YET:
        return {"waits_for_person": [demoted.words], "audit": False}
    waits = list(hindrances(lane, change)) if change.state in _NOT_YET else []
    if change.state is ChangeState.WAITING_TASTE and not waits:
        waits = [change.reason or "its lane did not land alone when it was checked"]
    return {"waits_for_person": waits, "audit": is_for_audit(change)}


def flaky_checks(line: Line) -> dict[str, Any]:
    """Return the checks that were seen to be flaky, the last one first."""
    line.record.refresh()
    known = line.record.changes.flaky
    rows = [
        {
            "check": name,
            "times": len(flakes),
            "first": timestamp(flakes[0].at),
            "last": timestamp(flakes[-1].at),
            "tree": flakes[-1].tree,
            "changes": list(dict.fromkeys(one.change for one in reversed(flakes))),
        }
        for name, flakes in known.checks.items()
    ]
    rows.sort(key=lambda row: (row["last"], row["check"]), reverse=True)
    return {"flaky": rows, "retests": known.retests, "green": known.green}


def _flaky(changes: Changes, change: Change) -> list[dict[str, Any]]:
    """Return the flaky checks that a reader of *change* should know of."""
    detail = change.detail if isinstance(change.detail, dict) else {}
    failing = [*(change.check.get("failing") or ()), *(detail.get("failing") or ())]
    found = changes.flaky.bearing_on(change.id, failing, change.facts.get("paths") or ())
    return [
        {"check": name, "times": len(changes.flaky.checks[name]), "why": why} for name, why in found
    ]


def log_entries(line: Line) -> list[dict[str, Any]]:
    """Return who did what to which change, oldest first."""
    changes, entries = Changes(), []
    for _, event in line.record.stream.read():
        changes.tell(event)
        name = event.data.get("change")
        if event.type not in _LOGGED or not isinstance(name, str):
            continue
        change = changes.get(name)
        if change is not None:
            entries.append(_entry(event, change))
    return entries


def _row(changes: Changes, change: Change, now: float) -> dict[str, Any]:
    facts, check = change.facts, change.check
    return {
        "id": change.id,
        "item": change.item,
        "lane": change.lane,
        "title": change.title,
        "state": change.state_at(now).value,
        "session": change.session,
        "branch": change.branch,
        "revision": change.revision,
        "harness": {
            "result": check.get("result"),
            "tree": check.get("tree"),
            "failing": check.get("failing") or [],
            "green": bool(check.get("green")),
            "done_when": check.get("done_when"),
        },
        "waffle": facts.get("waffle") or {"score": None, "signals": []},
        "risk": {"score": change.risk.score, "reasons": list(change.risk.reasons)},
        "files": facts.get("files") or 0,
        "added": facts.get("added") or 0,
        "removed": facts.get("removed") or 0,
        "conflicts_with": changes.conflicts_of(change),
        "conflicts_with_base": changes.conflicts_with_base(change),
        "merged_by_union": changes.merged_by_union(change),
        "pretested": changes.is_pretested(change),
        "age_seconds": round(max(0.0, now - change.since), 1),
        "reason": change.reason,
        "detail": change.detail,
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
        "unseen": data.get("unseen"),
        "taste": data.get("taste") or [],
        "reason": data.get("reason") or None,
        "result": data.get("result"),
        "green": data.get("green"),
        "why": data.get("why"),
        "files": data.get("files"),
        "added": data.get("added"),
        "removed": data.get("removed"),
        "drill": change.drilled or None,
        "batch": data.get("batch"),
        "opened": data.get("opened"),
        "detail": data.get("detail"),
        "text": data.get("text") or None,
        "base": data.get("base") if landed else change.base,
        "commit": data.get("commit"),
        "tree": data.get("tree"),
        "tested_tree": data.get("tested_tree"),
        "union": data.get("union") or [],
    }
