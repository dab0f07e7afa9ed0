"""From a finding to one small, typed change of a skill, made by rule. Pure.

What would need somebody's own words is left to people: then there is a finding and no proposal.
The kinds are those of the retro's contract: ADD_RULE, ADD_GOTCHA, MOVE_INLINE, DELETE_RULE, RETIRE.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from darkfactory.domain.digest import short_hash
from darkfactory.retro.case import Case, Evidence
from darkfactory.retro.edits import (
    GOTCHAS,
    RULES,
    ended_as,
    with_item,
    with_version,
    without_item,
)
from darkfactory.retro.finding import IDLE, Finding
from darkfactory.retro.miners_words import wording_of
from darkfactory.retro.miners_work import pair_of
from darkfactory.retro.patch import diff_of, move_of
from darkfactory.retro.shelf import Shelf, Shelved, rules_of, spoken_of
from darkfactory.retro.soundness import doubt_of, tokens_between
from darkfactory.retro.wording import as_rule, dangers, one_line
from darkfactory.skills.library import RETIRED
from darkfactory.skills.remedy import MOVES

MOST_A_SKILL = 3
MOST_IN_ALL = 10
_FOLDER = "skills"
RULE = "rule"
RETIRE = "RETIRE"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change of *skill* from one version to the next.

    *before* and *after* are the texts of its files by path in the repository, empty where there is
    none. *flags* say what a person has to look at: it is never accepted among others. *drafted_by*
    is ``rule``, or ``model:`` and the agent that found its words. *moved_to* is where all of the
    skill's folder goes, empty where it stays.
    """

    id: str
    type: str
    skill: str
    anchor: str
    finding: str
    reason: str
    evidence: tuple[Evidence, ...]
    sessions: int
    items: int
    versions: tuple[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    flags: tuple[str, ...] = ()
    drafted_by: str = RULE
    moved_to: str = ""

    @property
    def patch(self) -> str:
        """The change as a unified diff that git can apply."""
        edits = (diff_of(path, self.before[path], self.after[path]) for path in self.after)
        moves = (move_of(path, self.moved_to) for path in (self.before if self.moved_to else ()))
        return "".join((*edits, *moves))

    @property
    def tokens(self) -> int:
        """About how many tokens the skill grows by."""
        path = f"{_FOLDER}/{self.skill}/SKILL.md"
        return tokens_between(self.before[path], self.after.get(path, ""))


@dataclass(frozen=True, slots=True)
class Edit:
    """A new SKILL.md, of the kind *type*; *part* of a version rises, *side* is a new df.yaml."""

    type: str
    text: str
    part: int = 1
    side: str | None = None
    flags: tuple[str, ...] = ()


def propose(findings: Sequence[Finding], cases: Sequence[Case], shelf: Shelf) -> list[Proposal]:
    """Return what *findings* come to, each against the skill as it is now."""
    made: list[Proposal] = []
    for finding in findings:
        skill = shelf.get(finding.skill)
        if finding.miner == IDLE and skill is not None:
            made.append(_retired(finding, skill))
        elif finding.supported and skill is not None:
            found = _edits(finding, cases, shelf, skill)
            edits = (replace(edit, text=ended_as(skill, edit.text)) for edit in found)
            made += (proposal_of(finding, skill, edit) for edit in edits if not _doubt(skill, edit))
    return made


def proposal_id(type_: str, skill: str, anchor: str) -> str:
    """Return the id of a proposal: the same edit of the same thing has the same one for ever."""
    return f"rp-{short_hash(f'{type_} {skill} {anchor}')}"


def few(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the first of *proposals*: a person reads at most three of a skill, ten in all."""
    counts: Counter[str] = Counter()
    kept = []
    for one in proposals:
        counts[one.skill] += 1
        if counts[one.skill] <= MOST_A_SKILL:
            kept.append(one)
    return kept[:MOST_IN_ALL]


def _edits(finding: Finding, cases: Sequence[Case], shelf: Shelf, skill: Shelved) -> Iterator[Edit]:
    match finding.miner:
        case "M5" | "M6":
            yield from _new_rule(finding, cases, skill)
        case "M4":
            yield from _gotcha(finding, cases, skill)
        case "M1":
            yield from _inline(finding, shelf, skill)
        case "M9":
            yield from _dropped(finding, shelf, skill)


def _new_rule(finding: Finding, cases: Sequence[Case], skill: Shelved) -> Iterator[Edit]:
    words = wording_of(finding, cases)
    if skill.says(words):
        return
    item = f"{as_rule(words)}: people had to ask for it in {finding.sessions} sessions."
    flags = (*dangers(words), *spoken_of(skill, words))
    yield Edit("ADD_RULE", with_item(skill, RULES, "Rules", item), flags=flags)


def _gotcha(finding: Finding, cases: Sequence[Case], skill: Shelved) -> Iterator[Edit]:
    """Say the error and its cure. Both come from an agent's log, so it is always flagged."""
    command, error, cure = (_quoted(text) for text in pair_of(finding, cases))
    if skill.says(cure):
        return
    shown = "" if dangers(error) else f" with `{error}`"
    item = f"When `{command}` fails{shown}: `{cure}` helped in {finding.sessions} sessions."
    text = with_item(skill, GOTCHAS, "Gotchas", item)
    flags = dict.fromkeys(["a command", "words of an agent's log", *dangers(f"{command} {cure}")])
    yield Edit("ADD_GOTCHA", text, flags=tuple(flags))


def _inline(finding: Finding, shelf: Shelf, skill: Shelved) -> Iterator[Edit]:
    rule = rules_of(shelf)[finding.skill, finding.anchor]
    if finding.remedy not in MOVES:
        return
    item = f"[{rule.id}] {as_rule(rule.text)}" + (f": {one_line(rule.why)}." if rule.why else ".")
    bare = without_item(skill, rule)
    text = with_item(bare, ("non-negotiable",), "Non-negotiables", item, first=True)
    yield Edit("MOVE_INLINE", text)


def _dropped(finding: Finding, shelf: Shelf, skill: Shelved) -> Iterator[Edit]:
    rule = rules_of(shelf).get((finding.skill, finding.anchor))
    bare = skill if rule is None else without_item(skill, rule)
    if bare.side != skill.side:
        yield Edit("DELETE_RULE", bare.text, 0, bare.side, ("loosens a non-negotiable",))


def _retired(finding: Finding, skill: Shelved) -> Proposal:
    """Take the skill out of use, whole: what it would be in smaller parts nobody has tried."""
    folder = f"{_FOLDER}/{skill.name}"
    texts = {f"{folder}/SKILL.md": skill.text, f"{folder}/df.yaml": skill.side}
    rules = ("loosens a non-negotiable",) if skill.sidecar.non_negotiables else ()
    return Proposal(
        id=proposal_id(RETIRE, skill.name, finding.anchor),
        type=RETIRE,
        skill=skill.name,
        anchor=finding.anchor,
        finding=finding.id,
        reason=finding.said,
        evidence=finding.evidence,
        sessions=finding.sessions,
        items=finding.items,
        versions=(skill.version, skill.version),
        before={path: text for path, text in texts.items() if text},
        after={},
        flags=("takes the whole skill out of use", *rules),
        moved_to=f"{_FOLDER}/{RETIRED}/{skill.name}",
    )


def _quoted(text: str) -> str:
    return one_line(text.replace("`", "'"), 160)


def _doubt(skill: Shelved, edit: Edit) -> str:
    side = skill.side if edit.side is None else edit.side
    return doubt_of(skill, replace(skill, text=edit.text, side=side))


def proposal_of(finding: Finding, skill: Shelved, edit: Edit) -> Proposal:
    """Return the proposal that *edit* of *skill* is, which *finding* supports."""
    old, new, side = with_version(skill, edit.side, edit.part)
    folder = f"{_FOLDER}/{skill.name}"
    return Proposal(
        id=proposal_id(edit.type, skill.name, finding.anchor),
        type=edit.type,
        skill=skill.name,
        anchor=finding.anchor,
        finding=finding.id,
        reason=finding.said,
        evidence=finding.evidence,
        sessions=finding.sessions,
        items=finding.items,
        versions=(old, new),
        before={f"{folder}/SKILL.md": skill.text, f"{folder}/df.yaml": skill.side},
        after={f"{folder}/SKILL.md": edit.text, f"{folder}/df.yaml": side},
        flags=edit.flags,
    )
