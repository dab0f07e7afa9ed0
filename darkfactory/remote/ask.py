"""Ask something of a session behind a server; the answer is read from the session's own log."""

import json
import time
import uuid
from collections.abc import Callable

from darkfactory.domain.session import ControlOp, State
from darkfactory.remote.ears import Ears
from darkfactory.remote.line import Line
from darkfactory.remote.server import Away, NoStream
from darkfactory.sessions.control import (
    ACCEPT_SECONDS,
    AFTER_ACCEPT_SECONDS,
    Hearing,
    HostGone,
    HostStopped,
    Receipt,
    SessionEnded,
    wish_of,
)
from darkfactory.sessions.hosts import HostState
from darkfactory.sessions.view import SessionView

_LOOK_SECONDS = 0.5
_TRIES = 5
_PAUSE_SECONDS = 0.3


def ask_there(
    line: Line,
    view_of: Callable[[str], SessionView],
    session: str,
    op: ControlOp,
    *,
    by: str,
    text: str = "",
    reason: str = "",
    request: str = "",
    wait_applied: bool = False,
) -> Receipt:
    """Put a control message to *session* and wait until it is accepted.

    Args:
        view_of: Asks the server what a session does; raises UnknownSession.
        by: Who asks, as it stands in the log.
        request: The approval that approve and deny answer.
        wait_applied: Wait on until the session has done it, however long that takes.

    Raises:
        UnknownSession: If there is no such session.
        SessionEnded: If it has ended.
        ControlRejected: If the session cannot do it.
        HostGone: If nobody runs it; the message is kept all the same.
        HostStopped: If a signal has stopped its host.
        NotAccepted: If its host does not answer in time.
        Away: If the server is gone.
    """
    view = view_of(session)
    if view.state is State.ENDED:
        raise SessionEnded(session, str(view.outcome))
    start = line.end_of(f"s/{session}")
    name = uuid.uuid4().hex[:16]
    wish = wish_of(name, op, by=by, text=text, reason=reason, request=request)
    offset = _posted(line, session, json.dumps([wish]).encode())
    stopped = view.evidence.get("stopped")
    if isinstance(stopped, int) and op is not ControlOp.CANCEL:
        raise HostStopped(session, stopped)
    hearing = Hearing(session, op, Receipt(name, offset, "accepted"))
    with Ears(line) as ears:
        ears.listen(f"s/{session}", start)
        return _answer(ears, hearing, lambda: view_of(session), applied=wait_applied)


def _posted(line: Line, session: str, body: bytes) -> str:
    """Send a message, more than once if its answer is lost: it counts once by its id."""
    place = f"/v1/stream/s/{session}/control"
    for tries in range(_TRIES):
        try:
            with line.server.asked("POST", place, body) as answer:
                return answer.header("Stream-Next-Offset")
        except (Away, TimeoutError, NoStream) as error:
            if tries == _TRIES - 1:
                raise Away(line.server.url, getattr(error, "why", "it keeps silent")) from error
            line.left.wait(_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")


def _answer(
    ears: Ears, hearing: Hearing, view: Callable[[], SessionView], *, applied: bool
) -> Receipt:
    deadline = time.monotonic() + ACCEPT_SECONDS
    look_at = time.monotonic() + _LOOK_SECONDS
    while True:
        batch = ears.heard(min(deadline, look_at) - time.monotonic())
        for told in batch.told if batch else ():
            receipt = hearing.take(told.event)
            if receipt is not None:
                return receipt
        if hearing.accepted and not applied:
            deadline = min(deadline, time.monotonic() + AFTER_ACCEPT_SECONDS)
        elif hearing.accepted:
            deadline = time.monotonic() + ACCEPT_SECONDS
        if time.monotonic() >= deadline:
            return hearing.so_far()
        if batch is None and time.monotonic() >= look_at:
            _refuse_dead(hearing, view)
            look_at = time.monotonic() + _LOOK_SECONDS


def _refuse_dead(hearing: Hearing, view_of: Callable[[], SessionView]) -> None:
    """Stop the wait for a host that will not answer any more."""
    try:
        view = view_of()
    except Away:
        return  # the deadline counts
    if view.state is State.ENDED:
        raise SessionEnded(hearing.session, str(view.outcome))
    if view.evidence.get("host") == HostState.GONE:
        raise HostGone(hearing.session, hearing.op)
