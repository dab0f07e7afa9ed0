"""Hold an edit of a skill against the skill as it was: the same scenarios, both versions."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from darkfactory.evals.compare import MARGIN
from darkfactory.evals.gating import judge_gate
from darkfactory.evals.held_out import Judged, judge_held_out
from darkfactory.evals.suite import NoSuite, Suite, suite_folders
from darkfactory.factory.eval_lab import Lab
from darkfactory.factory.eval_plan import Wish
from darkfactory.factory.line import Line
from darkfactory.factory.review_gate import Note, approve_changes
from darkfactory.factory.run_evals import OnResult
from darkfactory.factory.study import Study, open_study
from darkfactory.gate.record import Change
from darkfactory.retro.decided import PROVED
from darkfactory.retro.drafts import drafts_of

AT_ONCE = 4
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Proof:
    """What the scenarios of *skill* say of the edit that *change* is; *landed*: it has landed."""

    skill: str
    change: str
    judged: Judged
    landed: bool


def has_scenarios(line: Line, skill: str) -> bool:
    """Tell whether there is anything to try an edit of *skill* on."""
    try:
        return bool(suite_folders(line.state.repository, skill))
    except NoSuite:
        return False


def scenarios_shown(line: Line, proposal: str) -> Collection[str] | None:
    """Return the scenarios whose words the agent saw that drafted *proposal*; None if none did."""
    drafts = drafts_of(event for _, event in line.record.stream.read())
    draft = drafts.by_proposal.get(proposal)
    return None if draft is None else draft.seen


def prove_edit(
    line: Line,
    skill: str,
    name: str,
    *,
    shown: Collection[str] | None = None,
    by: str,
    ask: Callable[[Study], None],
    tell: OnResult,
    note: Note | None = None,
) -> Proof:
    """Run the scenarios of *skill* with both versions; approve change *name* if it is no worse.

    The verdict is recorded (``retro.proved``). An edit that nothing speaks for or against still
    waits: it lands when a person says yes at the gate.

    Args:
        line: The factory.
        skill: The skill that is edited.
        name: The change that the edit entered the gate as.
        shown: The scenarios that whoever worded the edit had seen: all others have to pass by
            themselves as well. None if a rule or a person worded it.
        by: Who accepted the edit.
        ask: Is shown what is ahead before anything runs; raises when it must not.
        tell: Called with each result.
        note: Called with each step of the landing.

    Raises:
        NoSuite: If the skill has no scenarios.
        UnknownChange: If there is no such change.
        EvalsRunning: If another command works in the evals.
        NotReady: If the surroundings are not ready.
    """
    change = line.gate().find(name)

    def wish(_lab: Lab, suite: Suite) -> Wish:
        return Wish(conditions=_pair(change, suite))

    with open_study(line.state.repository, skill, wish) as study:
        ask(study)
        (run,) = study.runs
        results = study.run(run, at_once=AT_ONCE, unconfined=False, tell=tell).results
        pair = _pair(change, run.suite)
    judged = (
        Judged(judge_gate(results, *pair, margin=MARGIN))
        if shown is None
        else judge_held_out(results, pair, margin=MARGIN, shown=shown)
    )
    _record(line, skill, change, judged)
    landed = False
    if judged.passes:
        done = approve_changes(line, [name], by=by, text=_words(judged), note=note)
        landed = any(row["id"] == name for row in done["landed"])
    return Proof(skill, name, judged, landed)


def _pair(change: Change, suite: Suite) -> tuple[str, str]:
    skill = "mcp+skill" if suite.mcp else "skill"
    base, head = (commit[:_SHORT] for commit in (change.base, change.head))
    return f"{skill}@{base}", f"{skill}@{head}"


def _record(line: Line, skill: str, change: Change, judged: Judged) -> None:
    verdict, found = judged.whole, judged.whole.comparison
    data = {
        "skill": skill,
        "change": change.id,
        "head": change.head,
        "verdict": str(verdict.verdict),
        "reasons": list(verdict.reasons),
        "delta": found.delta if found else None,
        "p": found.p if found else None,
        "scenarios": found.scenarios if found else 0,
        "held_out": str(judged.held_out.verdict) if judged.held_out else None,
    }
    line.record.writer("retro").write(PROVED, data, durable=True)


def _words(judged: Judged) -> str:
    found = judged.whole.comparison
    if found is None:
        return str(judged.whole.verdict)
    apart = judged.held_out.comparison if judged.held_out else None
    told = f"evals: {found.verdict}, {found.delta:+.2f} over {found.scenarios} scenarios"
    return told + (f"; {apart.delta:+.2f} over {apart.scenarios} held out" if apart else "")
