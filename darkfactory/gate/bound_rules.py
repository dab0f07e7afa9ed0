"""Judge the rules that the gate holds a change to: non-negotiables with ``enforce: gate``.

The log of a session tells which rules bind it, with the skills as they were pinned; neither an edit
of the library nor of the copies in the workspace changes that. What the session did is judged once,
when its work is offered. What the tree is to be like is judged on each tree that could land.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from darkfactory.domain.event import Event
from darkfactory.gate.rules import BROKEN, KEPT, UNKNOWN, names
from darkfactory.skills.checks import (
    OF_THE_SESSION,
    Check,
    CheckInvalid,
    Judged,
    Trace,
    Tree,
    judge_session,
    judge_tree,
    parse_check,
)
from darkfactory.skills.checks.patterns import Patience, TooSlow, patient
from darkfactory.skills.checks.trace import TraceReader, broken_for_good, reason_of

_MOST_PLACES = 5
_EVALS_ONLY = "evals alone judge a check of kind"
_NOT_TOLD = "the log of its session does not tell the rule"
_TOLD = ("skill", "id", "text", "why")


@dataclass(slots=True)
class RulesOfLog:
    """Hears the log of a session: which rules bind it at the gate, and what it did."""

    _bound: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _reader: TraceReader = field(default_factory=TraceReader)

    def take(self, offset: int, event: Event) -> None:
        """Take the event that begins at *offset*; what others have posted proves nothing."""
        if event.posted:
            return
        if event.type == "skill.injected":
            rules = [rule for rule in event.data.get("enforced") or () if isinstance(rule, dict)]
            self._bound |= dict(zip(names(rules), rules, strict=True))
        if self._bound:  # it is told before the agent begins; most logs have none
            self._reader.take(offset, event)

    def judged(self, expected: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return the rules as facts of a change; a rule for its tree has no state yet.

        Args:
            expected: The names of the rules that the session is known to have begun with.
        """
        trace = self._reader.trace
        found = [_of_session(rule, trace) for rule in self._bound.values()]
        lost = [name for name in expected if name not in self._bound]
        return found + [_lost(name) for name in lost]


def carried_over(
    now: Sequence[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rules *now*, and what another session whose work goes on has broken *before*.

    That is what nobody can mend: what it did, and what is not known of it.
    """
    found = dict(zip(names(now), map(dict, now), strict=True))
    for rule in before:
        past_mending = rule.get("state") in (BROKEN, UNKNOWN) and not rule.get("mends")
        (name,) = names([rule])
        if past_mending and found.get(name, {}).get("state") != BROKEN:
            found[name] = dict(rule)
    return list(found.values())


def judge_rules(rules: Iterable[Mapping[str, Any]], tree: Tree) -> list[dict[str, Any]]:
    """Return how *rules*, facts of a change, stand if *tree* lands."""
    return [_of_tree(rule, tree) if "state" not in rule else dict(rule) for rule in rules]


def _of_session(rule: Mapping[str, Any], trace: Trace) -> dict[str, Any]:
    told = {key: rule.get(key) for key in _TOLD}
    try:
        check = parse_check(rule.get("check"))
    except CheckInvalid as error:
        return {**told, **_unknown(error.problem)}
    if not check.is_pure:
        return {**told, **_unknown(f"{_EVALS_ONLY} {check.kind}")}
    if check.kind not in OF_THE_SESSION:
        return {**told, "check": rule["check"]}
    judged = judge_session(check, trace)
    because = reason_of(judged, trace.calls)
    return {**told, **_found(judged, because, mends=_can_mend(check, trace))}


def _of_tree(rule: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    told = {key: rule.get(key) for key in _TOLD}
    judged = judge_tree(parse_check(rule["check"]), tree)
    return {**told, **_found(judged, judged.because, mends=True)}


def _found(judged: Judged, because: str, *, mends: bool) -> dict[str, Any]:
    """Return the state of a rule; one whose case never came is kept."""
    if not judged.decided:
        return _unknown(because)
    broken = judged.exercised and not judged.passed
    at = list(judged.events[:_MOST_PLACES]) if broken else []
    state = BROKEN if broken else KEPT
    return {"state": state, "because": because, "at": at, "mends": mends and broken}


def _unknown(because: str) -> dict[str, Any]:
    return {"state": UNKNOWN, "because": because, "at": [], "mends": False}


def _lost(name: str) -> dict[str, Any]:
    skill, _, id_ = name.rpartition("/")
    return {"skill": skill, "id": id_, "text": "", "why": None, **_unknown(_NOT_TOLD)}


def _can_mend(check: Check, trace: Trace) -> bool:
    if check.kind != "trace":
        return True
    done = sorted((call for call in trace.calls if call.done), key=lambda call: call.at)
    try:
        with patient(Patience()):
            return broken_for_good(check.body, done) is None
    except TooSlow:
        return False
