"""What git tells of the work that comes to the gate, whoever made it: the data of its proposal."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.changes.facts import risk_facts
from darkfactory.changes.measure import Measured, authors
from darkfactory.changes.paths import named_in
from darkfactory.changes.risk import risk
from darkfactory.domain.lane import Lane
from darkfactory.gate.footprint import MOST_PATHS, left_by
from darkfactory.gate.room import GateRoom
from darkfactory.waffle.calibration_file import FILE

_MOST_SIGNS = 200
_STEPS = re.compile(r"[|;&\n]+")
_READS = re.compile(r"\s*(?:cat|du|head|ls|stat|tail|wc)\b")
_OURS = frozenset({"Dark Factory", "Dark Factory agent"})
"""Authors that are us or our agents: the others are worth naming."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is offered for an item: *measured* since the commit *base*. No *lane*: none takes it."""

    item: str
    lane: str
    title: str
    done_when: str | None
    base: str
    measured: Measured


def _of_lane(lane: Lane | None) -> tuple[str, ...]:
    """Return the commands that judge the work of *lane* alone.

    What only shows a file that is measured (`wc -c app.js`) judges nothing by it.
    """
    if lane is None:
        return ()
    measured = (lane.loop and lane.loop.command) or ""
    steps = (step for step in _STEPS.split(measured) if not _READS.match(step))
    return (lane.harness or "", *steps)


def facts_of(room: GateRoom, work: Work, waffle: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of *work*, which a session made whose score is *waffle*.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    lane, measured = room.settings.lane(work.lane), work.measured
    harness = room.settings.harness
    commands = (harness.command, harness.quick or "", *_of_lane(lane))
    known = risk_facts(
        room.hub.path,
        measured,
        patterns=(
            *room.settings.protected,
            FILE,
            *(path for one in commands for path in named_in(one)),
        ),
        commands=commands,
        owns=lane.owns if lane else (),
        waffle=waffle["score"],
    )
    by = authors(room.hub.path, work.base, measured.head)
    return {
        "item": work.item,
        "lane": work.lane,
        "title": work.title,
        "done_when": work.done_when,
        "patch_id": measured.patch_id,
        "files": len(known.deltas),
        "added": sum(delta.added or 0 for delta in known.deltas),
        "removed": sum(delta.removed or 0 for delta in known.deltas),
        "paths": [path for delta in known.deltas for path in delta.paths][:MOST_PATHS],
        "left": left_by((one.old_path, one.path) for one in known.deltas if one.old_path),
        "protected": list(known.protected),
        "bypasses": [asdict(place) for place in known.bypasses],
        "silenced": list(known.silenced),
        "invisible": [asdict(place) for place in known.invisible],
        "tests_gone": known.tests_gone,
        "tampered": [asdict(sign) for sign in known.tampered[:_MOST_SIGNS]],
        "unread": [asdict(place) for place in known.unread[:_MOST_SIGNS]],
        "altered": [asdict(sign) for sign in known.altered[:_MOST_SIGNS]],
        "out_of_lane": list(known.outside),
        "secrets": [asdict(finding) for finding in known.secrets],
        "risk": asdict(risk(known)),
        "waffle": dict(waffle),
        "authors": [name for name in by if name not in _OURS],
    }
