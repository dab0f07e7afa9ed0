"""What people said of proposed edits: their words on record, and edits that stand at the gate.

An edit enters the gate before it is recorded as accepted. Where the command was killed between the
two, the change itself tells.
"""

from collections.abc import Iterator

from darkfactory.domain.change import ChangeState
from darkfactory.domain.foreign import text_of
from darkfactory.factory.line import Line
from darkfactory.gate.record import OPEN, Change
from darkfactory.retro.decided import Decision, decisions_of
from darkfactory.skills.library import FOLDER, RETIRED

ITEM = "skill-"
"""What the item of an edit begins with; the id of its proposal follows."""
_ENTERED = OPEN - {ChangeState.CHECKING}
ALIVE = _ENTERED | {ChangeState.LANDED, ChangeState.SUPERSEDED}
"""An edit in such a state is done. In ``checking`` is only one whose entry was killed."""


def edits_at_gate(line: Line, skill: str) -> Iterator[Change]:
    """Yield the changes at the gate that edit *skill*, as far as the record was read."""
    for change in line.record.changes:
        if change.state in _ENTERED and _skill_and_version(change)[0] == skill:
            yield change


def edit_decisions(line: Line) -> dict[str, Decision]:
    """Return the last decision on each proposal, by its id, as far as the record was read."""
    found = decisions_of(event for _, event in line.record.stream.read())
    told = {one.change for one in found.values()}
    for change in line.record.changes:
        skill, version = _skill_and_version(change)
        name = change.item.removeprefix(ITEM)
        if skill and change.state in ALIVE and change.id not in told:
            by = text_of(change.facts.get("by"))
            more = {"change": change.id, "version": version}
            found[name] = Decision(name, skill, accepted=True, by=by, sessions=0, **more)
    return found


def _skill_and_version(change: Change) -> tuple[str, str]:
    """Return which skill *change* edits, and the version it makes; empty if it is no edit."""
    folder, _, rest = (change.branch or "").partition("/")
    if folder != FOLDER or not change.item.startswith(ITEM):
        return "", ""
    skill, _, version = rest.rpartition("-")
    return skill, "" if version == RETIRED else version
