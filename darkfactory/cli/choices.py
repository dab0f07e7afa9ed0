"""The ids that completion offers: from the record alone, none where there is no record."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from darkfactory.cli.context import state_folder
from darkfactory.errors import FactoryError, NotReady

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


def items(incomplete: str) -> list[tuple[str, str]]:
    """Return the items of the plan, those that no lane takes among them, each with its title."""

    def planned(record: "Record") -> list[tuple[str, str]]:
        if record.plan is None:
            return []
        plan = record.plan.plan
        found = [row.item for row in plan.items] + [left.item for left in plan.unassigned]
        return [(item.id, item.title) for item in found]

    return _offered(incomplete, planned)


def branches(incomplete: str) -> list[str]:
    """Return the branches of the repository, those fetched from elsewhere last."""
    from darkfactory.workspaces.base import read_branches

    try:
        known = read_branches(state_folder().repository)
    except FactoryError:
        return []
    return [name for name in known if name.startswith(incomplete)]


def lanes(incomplete: str) -> list[str]:
    """Return the lanes of lanes.yaml."""
    from darkfactory.config.cache import cached_settings

    try:
        state = state_folder()
        settings = cached_settings(state.repository / "lanes.yaml", state.settings)
    except FactoryError:
        return []
    return [lane.name for lane in settings.lanes if lane.name.startswith(incomplete)]


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
