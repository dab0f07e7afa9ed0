"""Merge a change with the base as it is now, test the result, judge it: before and at landing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from darkfactory.changes.fewer import fewer_tests
from darkfactory.changes.green import Judgement, green, hangs_on_proof
from darkfactory.domain.change import ChangeState, HarnessResult
from darkfactory.domain.counting import listed
from darkfactory.domain.done_when import command_in
from darkfactory.domain.lane import Autonomy
from darkfactory.gate.bound_rules import judge_rules
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom, Tester
from darkfactory.gate.rules import names, open_rules
from darkfactory.sessions.hub_tree import HubTree
from darkfactory.workspaces.hub import Hub

_EMPTY = "it changes nothing"
MOST_FAILING = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change merged with *base*: *commit* has the *tree*. *conflicts* are paths; with any, none.

    Only the commit of :func:`merge` may land. *carried*: the base was rewritten since the change
    began, so only what the change itself does goes onto it, without its history. *union* are paths
    that were merged by union.
    """

    base: str
    tree: str
    commit: str
    conflicts: tuple[str, ...] = ()
    carried: bool = False
    union: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks say of a candidate; *proof* None: no ``done_when`` command was run.

    *fewer* says that fewer tests passed than on the base, where that is so. *rules* are those of
    its session's skills that the gate enforces.
    """

    result: HarnessResult
    verdict: Judgement
    proof: HarnessResult | None = None
    fewer: str = ""
    rules: Sequence[Mapping[str, Any]] = ()

    @property
    def doubt(self) -> str:
        """Why a person should look although nothing speaks against it; empty for no reason."""
        told = self.verdict
        if not told.green:
            return ""
        if self.fewer or told.unproved or not self.result.green:
            return self.fewer or told.why
        left = names(open_rules({"rules": self.rules}))
        return f"it is not shown to keep rules of its skills: {listed(left)}" if left else ""


def merge(room: GateRoom, change: Change, onto: str, *, base: str) -> Candidate:
    """Merge *change* onto a commit, as it would land there; the same facts give the same commit.

    Args:
        base: The base that *onto* is, or was made of by landing others on it.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    found = _merged(room, change, onto, base=base)
    return _committed(room, change, found, landing_message(change), landing_time(change))


def rehearse(room: GateRoom, change: Change) -> Candidate:
    """Merge *change* with the base as it is now, to see what the checks say of its tree.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    base = room.hub.commit(room.hub.base_ref)
    found = _merged(room, change, base, base=base)
    if not found.conflicts and found.tree == room.hub.tree(change.head):
        return replace(found, commit=change.head)  # the checks see its tree
    return _committed(room, change, found, change.title, int(change.since))


def _merged(room: GateRoom, change: Change, onto: str, *, base: str) -> Candidate:
    hub = room.hub
    carried = not hub.is_ancestor(change.base, base)
    if carried:
        merged = hub.merge_onto(onto, change.head, began=change.base)
    else:
        merged = hub.merge_tree(onto, change.head)
    return Candidate(onto, merged.tree, "", merged.conflicts, carried, merged.union)


def _committed(
    room: GateRoom, change: Change, found: Candidate, message: str, when: int
) -> Candidate:
    if found.conflicts:
        return found
    parents = (found.base,) if found.carried else (found.base, change.head)
    return replace(found, commit=room.hub.commit_tree(found.tree, parents, message, when=when))


def landing_parents(hub: Hub, change: Change, base: str) -> tuple[str, ...]:
    """Return the parents of the commit with which *change* lands on *base*.

    The head of a change that began before the base was rewritten is none of them: it would bring
    back what the owner of the base has dropped.

    Raises:
        GitFailed: If one of them is not in the hub.
    """
    return (base, change.head) if hub.is_ancestor(change.base, base) else (base,)


def landing_message(change: Change) -> str:
    """Return the message of the commit with which *change* lands."""
    session = f"\nSession: {change.session}" if change.session else ""
    return f"{change.title}\n\nItem: {change.item}\nChange: {change.id}{session}\n"


def landing_time(change: Change) -> int:
    """Return the date of that commit, in seconds since the epoch: when *change* was approved."""
    return int(change.approval.at if change.approval else change.since)


def judge(
    room: GateRoom, change: Change, candidate: Candidate, *, test: Tester | None = None
) -> Judged:
    """Test *candidate*, and hold it against its item's ``done_when`` and against a red base.

    Args:
        test: Tests instead of the room's own tester.

    Raises:
        HarnessNotConfinable: If the harness may not run here.
    """
    test = test or room.test
    result = test(candidate.commit, room.lane(change))
    base_result = None if result.green else test(candidate.base, room.lane(change))
    command = command_in(change.facts.get("done_when"))
    proof = None
    if command and (base_result is None or hangs_on_proof(result, base_result)):
        proof = test.run(candidate.commit, command)
    verdict = green(result, base_result, proof)
    rules = _rules(room.hub, change, candidate)
    if not verdict.green:
        return Judged(result, verdict, proof, rules=rules)
    beside = base_result or _known_of_base(room, change, candidate)
    fewer = fewer_tests(result, beside, int(change.facts.get("tests_gone") or 0))
    return Judged(result, verdict, proof, fewer, rules)


def _rules(hub: Hub, change: Change, candidate: Candidate) -> list[dict[str, Any]]:
    tree = HubTree(hub, candidate.base, candidate.commit)
    return judge_rules(change.facts.get("rules") or (), tree)


def _known_of_base(room: GateRoom, change: Change, candidate: Candidate) -> HarnessResult | None:
    """Return what the harness says of the base; it is run there only for who lands alone."""
    lane = room.lane(change)
    if lane is not None and lane.autonomy is Autonomy.LAND:
        return room.test(candidate.base, lane)
    return room.test.known(candidate.base, lane)


def tested(candidate: Candidate, judged: Judged) -> dict[str, Any]:
    """Return the data of ``change.checked`` for a candidate that was tested."""
    result, verdict, proof = judged.result, judged.verdict, judged.proof
    return {
        "result": result.result,
        "tree": result.tree,
        "base": candidate.base,
        "passed": result.passed,
        "failed": result.failed,
        "failing": list(result.failing)[:MOST_FAILING],
        "seconds": round(result.seconds, 3),
        "green": verdict.green,
        "why": verdict.why,
        "unproved": verdict.unproved,
        "waits": verdict.waits,
        "done_when": None if proof is None else proof.green,
        "fewer_tests": judged.fewer,
        "rules": list(judged.rules),
    }


def untested(candidate: Candidate, why: str = _EMPTY) -> dict[str, Any]:
    """Return the data of ``change.checked`` for what cannot be tested: conflicts, or no change.

    Args:
        why: What else keeps it from being tested.
    """
    conflicts = list(candidate.conflicts)
    if conflicts:
        why = f"it conflicts with the base in {', '.join(conflicts)}"
    red: dict[str, Any] = {"result": None, "tree": None, "failing": [], "green": False}
    return {**red, "why": why, "conflicts": conflicts, "base": candidate.base}


def kept(change: Change) -> dict[str, Any]:
    """Return what of the last ``change.checked`` a later one may not tell: claims and rules."""
    return {key: change.check[key] for key in ("claims", "rules") if key in change.check}


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
    tree = hub.merge_onto(base, change.head, began=change.base).tree
    message = f"Merge the base into {change.id}\n"
    parents = landing_parents(hub, change, base)[::-1]
    return hub.commit_tree(tree, parents, message, when=int(change.since))
