"""What changed in a change since somebody looked at it last."""

from typing import TYPE_CHECKING, Any

from darkfactory.events.stream import Writer
from darkfactory.factory.line import Line
from darkfactory.gate.readers import READ, Look
from darkfactory.gate.record import Change

if TYPE_CHECKING:  # who only lists loads no hub
    from darkfactory.workspaces.hub import Hub

_DIFF_LIMIT = 512 * 1024


def mark_looked(line: Line, change: Change, by: str) -> None:
    """Record that *by* has looked at *change* as it is, if that is news."""
    if line.record.readers.has_seen(change, by):
        return
    told: dict[str, Any] = {
        "change": change.id,
        "item": change.item,
        "by": by,
        "head": change.head,
        "base": change.base,
        "revision": change.revision,
    }
    writer = Writer(line.record.stream, producer="reader", clock=line.clock, once=True)
    writer.write(READ, told)


def since_last(hub: "Hub", change: Change, look: Look) -> str:
    """Return as a diff what *change* does now and did not when it was looked at.

    What the base has got meanwhile is left out: what was seen is carried onto the base of what is
    there now, and both are compared. Where that does not merge, the diff shows how it was resolved.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    from darkfactory.changes.measure import diff_text

    tree = hub.merge_onto(change.base, look.head, began=look.base).tree
    # Without a parent, so that it is this tree that is compared and not where both began.
    seen = hub.commit_tree(tree, (), "what was seen", when=0)
    return diff_text(hub.path, seen, change.head, limit_bytes=_DIFF_LIMIT)
