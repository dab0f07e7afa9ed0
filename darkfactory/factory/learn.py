"""Learn from sessions: what the miners find in their logs, and what it would change in skills."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.factory.skill_shelf import read_shelf
from darkfactory.gate.record import OPEN
from darkfactory.retro.case import Evidence
from darkfactory.retro.cases import case_of
from darkfactory.retro.decided import Decision, decisions_of, is_open
from darkfactory.retro.finding import Finding
from darkfactory.retro.history import History, Window
from darkfactory.retro.mine import mine
from darkfactory.retro.proposal import Proposal, few, propose

_DONE = OPEN | {ChangeState.LANDED, ChangeState.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class Learned:
    """What sessions taught: all *findings*, the *proposals* nobody has judged, what was *decided*.

    *base* is the commit whose skills the proposals change.
    """

    base: str
    findings: tuple[Finding, ...]
    proposals: tuple[Proposal, ...]
    decided: dict[str, Decision]


def learn(line: Line, history: History, window: Window) -> Learned:
    """Return what the sessions that ended in *window* teach.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    base, shelf = read_shelf(line)
    cases = [
        case_of(
            sitting,
            Stream(line.state.streams, f"s/{sitting.session}").read(),
            history.verdicts.get(sitting.session, ()),
        )
        for sitting in history.sittings
        if window.holds(sitting.at)
    ]
    findings = mine(cases, shelf)
    decided = decisions_of(event for _, event in line.record.stream.read())
    alive = [one.id for one in line.record.changes if one.state in _DONE]
    proposals = [one for one in propose(findings, cases, shelf) if is_open(one, decided, alive)]
    return Learned(base, tuple(findings), tuple(proposals), decided)


def learned_json(learned: Learned) -> dict[str, Any]:
    """Return *learned* in the shape of the contract."""
    return {
        "findings": [_finding(one) for one in learned.findings],
        "proposals": [proposal_json(one) for one in few(learned.proposals)],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "miner": one.miner,
        "skill": one.skill or None,
        "said": one.said,
        "supported": one.supported,
        "support": {"sessions": one.sessions, "items": one.items},
        "evidence": _places(one.evidence),
    }


def proposal_json(one: Proposal) -> dict[str, Any]:
    """Return a proposal in the shape of the contract."""
    old, new = one.versions
    return {
        "id": one.id,
        "type": one.type,
        "skill": one.skill,
        "from": old,
        "to": new,
        "finding": one.finding,
        "reason": one.reason,
        "support": {"sessions": one.sessions, "items": one.items},
        "evidence": _places(one.evidence),
        "patch": one.patch,
        "tokens": one.tokens,
        "flagged": bool(one.flags),
        "flags": list(one.flags),
    }


def _places(evidence: Iterable[Evidence]) -> list[dict[str, str]]:
    return [{"session": one.session, "offset": format_offset(one.offset)} for one in evidence]
