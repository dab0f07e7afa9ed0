"""The ids that completion offers: from the record alone, none where there is no record."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from darkfactory.cli.context import state_folder
from darkfactory.errors import NotReady

if TYPE_CHECKING:
    from darkfactory.factory.record import Record


def changes(incomplete: str) -> list[tuple[str, str]]:
    """Return the changes that are not over, each with its title."""
    from darkfactory.gate.record import TERMINAL

    return _offered(
        incomplete,
        lambda record: [(c.id, c.title) for c in record.changes if c.state not in TERMINAL],
    )


def sessions(incomplete: str) -> list[tuple[str, str]]:
    """Return the sessions there are, newest first, each with how it ended."""
    return _offered(
        incomplete,
        lambda record: [
            (row.id, row.outcome or "has not ended") for row in reversed(record.sessions.values())
        ],
    )


def _offered(
    incomplete: str, choose: "Callable[[Record], list[tuple[str, str]]]"
) -> list[tuple[str, str]]:
    from darkfactory.factory.record import Record

    try:
        record = Record(state_folder())
    except NotReady:
        return []
    record.refresh()
    return [pair for pair in choose(record) if pair[0].startswith(incomplete)]
