"""The item that makes a red base green again: it is part of the plan while the gate is frozen."""

from dataclasses import replace

from darkfactory.domain.item import Backlog, Item
from darkfactory.factory.disposition import Standing, standing
from darkfactory.factory.record import Record
from darkfactory.gate.hold import Hold

_GOES_ON = (Standing.WORKING, Standing.WAITING, Standing.BOUNCED, Standing.LANDED)
_MOST_FAILING = 50


def with_fixers(backlog: Backlog, record: Record, *, harness: str) -> Backlog:
    """Return *backlog* with the fixers that the record asks for at its front, and no others.

    There is one for each red base: as long as landing is frozen for it, and as long as its work
    goes on.
    """
    found = [
        _fixer(hold, hold.harness or harness)
        for hold in record.changes.holds.values()
        if _is_due(hold, record)
    ]
    rest = (item for item in backlog.items if item.id not in record.changes.holds)
    return replace(backlog, items=(*found, *rest))


def _is_due(hold: Hold, record: Record) -> bool:
    now = record.changes.hold
    if now is not None and now.fixer == hold.fixer:
        return hold.searched
    begun = record.attempted(hold.fixer), record.changes.of_item(hold.fixer)
    return standing(*begun) in _GOES_ON


def _fixer(hold: Hold, harness: str) -> Item:
    harness = hold.harness or harness
    plain = "`" not in harness and "\n" not in harness
    return Item(
        hold.fixer,
        f"Make {hold.branch} green again",
        _body(hold),
        labels=("ci",),
        priority="P0",
        done_when=f"`{harness}`" if plain else None,
    )


def _body(hold: Hold) -> str:
    parts = [f"{hold.branch} was green at commit {hold.green} and is red at {hold.base}."]
    if hold.failing:
        named = "".join(f"\n- {name}" for name in hold.failing[:_MOST_FAILING])
        parts.append(f"What fails:{named}")
    if hold.culprit:
        parts.append(f"What made it red: {hold.blamed}, commit {hold.culprit}.")
    else:
        parts.append(f"What made it red is not known: {hold.why}.")
    if hold.revert:
        waits = f"A revert of that waits for a person as {hold.revert}."
        parts.append(f"{waits} Mend what is wrong; do not just undo it.")
    parts.append("Do not weaken, skip or remove what fails.")
    return "\n\n".join(parts)
