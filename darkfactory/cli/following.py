"""A session's log as it is told to a person, and how they go on when it stops."""

import sys
import time
from collections.abc import Iterator

from darkfactory.cli.output import hint, say
from darkfactory.cli.prose import quoted
from darkfactory.cli.terminal import width
from darkfactory.cli.transcript import event_text
from darkfactory.domain.event import Event
from darkfactory.domain.state import StateFolder
from darkfactory.events.offset import format_offset
from darkfactory.factory.item_now import next_of
from darkfactory.factory.reports import mark_read


def show_events(
    state: StateFolder,
    session: str,
    events: Iterator[tuple[int, Event]],
    start: str,
    *,
    by: str,
) -> None:
    """Show *events* of *session* as they come; then say on stderr what is next.

    Args:
        start: The offset that they are read from.
        by: Who reads.

    Raises:
        KeyboardInterrupt: If the reader leaves; they were told how to read on.
    """
    columns, at, ended = width(), start, False
    try:
        for behind, event in events:
            at = format_offset(behind)
            ended = event.type == "session.ended"
            text = event_text(event)
            if text:
                say("\n".join(quoted(text, columns, indent="")))
                sys.stdout.flush()
    except KeyboardInterrupt:
        hint(f"left; read on with: df sessions follow {session} --from {at}")
        raise
    if ended:
        mark_read(state, session, by=by)
    hint(f"Next: {_next(state, session)}")


def _next(state: StateFolder, session: str) -> str:
    """Return where to look at what the session left: at its change, or else at itself."""
    go_on = next_of(state, session, now=time.time())
    return go_on if go_on.startswith("df gate") else f"df sessions show {session}"
