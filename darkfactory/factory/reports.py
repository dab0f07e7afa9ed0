"""The reports of observing sessions: which of them a person has not looked at yet."""

from darkfactory.domain.session import Outcome
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Writer
from darkfactory.factory.record import Record, SessionRow


def unread_reports(record: Record) -> list[SessionRow]:
    """Return the sessions whose report nobody has looked at, by the record as last read."""
    return [
        row
        for row in record.sessions.values()
        if row.outcome is Outcome.REPORTED and row.id not in record.read
    ]


def mark_read(state: StateFolder, session: str, *, by: str) -> None:
    """Record that a person has seen what *session* reported, if that is news."""
    record = Record(state)
    record.refresh()
    row = next((row for row in unread_reports(record) if row.id == session), None)
    if row is not None:
        writer = Writer(record.stream, producer="reader", session=session, once=True)
        writer.write("report.read", {"item": row.item, "by": by})
