"""End what runs: the sessions, and the ``df run`` that would start the next ones."""

from darkfactory.domain.session import RUN_STOPPED, ControlOp
from darkfactory.errors import FactoryError
from darkfactory.factory.line import Line
from darkfactory.factory.run_lock import is_running
from darkfactory.sessions.control import request_control


def stop_sessions(line: Line, *, by: str) -> list[str]:
    """Ask every running session to end, keeping what it did; return their ids.

    A ``df run`` that lives starts nothing more, and the next one starts again what was ended.
    """
    line.record.refresh()
    running = [row.id for row in line.record.sessions.values() if row.outcome is None]
    if running or is_running(line.state):
        data = {"reason": f"stopped by {by}; `df run` goes on", "stop": True}
        line.record.writer("stop").write("run.paused", data, durable=True)
    return [session for session in running if cancel_session(line, session, by=by)]


def cancel_session(line: Line, session: str, *, by: str) -> bool:
    """Ask *session* to end; tell whether it heard.

    One that has ended meanwhile does not, and one whose host is gone is buried by the next run.
    """
    try:
        request_control(line.state, session, ControlOp.CANCEL, by=by, reason=RUN_STOPPED)
    except FactoryError:
        return False
    return True
