"""The factory's own record and what works on it: hub, run, sessions, engine, gate."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from darkfactory.domain.counting import counted
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.engine.protocol import DATABASE_URL
from darkfactory.factory.base_check import HARNESS_FIX
from darkfactory.factory.findings import Finding, attention, fine, unknown
from darkfactory.factory.lost import check_hub, check_streams
from darkfactory.factory.mend_streams import lost_logs
from darkfactory.factory.own_branch import left_branch
from darkfactory.factory.record import Record
from darkfactory.factory.run_lock import is_suspended, run_holder
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.workspaces.hub import existing_hub
from darkfactory.workspaces.refs import lock_files
from darkfactory.workspaces.sizes import disk_bytes

_STALE_SECONDS = 60
_SHOWN = 3
_QUICKLY_READ_BYTES = 200 << 20  # every object is read where that takes seconds, not minutes


def hub(state: StateFolder, settings: Settings | None) -> Iterator[Finding]:
    """Yield whether the hub holds all that its refs need, and whether dead commands locked it."""
    record = _record(state)
    if not record.position and not os.path.lexists(state.hub):
        yield fine("hub", "none yet: the first `df triage` makes it")
        return
    base = (settings.base if settings else None) or "main"
    found = check_hub(record, lambda: existing_hub(state, base))
    small = disk_bytes(state.hub / "objects") < _QUICKLY_READ_BYTES
    broken = found.verify(thorough=small)
    if broken:
        shown = "; ".join(line for line in broken[:_SHOWN] if line)
        fix = "df doctor --mend, which brings back what workspaces and your branches hold"
        yield attention("hub", f"objects are missing or damaged: {shown}", fix)
    else:
        count = len(found.refs("refs/"))
        yield fine("hub", f"whole, {counted(count, 'ref')}")
    stale = [path for path in lock_files(state.hub) if _age(path) > _STALE_SECONDS]
    for path in stale[:_SHOWN]:
        name = path.relative_to(state.hub)
        fix = "df gate land, which removes the locks of dead commands"
        yield attention("hub", f"{name} is locked for {_age(path):.0f} s", fix)


def streams(state: StateFolder) -> Iterator[Finding]:
    """Yield whether the streams tell of all sessions, each with its own log."""
    record = _record(state)
    check_streams(record)
    lost = lost_logs(record)
    if lost:
        shown = ", ".join(lost[:_SHOWN]) + (" and others" if len(lost) > _SHOWN else "")
        fix = "put them back from a copy, or `df doctor --mend` writes down that they are lost"
        yield attention("streams", f"the logs of {shown} are gone", fix)
    else:
        yield fine("streams", f"they tell of {len(record.sessions)} sessions")


def run(state: StateFolder) -> Iterator[Finding]:
    """Yield whether a ``df run`` works, or was cut off."""
    pid = run_holder(state)
    record = _record(state)
    if is_suspended(pid):
        fix = f"let it go on: kill -CONT {pid}, or end it: kill -9 {pid}"
        yield attention("run", f"`df run` (pid {pid}) was stopped by a signal", fix)
    elif pid is not None:
        yield fine("run", f"`df run` works here (pid {pid})")
    elif record.run is not None and not record.run.over:
        yield attention("run", f"{record.run.id} was cut off", "df run, which goes on with it")
    else:
        yield fine("run", "none works, none was cut off")


def sessions(state: StateFolder) -> Iterator[Finding]:
    """Yield each session that nothing says the end of and no process runs."""
    open_ones = [row.id for row in _record(state).sessions.values() if row.outcome is None]
    found = {each: find_host(os.fspath(state.session(each))) for each in open_ones}
    lost = [each for each, host in found.items() if host.state is not HostState.ALIVE]
    stopped = {
        each: host.process.pid for each, host in found.items() if host.stopped and host.process
    }
    for each, pid in stopped.items():
        fix = f"let it go on: kill -CONT {pid}, or end it: df sessions cancel {each}"
        yield attention(f"session {each}", "its host was stopped by a signal", fix)
    for each in lost:
        fix = "df run, which keeps its work and takes it up again"
        yield attention(f"session {each}", "its host is gone, its end is not recorded", fix)
    if not lost and not stopped:
        said = f"{len(open_ones)} open, every host lives" if open_ones else "none is open"
        yield fine("sessions", said)


def engine(state: StateFolder) -> Iterator[Finding]:
    """Yield whether the engine's database can be read."""
    url = os.environ.get(DATABASE_URL)
    if url:
        parts = urlsplit(url)
        yield unknown("engine", f"at {parts.scheme}://{parts.hostname or ''}, not looked at")
        return
    if not state.engine.exists():
        yield fine("engine", "no database yet: the first `df run` makes it")
        return
    from darkfactory.engine.trouble import EngineBroken, told

    with told(f"sqlite:///{state.engine}"):
        said = _checked(state.engine)
    if said != "ok":
        raise EngineBroken(str(state.engine), said)
    yield fine("engine", "its database is whole")


def branch(state: StateFolder) -> Iterator[Finding]:
    """Yield whether the user's branch was left behind what has landed."""
    left = left_branch(_record(state))
    if left is not None:
        yield attention("base", left.reason, left.command)


def harness(state: StateFolder, settings: Settings | None) -> Iterator[Finding]:
    """Yield whether the harness did not run when the base was looked at last."""
    broken = _record(state).broken_base
    if broken is not None and settings and broken.get("command") == settings.harness.command:
        commit = str(broken.get("commit"))[:12]
        said = f"it did not run on the base ({commit}): {broken.get('note')}"
        yield attention("harness", said, f"{HARNESS_FIX}, then df run")


def gate(state: StateFolder) -> Iterator[Finding]:
    """Yield whether the gate is frozen."""
    changes = _record(state).changes
    if changes.frozen:
        fix = "look at it, then go on: df gate land --thaw"
        yield attention("gate", f"frozen: {changes.frozen}", fix)
    elif changes.hold is not None:
        fix = "df gate shows the revert, df run starts the fixer; df gate land --thaw lands anyway"
        yield attention("gate", f"frozen: {changes.hold.reason}", fix)
    else:
        yield fine("gate", "open")


def _record(state: StateFolder) -> Record:
    record = Record(state)
    record.refresh()
    return record


def _checked(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return str(database.execute("PRAGMA quick_check(1)").fetchone()[0])


def _age(path: Path) -> float:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return 0.0
