"""What the evals on record here say of a skill as it is now."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from darkfactory.domain.skill import Skill
from darkfactory.evals.compare import Comparison, Verdict
from darkfactory.evals.lift import lift
from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import ResultsInvalid
from darkfactory.factory.eval_results import named_results, runs_of
from darkfactory.retro.decay import Program, Trial
from darkfactory.skills.snapshot import content_hash


def is_proven(root: Path, skill: Skill) -> bool:
    """Tell whether the last run of evals that tried this very *skill* found it to be better.

    Raises:
        SkillInvalid: If the skill may not go into a session.
    """
    found = last_trial(root, skill)
    return found is not None and found.verdict == Verdict.BETTER


def last_trial(root: Path, skill: Skill) -> Trial | None:
    """Return what the last run of evals that tried this very *skill* came to, None if none did.

    Raises:
        SkillInvalid: If the skill may not go into a session.
    """
    tree = content_hash(skill)
    for at, results in _runs(root, skill.name):
        compared = lift(results, tree)
        if compared is not None:
            return _trial(at, compared, results)
    return None


def was_tried(root: Path, skill: str) -> bool:
    """Tell whether there is any result of evals of the skill called *skill*."""
    return any(results for _, results in _runs(root, skill))


def _runs(root: Path, skill: str) -> Iterator[tuple[float, list[CellResult]]]:
    """Yield when each run of *skill* got its last result, and its results, newest first."""
    for path in runs_of(root, skill):
        try:
            yield os.stat(path).st_mtime, named_results([path])
        except ResultsInvalid:  # it proves nothing; `df evals report` names the line
            continue


def _trial(at: float, compared: Comparison, results: Sequence[CellResult]) -> Trial:
    own = [one for one in results if one.proves and one.condition == compared.b]
    bare = [one for one in results if one.proves and one.condition == compared.a]
    tried: defaultdict[str, dict[Program, None]] = defaultdict(dict)
    for one in own:
        tried[one.agent][Program(one.model_asked or "", one.version or "")] = None
    return Trial(
        at,
        compared.scenarios,
        compared.delta,
        compared.interval,
        str(compared.verdict),
        dearer=_times(own, bare),
        cells=len(own) + len(bare),
        tried={name: tuple(programs) for name, programs in tried.items()},
    )


def _times(own: Sequence[CellResult], bare: Sequence[CellResult]) -> float | None:
    """Return how many times the tokens of *bare* cells *own* ones used, None where nobody told."""
    with_it, without = ([_tokens(one) for one in cells if _tokens(one)] for cells in (own, bare))
    return fmean(with_it) / fmean(without) if with_it and without else None


def _tokens(one: CellResult) -> int:
    return one.tokens.get("input", 0) + one.tokens.get("output", 0)
