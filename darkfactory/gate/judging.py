"""Merge a change with the base as it is now, test the result, judge it: before and at landing."""

from dataclasses import dataclass

from darkfactory.changes.green import green
from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change merged with *base*: what would land. *conflicts* are paths; with any, no commit."""

    base: str
    tree: str
    commit: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks say of a candidate; *done_when* None: that command was not run."""

    result: HarnessResult
    green: bool
    why: str
    done_when: bool | None = None


def merge(room: GateRoom, change: Change, *, message: str, when: int) -> Candidate:
    """Merge *change* with the base as it is now; the same facts give the same commit.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    hub = room.hub
    base = hub.commit(hub.base_ref)
    merged = hub.merge_tree(base, change.head)
    if not merged.clean:
        return Candidate(base, merged.tree, "", merged.conflicts)
    commit = hub.commit_tree(merged.tree, (base, change.head), message, when=when)
    return Candidate(base, merged.tree, commit)


def judge(room: GateRoom, change: Change, candidate: Candidate) -> Judged:
    """Test *candidate*; where it is red, hold it against its base and the item's ``done_when``.

    Raises:
        HarnessNotConfinable: If the harness may not run here.
    """
    result = room.test(candidate.commit, room.lane(change))
    if result.green:
        return Judged(result, *green(result, None, None))
    base_result = room.test(candidate.base, room.lane(change))
    command = change.facts.get("done_when")
    done_when = None
    if command and not base_result.green:
        done_when = room.test.run(candidate.commit, str(command)).green
    return Judged(result, *green(result, base_result, done_when), done_when)


def commit_to_rework(room: GateRoom, change: Change) -> str:
    """Return the commit to go on from when *change* comes back.

    A person's word is about the change as it is. What the merge with the base has brought to light
    is worked on in that merge; where it conflicts, the files hold git's marks.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    hub = room.hub
    base = hub.commit(hub.base_ref)
    by_merge = change.state is ChangeState.BOUNCED or change.by == "harness"
    if not by_merge or hub.is_ancestor(base, change.head):
        return change.head
    tree = hub.merge_tree(base, change.head).tree
    message = f"Merge the base into {change.id}\n"
    return hub.commit_tree(tree, (change.head, base), message, when=int(change.since))
