"""Judge a check on what a session did and left."""

from collections.abc import Callable

from darkfactory.skills.checks.language import Check
from darkfactory.skills.checks.patterns import Patience, patient
from darkfactory.skills.checks.trace import Trace, judge_trace
from darkfactory.skills.checks.tree import (
    Tree,
    judge_absent,
    judge_ast,
    judge_exists,
    judge_files,
    judge_git,
    judge_json,
    judge_text,
)
from darkfactory.skills.checks.verdict import Judged, Undecided

__all__ = ["Judged", "judge", "judge_session", "judge_tree"]

OF_THE_SESSION = frozenset({"trace", "output_regex"})
"""Kinds that what a session did and said decides, whatever tree it left."""

_OF_THE_TREE = {
    "file_exists": judge_exists,
    "file_absent": judge_absent,
    "file_regex": judge_files,
    "json_path": judge_json,
    "ast": judge_ast,
    "git": judge_git,
}


def judge(check: Check, trace: Trace, tree: Tree) -> Judged:
    """Return how *check* stands after a session that did *trace* and left *tree*.

    Raises:
        ValueError: If the check is not pure (``run``, ``judge``): it needs a process or a model.
    """
    if check.kind in OF_THE_SESSION:
        return judge_session(check, trace)
    return judge_tree(check, tree)


def judge_session(check: Check, trace: Trace) -> Judged:
    """Return how *check*, one of :data:`OF_THE_SESSION`, stands after what *trace* tells."""
    if check.kind == "trace":
        return _decided(lambda: judge_trace(check.body, trace))
    return _decided(lambda: judge_text(check.body, trace.words))


def judge_tree(check: Check, tree: Tree) -> Judged:
    """Return how *check*, none of :data:`OF_THE_SESSION`, stands for *tree*.

    Raises:
        ValueError: If the check is not pure.
    """
    if check.kind not in _OF_THE_TREE:
        raise ValueError(f"a check of kind {check.kind} is not judged by events and tree alone")
    return _decided(lambda: _OF_THE_TREE[check.kind](check.body, tree))


def _decided(judgement: Callable[[], Judged]) -> Judged:
    try:
        with patient(Patience()):
            return judgement()
    except Undecided as error:
        return Judged(False, str(error), decided=False)
