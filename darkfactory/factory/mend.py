"""Mend a record that has lost something: bring back what can be found, write off the rest."""

import os
from dataclasses import asdict, dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.errors import NotReady
from darkfactory.factory.line import Line
from darkfactory.factory.lost import Wanted, missing_commits
from darkfactory.factory.mend_hub import Restored, restore, whole_hub
from darkfactory.factory.mend_streams import forget_refs, mend_logs, mend_streams
from darkfactory.factory.run_lock import run_lock
from darkfactory.gate.record import OPEN, Change
from darkfactory.gate.room import GateRoom, gate_lock
from darkfactory.sessions.hosts import HostState, find_host


class StillWorking(NotReady):
    """Sessions work, whose hosts write to what is to be mended."""

    code = "mend.busy"

    def __init__(self, sessions: list[str]) -> None:
        super().__init__(
            f"{', '.join(sessions)} still work, and write to what is to be mended",
            fix="wait for their end, or end them (what they did stays in their workspaces): "
            "df run --stop",
        )


@dataclass(frozen=True, slots=True)
class Loss:
    """A commit that is nowhere any more."""

    change: str
    item: str
    commit: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What was mended. *told* are sessions known again, *silent* those that left nothing to tell.

    *logs* are sessions that have lost their log, *former* refs of changes that nobody knows any
    more, *aside* is where a damaged hub was put.
    """

    told: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    restored: tuple[Restored, ...] = ()
    lost: tuple[Loss, ...] = ()
    aside: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lost for good."""
        return not (self.told or self.silent or self.logs or self.former or self.lost)

    def body(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {**asdict(self), "whole": self.is_whole}


def mend(line: Line) -> Mended:
    """Bring back what the record of *line* has lost; what cannot be found is written off.

    Changes whose commits are nowhere are abandoned. Killed at any point, a second call goes on.

    Raises:
        StillWorking: If sessions work.
        RunLocked: If a ``df run`` works this repository.
        GateBusy: If another command is landing changes.
        NotReady: If the user's repository cannot be read.
        DiskFull: If there is no room; a second call goes on.
    """
    if not line.state.root.is_dir():
        return Mended()
    with run_lock(line.state), gate_lock(line.state):
        _refuse_while_sessions_work(line)
        told, silent = mend_streams(line.record)
        logs = [session for session in mend_logs(line.record) if session not in told]
        hub, aside = whole_hub(line)
        former = forget_refs(line.record, hub)
        restored = restore(line, hub)
        lost = missing_commits(line.record, hub)
        _write_off(line, lost)
        if restored or lost or aside:
            commits = sorted({each.commit for each in lost})
            data = {"restored": [each.change for each in restored], "lost": commits}
            line.record.writer("mend").write("hub.mended", data, durable=True)
        line.record.refresh()
    return Mended(
        tuple(told),
        tuple(silent),
        tuple(logs),
        tuple(former),
        tuple(restored),
        tuple(Loss(each.change.id, each.change.item, each.commit) for each in lost),
        os.fspath(aside) if aside else None,
    )


def _refuse_while_sessions_work(line: Line) -> None:
    folders = line.state.sessions.glob("*/spec.json")
    found = sorted(
        spec.parent.name
        for spec in folders
        if find_host(os.fspath(spec.parent)).state is HostState.ALIVE
    )
    if found:
        raise StillWorking(found)


def _write_off(line: Line, lost: list[Wanted]) -> None:
    room = line.gate("mend")
    for change in {each.change.id: each.change for each in lost}.values():
        if change.state in OPEN:
            _abandon(room, change)


def _abandon(room: GateRoom, change: Change) -> None:
    if change.state is ChangeState.LANDING:
        room.say("queued", change, {"reason": "the hub was lost before it landed"})
    reason = f"its commit {change.head[:12]} was lost with the hub"
    room.say("abandoned", change, {"reason": reason})
