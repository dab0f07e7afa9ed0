"""Drafts of a model: judged when they come, kept, and made into the same text again. Pure.

A draft is bound to the skill's texts as the model saw them, and to the patch that a person is
shown: where either is another one by now, there is no proposal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from darkfactory.domain.digest import short_hash
from darkfactory.domain.event import Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.retro.case import Evidence
from darkfactory.retro.decided import Decision, stands_open
from darkfactory.retro.delta import Delta, Dropped, worded
from darkfactory.retro.draft_prompt import Shown, types_for
from darkfactory.retro.edits import ended_as
from darkfactory.retro.finding import Finding
from darkfactory.retro.proposal import Edit, Proposal, proposal_of
from darkfactory.retro.shelf import Shelf, Shelved
from darkfactory.retro.soundness import doubt_of

DRAFTED = "retro.drafted"
MODEL = "model:"
_OF_FINDING = ("miner", "anchor", "said", "sessions", "items")
_TEXTS = ("tree", "agent", "session", "why", "proposal", "patch")


@dataclass(frozen=True, slots=True)
class Draft:
    """What *agent* answered when it was asked to word an edit for *finding*, as it was then.

    *tree* stands for the skill's texts as it saw them. Without a *delta* it was dropped, *why*.
    *seen* are the scenarios whose words it was shown. *patch* is a hash of what people are shown.
    """

    finding: Finding
    tree: str
    agent: str
    session: str
    delta: Delta | None = None
    why: str = ""
    proposal: str = ""
    patch: str = ""
    evidence: tuple[Evidence, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafts:
    """All drafts of a factory, oldest first."""

    every: tuple[Draft, ...] = ()
    by_proposal: Mapping[str, Draft] = field(default_factory=dict)

    def last(self, finding: str, tree: str) -> Draft | None:
        """Return the last draft for a finding and the texts of a skill."""
        told = (
            one for one in reversed(self.every) if (one.finding.id, one.tree) == (finding, tree)
        )
        return next(told, None)


def judged(shown: Shown, delta: Delta) -> Proposal | Dropped:
    """Return the proposal that *delta* makes for what was *shown*, or why it makes none."""
    places = {one.name: one.place for one in shown.excerpts}
    foreign = [name for name in delta.cited if name not in places]
    if foreign or not delta.cited:
        named = ", ".join(foreign)[:80]
        return Dropped(f"it cites evidence that is not there: {named}" if named else "no evidence")
    if delta.type not in types_for(shown.finding):
        return Dropped(f"what {shown.finding.miner} finds does not support {delta.type}")
    return _proposal(shown.finding, shown.skill, delta, [places[name] for name in delta.cited])


def _proposal(
    finding: Finding, skill: Shelved, delta: Delta, evidence: Iterable[Evidence]
) -> Proposal | Dropped:
    made = worded(skill, delta)
    if isinstance(made, Dropped):
        return made
    text = ended_as(skill, made.after.text)
    doubt = doubt_of(skill, replace(skill, text=text))
    if doubt:
        return Dropped(doubt)
    part = 0 if delta.type == "DELETE_RULE" else 1
    edit = Edit(delta.type, text, part, flags=made.flags)
    bare = proposal_of(finding, skill, edit)
    name = f"rp-{short_hash(f'draft {finding.id} {bare.patch}')}"
    return replace(bare, id=name, evidence=tuple(evidence))


def drafted(drafts: Drafts, findings: Sequence[Finding], shelf: Shelf) -> list[Proposal]:
    """Return the proposals of the last draft for each of *findings*, word for word as it was shown.

    One whose skill was edited since is gone.
    """
    skills = ((one, shelf.get(one.skill)) for one in findings if one.supported)
    last = ((one, drafts.last(one.id, skill.digest)) for one, skill in skills if skill)
    made = (remade(replace(draft, finding=one), shelf) for one, draft in last if draft)
    return [one for one in made if one is not None]


def remade(draft: Draft, shelf: Shelf) -> Proposal | None:
    """Return the proposal that *draft* is, as it was shown; None where that cannot be any more."""
    skill = shelf.get(draft.finding.skill)
    if skill is None or skill.digest != draft.tree or draft.delta is None:
        return None
    found = _proposal(draft.finding, skill, draft.delta, draft.evidence)
    if isinstance(found, Dropped) or short_hash(found.patch) != draft.patch:
        return None
    return replace(found, drafted_by=MODEL + draft.agent)


def rests(
    finding: Finding, drafts: Drafts, decided: Mapping[str, Decision], alive: Sequence[str]
) -> bool:
    """Tell whether a person has judged an edit that was drafted for *finding*, and that stands."""
    names = {one.proposal for one in drafts.every if one.finding.id == finding.id and one.proposal}
    return not all(stands_open(name, finding.sessions, decided, alive) for name in names)


def answered(
    drafts: Drafts, decided: Mapping[str, Decision], alive: Sequence[str]
) -> frozenset[str]:
    """Return the findings for which a drafted edit was accepted that stands."""
    stands = set(alive)
    said = ((one, decided.get(one.proposal)) for one in drafts.every)
    return frozenset(
        one.finding.id for one, word in said if word and word.accepted and word.change in stands
    )


def draft_data(draft: Draft) -> dict[str, Any]:
    """Return *draft* as the data of its event."""
    delta, finding = draft.delta, draft.finding
    return {
        "finding": finding.id,
        "skill": finding.skill,
        **{key: getattr(finding, key) for key in _OF_FINDING},
        "tree": draft.tree,
        "agent": draft.agent,
        "session": draft.session,
        "why": draft.why,
        "proposal": draft.proposal,
        "patch": draft.patch,
        "seen": list(draft.seen),
        "delta": delta and {"type": delta.type, "text": delta.text, "old": delta.old},
        "evidence": [{"session": one.session, "at": one.offset} for one in draft.evidence],
    }


def drafts_of(events: Iterable[Event]) -> Drafts:
    """Return the drafts that the factory's stream tells of."""
    told = (event for event in events if event.type == DRAFTED and not event.posted)
    every = tuple(_draft(event.data) for event in told)
    return Drafts(every, {one.proposal: one for one in every if one.proposal})


def _draft(data: Mapping[str, Any]) -> Draft:
    delta = mapping_of(data.get("delta"))
    texts = {key: text_of(data.get(key)) for key in _TEXTS}
    return Draft(
        _finding(data),
        **texts,
        delta=_delta(delta) if delta else None,
        evidence=tuple(
            Evidence(text_of(one.get("session")), int(number_of(one.get("at")) or 0))
            for one in map(mapping_of, list_of(data.get("evidence")))
        ),
        seen=tuple(map(text_of, list_of(data.get("seen")))),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    miner, anchor, skill, said = (
        text_of(data.get(key)) for key in ("miner", "anchor", "skill", "said")
    )
    sessions, items = (int(number_of(data.get(key)) or 0) for key in ("sessions", "items"))
    return Finding(miner, anchor, skill, said, (), sessions, items, supported=True)


def _delta(told: Mapping[str, Any]) -> Delta:
    return Delta(text_of(told.get("type")), text_of(told.get("text")), text_of(told.get("old")))
