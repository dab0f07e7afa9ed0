"""Merge a change with the base as it is now, test the result, judge it: before and at landing."""

from dataclasses import dataclass
from typing import Any

from darkfactory.changes.green import green
from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom

_EMPTY = "it changes nothing"
_MOST_FAILING = 100


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


def tested(candidate: Candidate, judged: Judged) -> dict[str, Any]:
    """Return the data of ``change.checked`` for a candidate that was tested."""
    result = judged.result
    return {
        "result": result.result,
        "tree": result.tree,
        "base": candidate.base,
        "passed": result.passed,
        "failed": result.failed,
        "failing": list(result.failing)[:_MOST_FAILING],
        "seconds": round(result.seconds, 3),
        "green": judged.green,
        "why": judged.why,
        "done_when": judged.done_when,
    }


def untested(candidate: Candidate) -> dict[str, Any]:
    """Return the data of ``change.checked`` for what cannot be tested: conflicts, or no change."""
    conflicts = list(candidate.conflicts)
    why = f"it conflicts with the base in {', '.join(conflicts)}" if conflicts else _EMPTY
    red: dict[str, Any] = {"result": None, "tree": None, "failing": [], "green": False}
    return {**red, "why": why, "conflicts": conflicts, "base": candidate.base}


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
