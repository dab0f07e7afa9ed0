"""Learn from sessions: what the miners find in their logs, and what it would change in skills."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from darkfactory.domain.change import ChangeState
from darkfactory.domain.foreign import list_of, mapping_of, text_of
from darkfactory.events.offset import format_offset
from darkfactory.events.stream import Stream
from darkfactory.factory.edit_decisions import ALIVE, edit_decisions
from darkfactory.factory.line import Line
from darkfactory.factory.revert_edits import backs
from darkfactory.factory.skill_chances import chances_of
from darkfactory.factory.skill_shelf import read_shelf
from darkfactory.factory.skill_standing import judged_on
from darkfactory.retro.case import Case, Evidence
from darkfactory.retro.cases import case_of
from darkfactory.retro.decided import Decision, is_open
from darkfactory.retro.drafts import Drafts, drafts_of
from darkfactory.retro.finding import Finding
from darkfactory.retro.follow_up import FollowUp, follow_ups
from darkfactory.retro.history import History, Window
from darkfactory.retro.holdouts import Holdout, holdouts
from darkfactory.retro.idle_skills import idle_skills
from darkfactory.retro.mine import mine
from darkfactory.retro.offer import Said, offer
from darkfactory.retro.proposal import Proposal, few
from darkfactory.retro.revert import Back
from darkfactory.retro.shelf import Shelf, Shelved


@dataclass(frozen=True, slots=True)
class Learned:
    """What sessions taught: all *findings*, the *proposals* nobody has judged, what was *decided*.

    *followed* is how sessions fared since each accepted one, *held_out* what items that a skill was
    withheld from tell of it, both over all times. *base* is the commit whose skills, *shelf*,
    the proposals change. *unworded* are findings that no rule can word and of which no draft was
    judged, each with its skill. *backs* tell how accepted edits that did harm can be taken back.
    """

    base: str
    findings: tuple[Finding, ...]
    proposals: tuple[Proposal, ...]
    decided: dict[str, Decision]
    followed: tuple[FollowUp, ...] = ()
    drafts: Drafts = field(default_factory=Drafts)
    shelf: Shelf = field(default_factory=dict)
    unworded: tuple[tuple[Finding, Shelved], ...] = ()
    held_out: tuple[Holdout, ...] = ()
    backs: Mapping[str, Back] = field(default_factory=dict)


def learn(line: Line, history: History, window: Window) -> Learned:
    """Return what the sessions that ended in *window* teach.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    base, shelf = read_shelf(line)
    decided = edit_decisions(line)
    drafts = drafts_of(event for _, event in line.record.stream.read())
    cases = [
        case_of(
            sitting,
            Stream(line.state.streams, f"s/{sitting.session}").placed(),
            history.verdicts.get(sitting.session, ()),
        )
        for sitting in history.sittings
        if window.holds(sitting.at)
    ]
    landed = {one.id for one in line.record.changes if one.state is ChangeState.LANDED}
    followed = follow_ups(
        _given(line, history), (one for one in decided.values() if one.change in landed)
    )
    undone = dict(backs(line, shelf, followed, decided))
    reverts = (one.proposal for one in undone.values() if one.proposal is not None)
    held_out = holdouts(chances_of(line, history.sittings))
    idle = idle_skills(judged_on(line, shelf, held_out), shelf)
    findings = [*idle, *mine(cases, shelf)]
    alive = [one.id for one in line.record.changes if one.state in ALIVE]
    offered = offer(findings, cases, shelf, Said(drafts, decided, alive))
    return Learned(
        base,
        tuple(findings),
        (*(one for one in reverts if is_open(one, decided, alive)), *offered.proposals),
        decided,
        tuple(followed),
        drafts,
        shelf,
        offered.unworded,
        tuple(held_out),
        undone,
    )


def _given(line: Line, history: History) -> Iterator[Case]:
    """Yield every session with the skills it was given, which the factory's stream tells."""
    for sitting in history.sittings:
        row = line.record.sessions[sitting.session]
        given = map(mapping_of, list_of(row.started.data.get("skills")))
        skills = {text_of(one.get("name")): text_of(one.get("version")) for one in given}
        yield Case(sitting, skills=skills)


def learned_json(learned: Learned) -> dict[str, Any]:
    """Return *learned* in the shape of the contract."""
    return {
        "findings": [_finding(one) for one in learned.findings],
        "proposals": [proposal_json(one) for one in few(learned.proposals)],
        "follow_ups": [_follow_up(one, learned) for one in learned.followed],
        "holdouts": [holdout_json(one) for one in learned.held_out],
    }


def _follow_up(one: FollowUp, learned: Learned) -> dict[str, Any]:
    back = learned.backs.get(one.proposal, Back())
    name = back.proposal.id if back.proposal else ""
    return {
        **asdict(one),
        "evidence": _places(one.evidence),
        "revert": name if any(each.id == name for each in learned.proposals) else None,
        "revert_problem": back.problem or None,
    }


def holdout_json(one: Holdout) -> dict[str, Any]:
    """Return what a holdout tells in the shape of the contract."""
    given, withheld = ({**asdict(arm), "rate": arm.rate} for arm in (one.given, one.withheld))
    told = {key: value for key, value in asdict(one).items() if key != "without"}
    return {**told, "given": given, "withheld": withheld}


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
        "finding": one.finding or None,
        "reason": one.reason,
        "support": {"sessions": one.sessions, "items": one.items},
        "evidence": _places(one.evidence),
        "patch": one.patch,
        "tokens": one.tokens,
        "flagged": bool(one.flags),
        "flags": list(one.flags),
        "drafted_by": one.drafted_by,
    }


def _places(evidence: Iterable[Evidence]) -> list[dict[str, str]]:
    return [{"session": one.session, "offset": format_offset(one.offset)} for one in evidence]
