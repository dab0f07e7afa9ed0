"""Ask something of a session from any process: steer, interrupt, cancel, approve, deny.

The message is durable before anything else happens; the socket only wakes the host earlier.
"""

import contextlib
import os
import socket
import time
import uuid
from dataclasses import dataclass

from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp
from darkfactory.domain.state import StateFolder
from darkfactory.errors import AnswerNo, NotReady, UnknownSession
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import POLL_SECONDS, Stream, Writer
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.spec import SOCKET_FILE, load_end, load_spec

ACCEPT_SECONDS = 15.0
_AFTER_ACCEPT_SECONDS = 0.3  # applied or rejected often follows at once: the better answer
_FINAL = frozenset({"control.applied", "control.rejected", "control.expired"})


class SessionEnded(AnswerNo):
    """A control message for a session that has ended."""

    code = "session.ended"

    def __init__(self, session: str, outcome: str) -> None:
        super().__init__(
            f"session {session} has ended ({outcome})",
            fix="`df gate rework ITEM -m TEXT` sends its change back with words of yours",
        )


class ControlRejected(AnswerNo):
    """The session answered no."""

    code = "control.rejected"

    def __init__(self, op: str, reason: str) -> None:
        super().__init__(
            f"{op} was rejected: {reason}", fix="`df sessions show ID` tells what the session does"
        )


class HostGone(NotReady):
    """Nobody runs the session now; the message waits in its control stream."""

    code = "session.host_gone"

    def __init__(self, session: str) -> None:
        super().__init__(
            f"no process runs session {session} now; your message is kept",
            fix="`df run` takes the session up again and obeys the message first",
        )


class NotAccepted(NotReady):
    """The host lives but has not answered in time."""

    code = "control.no_answer"

    def __init__(self, session: str) -> None:
        super().__init__(
            f"session {session} has not accepted the message after {ACCEPT_SECONDS:.0f} s",
            fix="the message is kept; `df sessions show ID` tells whether it was taken since",
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a control message got: *state* is accepted or applied; *how* is now or queued."""

    id: str
    offset: str
    state: str
    how: str | None = None


def request_control(
    state: StateFolder,
    session: str,
    op: ControlOp,
    *,
    by: str,
    text: str = "",
    reason: str = "",
    request: str = "",
    wait_applied: bool = False,
    timeout_seconds: float = ACCEPT_SECONDS,
) -> Receipt:
    """Put a control message into the session's control stream and wait until it is accepted.

    Args:
        by: Who asks, as it stands in the log.
        request: The approval that approve and deny answer.
        wait_applied: Wait on until the session has done it, however long that takes.

    Raises:
        UnknownSession: If there is no such session.
        SessionEnded: If it has ended.
        ControlRejected: If the session cannot do it.
        HostGone: If nobody runs it; the message is kept all the same.
        NotAccepted: If its host does not answer in time.
    """
    folder = os.fspath(state.session(session))
    spec = load_spec(folder)
    if spec is None:
        raise UnknownSession(session)
    end = load_end(folder)
    if end is not None and end.epoch >= spec.epoch:
        raise SessionEnded(session, end.outcome)
    log = Stream(spec.streams, f"s/{session}")
    seen = log.end()
    name = uuid.uuid4().hex[:16]
    wish = {"id": name, "op": op, "scope": "turn" if op is ControlOp.INTERRUPT else "own", "by": by}
    extra = {"text": text, "reason": reason, "request": request}
    wish |= {key: value for key, value in extra.items() if value}
    control = Stream(spec.streams, f"s/{session}/control")
    writer = Writer(control, producer=f"control:{name}", session=session)
    writer.write("control.requested", wish, durable=True)
    offset = format_offset(control.end())
    control.close()
    _wake(folder)
    if find_host(folder).state is not HostState.ALIVE:
        raise HostGone(session)
    answer = _Answer(log, name, op, offset)
    return answer.wait(folder, seen, applied=wait_applied, timeout_seconds=timeout_seconds)


class _Answer:
    """The wait for what a session answers to one message."""

    def __init__(self, log: Stream, name: str, op: ControlOp, offset: str) -> None:
        self._log = log
        self._name = name
        self._op = op
        self._offset = offset
        self._accepted = False

    def wait(self, folder: str, position: int, *, applied: bool, timeout_seconds: float) -> Receipt:
        deadline = time.monotonic() + timeout_seconds
        while True:
            for behind, event in self._log.read(position):
                position = behind
                receipt = self._take(event)
                if receipt is not None:
                    return receipt
            if self._accepted and applied:
                if find_host(folder).state is HostState.GONE:
                    raise HostGone(self._session)
            elif self._accepted:
                deadline = min(deadline, time.monotonic() + _AFTER_ACCEPT_SECONDS)
            if time.monotonic() >= deadline and not (self._accepted and applied):
                return self._late()
            time.sleep(POLL_SECONDS)

    @property
    def _session(self) -> str:
        return self._log.path.removeprefix("s/")

    def _late(self) -> Receipt:
        if not self._accepted:
            raise NotAccepted(self._session)
        return Receipt(self._name, self._offset, "accepted")

    def _take(self, event: Event) -> Receipt | None:
        if event.data.get("id") != self._name:
            return None
        self._accepted = self._accepted or event.type == "control.accepted"
        if event.type not in _FINAL:
            return None
        if event.type != "control.applied":
            raise ControlRejected(self._op, str(event.data.get("reason") or event.type))
        how = event.data.get("how")
        how = how if isinstance(how, str) else None
        return Receipt(self._name, self._offset, "applied", how)


def _wake(folder: str) -> None:
    """Poke the host's socket; without it the host looks by itself within a quarter second."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sock.sendto(b"!", f"/proc/self/fd/{here}/{SOCKET_FILE}")
        finally:
            os.close(here)
