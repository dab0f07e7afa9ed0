"""End what runs: the sessions, and the ``df run`` that would start the next ones."""

from dataclasses import dataclass

from darkfactory.domain.session import RUN_STOPPED, ControlOp
from darkfactory.errors import FactoryError
from darkfactory.factory.line import Line
from darkfactory.factory.run_lock import is_running
from darkfactory.sessions.control import request_control


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was asked to end: the ids of *sessions*, and whether a ``df run`` was alive."""

    sessions: tuple[str, ...]
    run: bool


def stop_sessions(line: Line, *, by: str) -> Stopped:
    """Ask every running session to end, keeping what it did; return what was asked.

    A ``df run`` that lives starts nothing more, and the next one starts again what was ended.
    """
    line.record.refresh()
    running = [row.id for row in line.record.sessions.values() if row.outcome is None]
    alive = is_running(line.state)
    if running or alive:
        data = {"reason": f"stopped by {by}; `df run` goes on", "stop": True}
        line.record.writer("stop").write("run.paused", data, durable=True)
    asked = tuple(session for session in running if cancel_session(line, session, by=by))
    return Stopped(asked, alive)


def cancel_session(line: Line, session: str, *, by: str) -> bool:
    """Ask *session* to end; tell whether it heard.

    One that has ended meanwhile does not, and one whose host is gone is buried by the next run.
    """
    try:
        request_control(line.state, session, ControlOp.CANCEL, by=by, reason=RUN_STOPPED)
    except FactoryError:
        return False
    return True
