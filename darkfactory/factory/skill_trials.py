"""What the evals on record here say of a skill as it is now."""

from collections.abc import Iterator
from pathlib import Path

from darkfactory.domain.skill import Skill
from darkfactory.evals.compare import Verdict
from darkfactory.evals.lift import lift
from darkfactory.evals.result import CellResult, ResultsInvalid
from darkfactory.factory.eval_results import named_results, runs_of
from darkfactory.skills.snapshot import content_hash


def is_proven(root: Path, skill: Skill) -> bool:
    """Tell whether the last run of evals that tried this very *skill* found it to be better.

    Raises:
        SkillInvalid: If the skill may not go into a session.
    """
    tree = content_hash(skill)
    tried = (lift(results, tree) for results in trials(root, skill.name))
    newest = next((found for found in tried if found is not None), None)
    return newest is not None and newest.verdict is Verdict.BETTER


def trials(root: Path, skill: str) -> Iterator[list[CellResult]]:
    """Yield the results of each run of the skill called *skill*, the newest run first."""
    for path in runs_of(root, skill):
        try:
            yield named_results([path])
        except ResultsInvalid:  # it proves nothing; `df evals report` names the line
            continue
