"""What the open changes at the gate touch, as triage keeps new work apart from it."""

from darkfactory.factory.record import Record
from darkfactory.gate.record import OPEN
from darkfactory.triage.apart import Taken


def taken_paths(record: Record) -> Taken:
    """Return the paths of the changes that have neither landed nor been given up."""
    return Taken(
        {
            change.id: (change.item, change.facts.get("paths") or ())
            for change in record.changes
            if change.state in OPEN
        }
    )
