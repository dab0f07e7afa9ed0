"""Ask something of a session from any process: steer, interrupt, cancel, approve, deny.

The message is durable before anything else happens; the socket only wakes the host earlier.
"""

import contextlib
import os
import signal
import socket
import time
import uuid
from dataclasses import dataclass, replace

from darkfactory.domain.event import Event
from darkfactory.domain.session import ControlOp, ControlScope
from darkfactory.domain.state import StateFolder
from darkfactory.errors import AnswerNo, NotReady
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import POLL_SECONDS, Stream, Writer
from darkfactory.sessions.hosts import Found, HostState, find_host
from darkfactory.sessions.inbox import Inbox
from darkfactory.sessions.names import unknown_session
from darkfactory.sessions.spec import SOCKET_FILE, SessionSpec, load_end, load_spec
from darkfactory.sessions.story import read_story

ACCEPT_SECONDS = 15.0
AFTER_ACCEPT_SECONDS = 0.3  # applied or rejected often follows at once: the better answer
_FINAL = frozenset({"control.applied", "control.rejected", "control.expired"})


class SessionEnded(AnswerNo):
    """A control message for a session that has ended; what else is possible is up to its item."""

    code = "session.ended"

    def __init__(self, session: str, outcome: str, *, fix: str = "") -> None:
        super().__init__(
            f"session {session} has ended ({outcome})",
            fix=fix or f"`df sessions show {session}` tells how it ended and what it left",
        )
        self.outcome = outcome


class ControlRejected(AnswerNo):
    """The session answered no."""

    code = "control.rejected"

    def __init__(self, session: str, op: str, reason: str) -> None:
        super().__init__(
            f"{op} was rejected: {reason}", fix=f"`df sessions show {session}` tells what it does"
        )


class HostGone(NotReady):
    """Nobody runs the session now; the message waits in its control stream."""

    code = "session.host_gone"

    def __init__(self, session: str, op: ControlOp) -> None:
        answers = op in (ControlOp.APPROVE, ControlOp.DENY)
        then = "tells the agent, and it counts when it asks again" if answers else "obeys it first"
        super().__init__(
            f"no process runs session {session} now; your message is kept",
            fix=f"`df run` takes the session up again and {then}",
        )


class HostStopped(NotReady):
    """The host lives, but a signal has stopped it; the message waits in its control stream."""

    code = "session.host_stopped"

    def __init__(self, session: str, pid: int) -> None:
        super().__init__(
            f"the host of session {session} was stopped by a signal (pid {pid}); your message is "
            "kept",
            fix=f"kill -CONT {pid} lets it go on and obey; `df sessions cancel {session}` ends it",
        )


class NotAccepted(NotReady):
    """The host lives but has not answered in time."""

    code = "control.no_answer"

    def __init__(self, session: str) -> None:
        super().__init__(
            f"session {session} has not accepted the message after {ACCEPT_SECONDS:.0f} s",
            fix=f"the message is kept; `df sessions follow {session}` tells when it is taken",
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
    scope: ControlScope | None = None,
    wait_applied: bool = False,
    timeout_seconds: float = ACCEPT_SECONDS,
) -> Receipt:
    """Put a control message into the session's control stream and wait until it is accepted.

    Args:
        by: Who asks, as it stands in the log.
        request: The approval that approve and deny answer.
        scope: How much of the session is meant; an interrupt means the turn, else all of it.
        wait_applied: Wait on until the session has done it, however long that takes.

    Raises:
        UnknownSession: If there is no such session.
        SessionEnded: If it has ended.
        ControlRejected: If the session cannot do it.
        HostGone: If nobody runs it; the message is kept all the same.
        HostStopped: If a signal has stopped its host; only a cancel lets that go on.
        NotAccepted: If its host does not answer in time.
    """
    folder = os.fspath(state.session(session))
    spec = load_spec(folder)
    if spec is None:
        raise unknown_session(state, session)
    _refuse_ended(folder, spec)
    log = Stream(spec.streams, f"s/{session}")
    seen = log.end()
    name = uuid.uuid4().hex[:16]
    extra = {"text": text, "reason": reason, "request": request}
    wish = wish_of(name, op, by=by, scope=scope, **extra)
    control = Stream(spec.streams, f"s/{session}/control")
    writer = Writer(control, producer=f"control:{name}", session=session)
    writer.write("control.requested", wish, durable=True)
    offset = format_offset(control.end())
    control.close()
    _wake(folder)
    _let_go_on(folder, session, op)
    hearing = Hearing(session, op, Receipt(name, offset, "accepted"))
    return _Answer(folder, log, hearing).wait(
        seen, applied=wait_applied, timeout_seconds=timeout_seconds
    )


def wish_of(
    name: str, op: ControlOp, *, by: str, scope: ControlScope | None = None, **told: str
) -> dict[str, str]:
    """Return the control message called *name*.

    Args:
        by: Who asks.
        scope: How much of the session is meant; None: of an interrupt the turn, else all of it.
        told: What else it says; what is empty is left out.
    """
    meant = ControlScope.TURN if op is ControlOp.INTERRUPT else ControlScope.OWN
    extra = {key: value for key, value in told.items() if value}
    return {"id": name, "op": op, "scope": scope or meant, "by": by, **extra}


def _refuse_ended(folder: str, spec: SessionSpec) -> None:
    end = load_end(folder)
    if end is not None and end.epoch >= spec.epoch:
        raise SessionEnded(spec.session, end.outcome)


def _let_go_on(folder: str, session: str, op: ControlOp) -> None:
    """Let a stopped host go on to end its session; nothing else overrules whoever stopped it."""
    found = find_host(folder)
    if not found.stopped or found.process is None:
        return
    if op is not ControlOp.CANCEL:
        raise HostStopped(session, found.process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.process.pid, signal.SIGCONT)


class Hearing:
    """What a session has answered to one message so far.

    Args:
        receipt: What whoever asked gets at the least, once the message is accepted.
    """

    def __init__(self, session: str, op: ControlOp, receipt: Receipt) -> None:
        self.session = session
        self.accepted = False
        self.op = op
        self._receipt = receipt

    def take(self, event: Event) -> Receipt | None:
        """Return the receipt if *event* is the last word on the message.

        Raises:
            ControlRejected: If that is a no.
        """
        if event.data.get("id") != self._receipt.id:
            return None
        self.accepted = self.accepted or event.type == "control.accepted"
        if event.type not in _FINAL:
            return None
        if event.type != "control.applied":
            raise ControlRejected(
                self.session, self.op, str(event.data.get("reason") or event.type)
            )
        how = event.data.get("how")
        return replace(self._receipt, state="applied", how=how if isinstance(how, str) else None)

    def so_far(self) -> Receipt:
        """Return the receipt for what was answered until now.

        Raises:
            NotAccepted: If nothing was.
        """
        if not self.accepted:
            raise NotAccepted(self.session)
        return self._receipt


class _Answer:
    """The wait for what a session answers to one message."""

    def __init__(self, folder: str, log: Stream, hearing: Hearing) -> None:
        self._folder = folder
        self._log = log
        self._hearing = hearing

    def wait(self, position: int, *, applied: bool, timeout_seconds: float) -> Receipt:
        hearing, deadline = self._hearing, time.monotonic() + timeout_seconds
        while True:
            found = find_host(self._folder)  # first: whoever has ended has answered before
            for behind, event in self._log.read(position):
                position = behind
                receipt = hearing.take(event)
                if receipt is not None:
                    return receipt
            self._refuse_dead(found)
            if hearing.accepted and not applied:
                deadline = min(deadline, time.monotonic() + AFTER_ACCEPT_SECONDS)
            if time.monotonic() >= deadline and not (hearing.accepted and applied):
                return hearing.so_far()
            time.sleep(POLL_SECONDS)

    def _refuse_dead(self, found: Found) -> None:
        """Stop the wait for a host that will not answer any more."""
        session = self._hearing.session
        if found.state is HostState.ALIVE:
            return
        if found.state is not HostState.ENDED or found.end is None:
            raise HostGone(session, self._hearing.op)
        _expire_waiting(found.spec)
        raise SessionEnded(session, found.end.outcome)


def deliver(state: StateFolder, session: str) -> None:
    """See that what is in the control stream of *session* is answered.

    Its host looks now; one that a signal has stopped goes on for a cancel alone. Where the session
    has ended, nobody will: the messages expire, so that no later run obeys them. What no host of
    ours runs is up to whoever does.
    """
    folder = os.fspath(state.session(session))
    found = find_host(folder)
    if found.state is HostState.ENDED:
        _expire_waiting(found.spec)
        return
    _wake(folder)
    if found.stopped and found.spec is not None and _is_to_end(found.spec):
        _let_go_on(folder, session, ControlOp.CANCEL)


def _is_to_end(spec: SessionSpec) -> bool:
    """Tell whether a cancel waits in the control stream of a session."""
    story = read_story(Stream(spec.streams, f"s/{spec.session}").read())
    taken = story.answered | story.controls.keys()
    wishes = Stream(spec.streams, f"s/{spec.session}/control").read_bodies()
    return any(
        wish.get("op") == ControlOp.CANCEL and wish.get("id") not in taken
        for _, wish in wishes
        if isinstance(wish, dict)
    )


def _expire_waiting(spec: SessionSpec | None) -> None:
    """Say of all that waits in the control stream of an ended session that it is too late."""
    if spec is None:
        return
    log = Stream(spec.streams, f"s/{spec.session}")
    control = Stream(spec.streams, f"s/{spec.session}/control")
    story = read_story(log.read())
    writer = Writer(log, producer="control", session=spec.session, once=True)
    taken = story.answered | story.controls.keys()
    Inbox(control, writer, taken=taken).expire("the session has ended")
    log.close()


def _wake(folder: str) -> None:
    """Poke the host's socket; without it the host looks by itself within a quarter second."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sock.sendto(b"!", f"/proc/self/fd/{here}/{SOCKET_FILE}")
        finally:
            os.close(here)
