"""Tell again what the folders of sessions still know of a record that the streams have lost."""

from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.lost import lost_sessions
from darkfactory.factory.record import FACTORY, Record
from darkfactory.sessions.ending import ended_data, factory_data
from darkfactory.sessions.spec import SessionEnd, SessionSpec, load_end, load_spec, started_data
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.refs import RefUpdate

_LOST = "the log of this session was lost; its start and its end were told again by its folder"
_REFS = ("refs/df/prop", "refs/df/landed")


def mend_streams(record: Record) -> tuple[list[str], list[str]]:
    """Tell the streams again of the sessions that they have lost.

    Returns:
        The sessions that are known again, and those of which nothing is left to tell.

    Raises:
        DiskFull: If there is no room; a second call goes on.
    """
    told, silent = [], []
    for session in lost_sessions(record):
        folder = str(record.state.session(session))
        spec, end = load_spec(folder), load_end(folder)
        if spec is None or end is None or spec.session != session:
            silent.append(session)
            continue
        _tell_log(record.state, spec, end)
        _tell_factory(record.state, spec, end)
        told.append(session)
    record.refresh()
    return told, silent


def lost_logs(record: Record) -> list[str]:
    """Return the sessions of *record* that have ended and have no log any more."""
    streams = record.state.streams
    ended = [row.id for row in record.sessions.values() if row.outcome is not None]
    return [session for session in ended if not Stream(streams, f"s/{session}").end()]


def mend_logs(record: Record) -> list[str]:
    """Give the sessions of *record* that have lost their log one that says so; return them.

    Raises:
        DiskFull: If there is no room; a second call goes on.
    """
    found = lost_logs(record)
    for session in found:
        row = record.sessions[session]
        stream = Stream(record.state.streams, f"s/{session}")
        writer = Writer(stream, producer="mend", session=session, once=True)
        told = [("session.started", dict(row.started.data)), ("warning", {"text": _LOST})]
        writer.write_all([*told, ("session.ended", row.ends[-1])], agent=row.agent, durable=True)
        stream.close()
    return found


def forget_refs(record: Record, hub: Hub) -> list[str]:
    """Move the refs of changes that *record* does not know out of the way of new ones.

    What they name stays in the hub. Returns their old names.

    Raises:
        GitFailed: If the hub cannot be used.
    """
    known = {change.id for change in record.changes}
    found = hub.refs(*_REFS)
    former = {name: at for name, at in found.items() if name.split("/")[3] not in known}
    taken = hub.refs("refs/df/former")
    moves = [RefUpdate(name, None, at) for name, at in former.items()]
    for name, at in former.items():
        kept = name.replace("refs/df/", "refs/df/former/", 1) + f"/{at[:12]}"
        if kept not in taken:
            moves.append(RefUpdate(kept, at, None))
    hub.update_refs(moves, message="of changes that the record has lost")
    return sorted(former)


def _tell_log(state: StateFolder, spec: SessionSpec, end: SessionEnd) -> None:
    stream = Stream(state.streams, f"s/{spec.session}")
    if stream.end():
        return
    told = [("session.started", started_data(spec)), ("warning", {"text": _LOST})]
    writer = _writer(stream, spec)
    writer.write_all([*told, ("session.ended", ended_data(end))], agent=spec.agent, durable=True)
    stream.close()


def _tell_factory(state: StateFolder, spec: SessionSpec, end: SessionEnd) -> None:
    """Say both in one piece: a session that had begun and not ended would be waited for."""
    stream = Stream(state.streams, FACTORY)
    told = [
        ("session.started", started_data(spec)),
        ("session.ended", factory_data(spec, ended_data(end))),
    ]
    _writer(stream, spec).write_all(told, agent=spec.agent, durable=True)
    stream.close()


def _writer(stream: Stream, spec: SessionSpec) -> Writer:
    return Writer(stream, producer="mend", epoch=spec.epoch, session=spec.session, once=True)
