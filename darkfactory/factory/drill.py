"""Drills: known-bad changes among the real ones, to see whether reviewers still catch them.

A drill is a change of the gate with one defect more. The record lets none of them ever land.
"""

import difflib
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from darkfactory.changes.measure import measure
from darkfactory.domain.change import ChangeState
from darkfactory.errors import AnswerNo
from darkfactory.factory.line import Line
from darkfactory.gate.defects import Defect, defects
from darkfactory.gate.drilled import drill_words
from darkfactory.gate.facts import Work, facts_of
from darkfactory.gate.judging import Candidate, Judged, judge, tested
from darkfactory.gate.record import DRILL_REMOVED, Change
from darkfactory.gate.revisions import keep_revision
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.written import tree_with

_OLDEST_SECONDS = 14 * 86_400.0
_TRIES = 6
_LARGEST = 256 * 1024
_MOST_DRILLS = 20
_OF = (ChangeState.WAITING_TASTE, ChangeState.LANDED)


class NothingToDrill(AnswerNo):
    """No change at the gate can be made worse without the checks noticing."""

    code = "gate.no_drill"

    def __init__(self) -> None:
        super().__init__(
            "no change that waits or has landed can be given a defect that the checks let pass",
            fix="try again once there are more changes of code: df gate list",
        )


def seed(line: Line, count: int, *, by: str) -> list[str]:
    """Put *count* drills at the gate, or as many as can be made; return their ids.

    Drills that nobody judged for two weeks are removed first.

    Raises:
        NothingToDrill: If not a single one can be made.
        HarnessNotConfinable: If the harness may not run here.
    """
    room = line.gate()
    remove(line, older_than=_OLDEST_SECONDS)
    changes = room.refresh()
    used = {str(one.drill.get("of")) for one in changes if one.drill}
    able = [one for one in changes if one.state in _OF and not one.drill and one.id not in used]
    able.sort(key=lambda one: (_OF.index(one.state), -one.since))
    made: list[str] = []
    for change in able:
        if len(made) < min(count, _MOST_DRILLS):
            made += _drill(room, change, by)
    if not made:
        raise NothingToDrill
    return made


def remove(line: Line, *, older_than: float = 0.0) -> list[str]:
    """Take the drills that nobody has judged from the gate; return their ids."""
    room = line.gate()
    now = room.clock.now()
    left = [one for one in room.refresh() if one.drill and not one.drilled]
    old = [one for one in left if now - one.since >= older_than]
    for change in old:
        room.say("closed", change, {"by": "gate", "reason": DRILL_REMOVED})
    return [change.id for change in old]


def report(line: Line) -> dict[str, Any]:
    """Return how many drills each reviewer caught and missed, and how many are still open."""
    line.record.refresh()
    drills = [change for change in line.record.changes if change.drill]
    found: dict[str, list[Change]] = defaultdict(list)
    for change in drills:
        if change.drilled in ("caught", "missed"):
            found[change.by].append(change)
    rows = [_of_reviewer(by, judged) for by, judged in sorted(found.items())]
    return {"reviewers": rows, "open": sum(not change.drilled for change in drills)}


def _of_reviewer(by: str, judged: list[Change]) -> dict[str, Any]:
    caught = sum(one.drilled == "caught" for one in judged)
    missed = [drill_words(one) for one in judged if one.drilled == "missed"]
    rate = round(caught / len(judged), 4)
    return {"by": by, "drills": len(judged), "caught": caught, "rate": rate, "missed": missed}


def _drill(room: GateRoom, change: Change, by: str) -> list[str]:
    """Offer *change* with a defect that the checks let pass; nothing where they let none."""
    for defect in _chosen(room, change):
        head = _commit(room, change, defect)
        candidate = Candidate(change.base, room.hub.tree(head), head)
        judged = judge(room, change, candidate)
        if judged.verdict.green:
            return [_offer(room, change, defect, candidate, judged, by)]
    return []


def _chosen(room: GateRoom, change: Change) -> list[Defect]:
    """Return a few defects, the same ones each time, of as many kinds as there are."""
    found = sorted(_defects(room, change), key=lambda one: _mixed(change, one))
    first = {defect.rule: defect for defect in reversed(found)}
    return sorted(first.values(), key=lambda one: _mixed(change, one))[:_TRIES]


def _mixed(change: Change, defect: Defect) -> str:
    told = f"{change.id} {defect.rule} {defect.path} {defect.line}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _defects(room: GateRoom, change: Change) -> Iterator[Defect]:
    for path in change.facts.get("paths") or ():
        new, old = (_text(room, commit, path) for commit in (change.head, change.base))
        if new is not None:
            yield from defects(path, new, _added((old or "").split("\n"), new.split("\n")))


def _added(old: list[str], new: list[str]) -> list[int]:
    """Return the 1-based numbers of the lines of *new* that *old* lacks."""
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=True).get_opcodes()
    return [at + 1 for kind, _, _, a, b in blocks if kind != "equal" for at in range(a, b)]


def _text(room: GateRoom, commit: str, path: str) -> str | None:
    name = f"{commit}:{path}"
    found = room.hub.git("cat-file", "blob", "--end-of-options", name, accept=(0, 128))
    if found.status or b"\0" in found.stdout or len(found.stdout) > _LARGEST:
        return None
    try:
        return found.stdout.decode()
    except UnicodeDecodeError:
        return None


def _commit(room: GateRoom, change: Change, defect: Defect) -> str:
    """Return a commit with all of *change* and *defect*; nothing in the hub refers to it."""
    hub, files = room.hub, {defect.path: defect.text}
    tree = tree_with(hub, change.head, files, folder=room.state.root)
    return hub.commit_tree(tree, (change.base,), f"{change.title}\n", when=int(change.since))


def _offer(
    room: GateRoom, change: Change, defect: Defect, candidate: Candidate, judged: Judged, by: str
) -> str:
    """Record the drill as a change that waits, told like the others."""
    number, item = 2, f"{change.item}-2"
    while room.changes.of_item(item) is not None:
        number += 1
        item = f"{change.item}-{number}"
    made = keep_revision(room, item, None, candidate.commit)
    measured = measure(room.hub.path, change.base, candidate.commit)
    work = Work(item, change.lane, change.title, None, change.base, measured)
    waffle = change.facts.get("waffle") or {"score": None, "signals": []}
    drill = {"of": change.id, "rule": defect.rule, "path": defect.path, "line": defect.line}
    data: dict[str, Any] = {"change": made.name, "revision": 1, "ref": made.ref}
    data |= {"head": made.head, "base": change.base, "drill": {**drill, "by": by}, "notes": []}
    data |= {"summary": change.facts.get("summary") or "", **facts_of(room, work, waffle)}
    room.record("change.proposed", data)
    offered = room.find(made.name)
    now = Candidate(room.hub.commit(room.hub.base_ref), candidate.tree, candidate.commit)
    room.say("checked", offered, {**tested(now, judged), "claims": []})
    room.say("waiting", offered)
    return offered.id
