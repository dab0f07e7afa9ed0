"""The check language: one for scenarios, for the rules of live sessions, and for the retro.

A check is data (docs/checks.md). It is judged on what a session did, as its event log tells, and on
the tree that it left; nothing here reads a disk, a clock or a process.
"""

from darkfactory.skills.checks.judging import (
    OF_THE_SESSION,
    Judged,
    judge,
    judge_session,
    judge_tree,
)
from darkfactory.skills.checks.language import Check, CheckInvalid, parse_check
from darkfactory.skills.checks.trace import Trace, trace_of
from darkfactory.skills.checks.tree import Changed, Tree

__all__ = [
    "OF_THE_SESSION",
    "Changed",
    "Check",
    "CheckInvalid",
    "Judged",
    "Trace",
    "Tree",
    "judge",
    "judge_session",
    "judge_tree",
    "parse_check",
    "trace_of",
]
