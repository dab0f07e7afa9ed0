"""What a retro puts before a person: proposals nobody has judged, and what wants words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from darkfactory.retro.case import Case
from darkfactory.retro.decided import Decision, is_open
from darkfactory.retro.drafts import Drafts, answered, drafted, rests
from darkfactory.retro.finding import IDLE, Finding
from darkfactory.retro.proposal import Proposal, propose
from darkfactory.retro.shelf import Shelf, Shelved


@dataclass(frozen=True, slots=True)
class Said:
    """What is on record: *drafts* of agents, what people *decided*, which changes are *alive*."""

    drafts: Drafts
    decided: Mapping[str, Decision]
    alive: Sequence[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """Open *proposals*, and findings that nothing words, each with its skill."""

    proposals: tuple[Proposal, ...]
    unworded: tuple[tuple[Finding, Shelved], ...]


def offer(findings: Sequence[Finding], cases: Sequence[Case], shelf: Shelf, said: Said) -> Offer:
    """Return what *findings* come to, by rule and by drafts; a finding is answered once."""
    done = answered(said.drafts, said.decided, said.alive)
    left = [one for one in findings if one.id not in done]
    by_rule = propose(left, cases, shelf)
    made = {one.finding for one in by_rule}
    bare = [one for one in left if _wants_words(one) and one.skill in shelf and one.id not in made]
    worded = drafted(said.drafts, left, shelf)
    return Offer(
        tuple(one for one in (*by_rule, *worded) if is_open(one, said.decided, said.alive)),
        tuple(
            (one, shelf[one.skill])
            for one in bare
            if not rests(one, said.drafts, said.decided, said.alive)
        ),
    )


def _wants_words(finding: Finding) -> bool:
    """Tell whether an edit could help: no wording does where a whole skill is of no use."""
    return finding.supported and bool(finding.evidence) and finding.miner != IDLE
