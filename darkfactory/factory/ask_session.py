"""Ask something of a session: steer, interrupt, cancel, approve, deny.

Where it has ended, the answer tells what is possible for its item now.
"""

import time
from typing import Any

from darkfactory.domain.session import ControlOp
from darkfactory.domain.state import StateFolder
from darkfactory.factory.item_now import item_now
from darkfactory.factory.record import Record
from darkfactory.sessions.control import Receipt, SessionEnded, request_control


def ask_session(
    state: StateFolder, session: str, op: ControlOp, *, by: str, **message: Any
) -> Receipt:
    """Put a control message to *session* and wait as :func:`request_control` does.

    Args:
        by: Who asks, as it stands in the log.
        message: What else :func:`request_control` takes.

    Raises:
        UnknownSession: If there is no such session.
        SessionEnded: If it has ended; its fix is what can be done about the item instead.
        ControlRejected: If the session cannot do it.
        HostGone: If nobody runs it; the message is kept all the same.
        NotAccepted: If its host does not answer in time.
    """
    try:
        return request_control(state, session, op, by=by, **message)
    except SessionEnded as error:
        record = Record(state)
        record.refresh()
        row = record.sessions.get(session)
        if row is None:
            raise
        now = item_now(record, row.item, now=time.time())
        fix = f"item {row.item} {now.told}: {now.ask}"
        raise SessionEnded(session, error.outcome, fix=fix) from error
