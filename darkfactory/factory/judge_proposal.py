"""Accept or reject what a retro proposes. An accepted one goes the way of every change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from darkfactory.clock import timestamp
from darkfactory.errors import AnswerNo, UsageError, did_you_mean
from darkfactory.factory.edit_decisions import ITEM, edit_decisions, edits_at_gate
from darkfactory.factory.eval_history import wanted_scenarios
from darkfactory.factory.hold_library import library_held
from darkfactory.factory.learn import Learned, learn, proposal_json
from darkfactory.factory.line import Line
from darkfactory.factory.read_history import read_history
from darkfactory.factory.relock import relocked
from darkfactory.factory.retire_skill import retired_tree
from darkfactory.factory.show_gate import gate_rows
from darkfactory.gate.enter import Entry, enter
from darkfactory.retro.decided import ACCEPTED, REJECTED
from darkfactory.retro.drafts import remade
from darkfactory.retro.history import Window
from darkfactory.retro.proposal import Proposal
from darkfactory.retro.revert import REVERT
from darkfactory.skills.folder import HISTORY
from darkfactory.skills.library import FOLDER, RETIRED
from darkfactory.workspaces.written import tree_with

SHOWN_SECONDS = 7 * 86_400.0
"""How far back `df retro` looks unless it is told otherwise."""


class UnknownProposal(UsageError):
    """An id that no proposal has."""

    code = "retro.unknown"

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            f"there is no proposal {name!r}",
            fix=f"{did_you_mean(name, known)}`df retro` lists them; one whose sessions are no"
            " longer enough, or whose skill says it by now, is gone",
        )


class Decided(AnswerNo):
    """A proposal that somebody has judged before."""

    code = "retro.decided"

    def __init__(self, name: str, said: str, *, fix: str) -> None:
        super().__init__(f"{name} {said}", fix=fix)


class EditWaits(AnswerNo):
    """Another edit of the same skill is at the gate: two of them would have one version."""

    code = "retro.waits"

    def __init__(self, skill: str, change: str) -> None:
        super().__init__(
            f"another edit of skill {skill} is at the gate as {change}",
            fix=f"judge that one first (df gate show {change}), then accept this one again",
        )


class NothingToProve(UsageError):
    """A proposal after which there is no skill to run scenarios with."""

    code = "retro.no_version"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} retires its skill, so there is no newer version to try",
            fix=f"df retro accept {name}; the evals or the holdout behind it are its proof",
        )


def accept(line: Line, name: str, *, by: str, again: bool = False) -> dict[str, Any]:
    """Let proposal *name* enter the gate as a change of its skill, and record who wanted it.

    The skill's version rises and its HISTORY.jsonl says what was accepted, by whom and why. What
    lands is judged at the gate, with the checks of the repository, as all else is.

    Args:
        line: The factory.
        name: The id of the proposal.
        by: Who accepts it.
        again: Whether it is to be proved: then one that is accepted already is fine, as long as its
            change is at the gate.

    Returns:
        The id of the proposal, its skill, the change as the gate's list shows it, and which landed
        changes of the sessions that show it would make scenarios.

    Raises:
        UnknownProposal: If there is none of that name.
        Decided: If somebody has accepted or rejected it.
        EditWaits: If another edit of its skill is at the gate.
        NothingToProve: If it is to be proved and retires its skill.
        NotTaken: If the base has it by now.
        LockInvalid: If the lock of skills is none.
        LibraryBusy: If another command has held the library for long.
        GitFailed: If the hub cannot be read or written.
    """
    with _library(line, name):
        return _accept(line, name, by=by, again=again)


@contextmanager
def _library(line: Line, name: str) -> Iterator[None]:
    """Be the only one to judge what is proposed for skills; where nothing was done, nothing is."""
    if line.is_new:
        raise UnknownProposal(name, [])
    with library_held(line.state.repository):
        yield


def _accept(line: Line, name: str, *, by: str, again: bool) -> dict[str, Any]:
    line.hub.sync_base()
    known = _accepted(line, name) if again else None
    if known is not None:
        return known
    proposal, learned = _find(line, name)
    if again and proposal.moved_to:
        raise NothingToProve(name)
    room, item = line.gate(), f"{ITEM}{proposal.id}"
    for one in edits_at_gate(line, proposal.skill):
        if one.item != item:
            raise EditWaits(proposal.skill, one.id)
    when = line.clock.now()
    tree = _tree(line, learned.base, proposal, by, when)
    head = line.hub.commit_tree(tree, (learned.base,), _message(proposal, by), when=int(when))
    title = _title(proposal)
    made = "" if proposal.moved_to else proposal.versions[1]
    entry = Entry(item, f"{FOLDER}/{proposal.skill}-{made or RETIRED}", head, by, title=title)
    flagged = [f"the retro flags it: {', '.join(proposal.flags)}"] if proposal.flags else []
    change, _ = enter(room, replace(entry, summary=f"{proposal.reason}.", notes=tuple(flagged)))
    _record(line, ACCEPTED, proposal, by=by, change=change.id, version=made)
    done = _done(line, proposal.id, proposal.skill, change.id)
    sessions = {one.session for one in proposal.evidence}
    return {
        **done,
        "proposal": proposal_json(proposal),
        "scenarios_from": wanted_scenarios(line, proposal.skill, sessions),
    }


def _tree(line: Line, base: str, proposal: Proposal, by: str, when: float) -> str:
    """Return the tree of commit *base* with what *proposal* changes."""
    path = f"skills/{proposal.skill}/{HISTORY}"
    history = _read(line, base, path) + _entry(proposal, by, when)
    if proposal.moved_to:
        return retired_tree(line, base, proposal, history, by=by, when=when)
    files = {**proposal.after, path: history}
    place = line.state.root
    files |= relocked(line.hub, base, proposal.skill, files, by=by, when=when, folder=place)
    return tree_with(line.hub, base, files, folder=place)


def _title(proposal: Proposal) -> str:
    if proposal.moved_to:
        return f"{proposal.type} skill {proposal.skill} {proposal.versions[0]}"
    return f"{proposal.type} in skill {proposal.skill}, {' -> '.join(proposal.versions)}"


def _accepted(line: Line, name: str) -> dict[str, Any] | None:
    """Return what proposal *name* became if its change is still to be judged."""
    line.record.refresh()
    said = edit_decisions(line).get(name)
    if said is None or not said.accepted:
        return None
    done = _done(line, name, said.skill, said.change)
    return done if done["change"] else None


def _done(line: Line, name: str, skill: str, change: str) -> dict[str, Any]:
    row = next((row for row in gate_rows(line) if row["id"] == change), None)
    return {"id": name, "skill": skill, "change": row}


def reject(line: Line, name: str, *, by: str, reason: str) -> dict[str, Any]:
    """Record that proposal *name* is not wanted, and why.

    It comes back when twice as many sessions show the same.

    Raises:
        UnknownProposal: If there is none of that name.
        Decided: If somebody has accepted or rejected it.
        LibraryBusy: If another command has held the library for long.
        GitFailed: If the hub cannot be read.
    """
    with _library(line, name):
        proposal, _ = _find(line, name)
        _record(line, REJECTED, proposal, by=by, reason=reason)
    return {"proposal": proposal_json(proposal), "reason": reason}


def _find(line: Line, name: str) -> tuple[Proposal, Learned]:
    """Return the open proposal called *name*: of all sessions, else of those `df retro` shows.

    What the last days show alike, older sessions may speak against.
    """
    history, now = read_history(line, 0.0), line.clock.now()
    for start in (-1.0, now - SHOWN_SECONDS):
        learned = learn(line, history, Window(start, now))
        found = next((one for one in learned.proposals if one.id == name), None)
        if found is not None:
            return found, learned
    if name in learned.decided:
        _say_decided(name, learned)
    kept = learned.drafts.by_proposal.get(name)
    shown = kept and remade(kept, learned.shelf)
    if shown:  # what a window showed, or what another answer has taken the place of
        return shown, learned
    raise UnknownProposal(name, [one.id for one in learned.proposals])


def _say_decided(name: str, learned: Learned) -> NoReturn:
    said = learned.decided[name]
    if said.accepted:
        fix = f"df gate show {said.change}"
        raise Decided(name, f"was accepted by {said.by} as {said.change}", fix=fix)
    fix = "it comes back when twice as many sessions show the same"
    raise Decided(name, f"was rejected by {said.by}: {said.reason}", fix=fix)


def _record(line: Line, type_: str, proposal: Proposal, *, by: str, **more: str) -> None:
    data = {
        "proposal": proposal.id,
        "skill": proposal.skill,
        "type": proposal.type,
        "sessions": proposal.sessions,
        "by": by,
        **more,
    }
    line.record.writer("retro").write(type_, data, durable=True)


def _read(line: Line, commit: str, path: str) -> str:
    found = line.hub.git("cat-file", "blob", f"{commit}:{path}", accept=(0, 128))
    text = "" if found.status else found.stdout.decode("utf-8", "replace")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _entry(proposal: Proposal, by: str, when: float) -> str:
    told = proposal_json(proposal)
    kept = (
        "id",
        "type",
        "from",
        "to",
        "reason",
        "support",
        "evidence",
        "tokens",
        "flags",
        "drafted_by",
    )
    entry = {"skill": proposal.skill, "anchor": proposal.anchor, **{key: told[key] for key in kept}}
    entry |= {"decision": {"by": by, "at": timestamp(when), "verdict": "accept"}}
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _message(proposal: Proposal, by: str) -> str:
    old, new = proposal.versions
    told = f"Proposed as {proposal.id} by the retro, accepted by {by}.\n"
    if proposal.moved_to:
        return f"Retire skill {proposal.skill}\n\n{proposal.reason}.\n{told}"
    sessions = f"{proposal.sessions} sessions of {proposal.items} items"
    subject = f"Teach skill {proposal.skill} what {sessions} showed"
    if proposal.type == REVERT:
        subject = f"Take an edit of skill {proposal.skill} back"
    return f"{subject}\n\n{proposal.type}, {old} -> {new}: {proposal.reason}.\n{told}"
